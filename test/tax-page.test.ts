/** The worked example of the page on tax is computed. Reads files of the repository and nothing else. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { taxLines, type TaxableLine, type TaxRate } from '../billing/index.ts'
import { getCurrency, moneyOf, moneyToDecimal } from '../core/index.ts'

const page = readFileSync(path.join(import.meta.dirname, '../docs/tax.md'), 'utf8')
const [lines = '', table = ''] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text)
const { code: currency } = getCurrency('EUR')

const result = taxLines({
  lines: (JSON.parse(lines) as (Omit<TaxableLine, 'amountMinor'> & { amountMinor: string })[]).map(
    (line) => ({
      ...line,
      amountMinor: BigInt(line.amountMinor),
    }),
  ),
  currency,
  prices: 'net',
  date: '2026-10-31',
  taxation: { place: 'DE', treatment: { kind: 'rates' } },
  table: JSON.parse(table) as TaxRate[],
})
const euros = (minor: bigint) => `${moneyToDecimal(moneyOf(minor, currency))} EUR`

describe('the page on tax', () => {
  it('shows the groups and the total that its lines give', () => {
    const groups = result.groups.map(
      ({ code, percent, netMinor, taxMinor, grossMinor }) =>
        `| ${code} | ${percent} % | ${euros(netMinor)} | ${euros(taxMinor)} | ${euros(grossMinor)} |`,
    )
    const total = `| | | ${euros(result.netMinor)} | ${euros(result.taxMinor)} | ${euros(result.grossMinor)} |`
    const shown = [...page.matchAll(/^\|.* EUR \|/gm)].map(([row]) => row)
    expect(shown).toEqual([...groups, total])
  })

  it('shows the sentence of the first group', () => {
    expect(page).toContain(`\n> ${result.groups[0]?.sentences.en}\n`)
  })
})
