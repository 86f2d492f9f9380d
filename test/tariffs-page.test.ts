/**
 * `docs/tariffs.md` is run: each example's tariff and usage give the lines, amounts and sentences that the page shows, and its tables of
 * amounts and of members are true. Reads files of the repository and nothing else.
 *
 * `UPDATE_TARIFF_SENTENCES=1 npx vitest run --project unit test/tariffs-page` rewrites the sentences of the examples, to be read again; never
 * their quantities and amounts, which are worked out by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Check } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { rateFromJson } from '../billing/index.ts'
import { getCurrency, moneyOf, moneyToDecimal } from '../core/index.ts'
import { jsonBlocks, readExamples, sectionsOf, tableIn, titleOf, type Row } from './setup/tariff-page.ts'

const pathOf = (file: string) => path.join(import.meta.dirname, '../docs', file)
const read = (file: string) => readFileSync(pathOf(file), 'utf8')

type Item = { readonly type: string; readonly id: string; readonly register: string; readonly per: number }

if (process.env['UPDATE_TARIFF_SENTENCES'] === '1') rewriteSentences()
const sections = sectionsOf(read('tariffs.md'))
const examples = readExamples(sections)
const shares = tablesOf('| item | device | share |')
const schema = JSON.parse(read('tariff.schema.json')) as {
  readonly $defs: Readonly<
    Record<string, { readonly required: readonly string[]; readonly properties: object }>
  >
}

describe('the page on tariffs', () => {
  it('has an example of every type of item', () => {
    const types = examples.flatMap(({ tariff }) => itemsOf(tariff).map(({ type }) => type))
    expect([...new Set(types)].sort()).toEqual(
      tableOfTypes()
        .map(([type]) => bare(type))
        .sort(),
    )
  })

  it.each(examples)('shows what is charged for: $title', ({ tariff, usage, rows }) => {
    const { lines } = rateFromJson(tariff, usage)
    expect(
      lines.map((line) => [
        `\`${line.itemId}\``,
        line.quantity,
        money(line.amountMinor, line.currency),
        line.sentence,
      ]),
    ).toEqual(rows)
  })

  it('shows how the amount of a pool is shared out', () => {
    const example = examples.find(({ title }) => title.startsWith('Allowance and pools'))
    const { lines } = rateFromJson(example?.tariff, example?.usage)
    expect(
      lines.flatMap(({ itemId, currency, explanation }) =>
        explanation.allocation.map((share) => [
          `\`${itemId}\``,
          share.deviceId,
          money(share.amountMinor, currency),
        ]),
      ),
    ).toEqual(shares)
  })

  const bounds = sections.find((section) => section.startsWith('## 5. ')) ?? ''
  const tariffAtBounds = jsonBlocks(bounds)[0]
  const [headAtBounds = [], ...rowsAtBounds] = tableIn(bounds, '| base units |')

  it.each(rowsAtBounds)('shows what %s base units cost in each shape', (quantity, ...amounts) => {
    const usage = itemsOf(tariffAtBounds).map(({ register }) => usageOf(register, quantity))
    const { lines } = rateFromJson(tariffAtBounds, { ...aMonth, usage })
    expect(lines.map(({ itemId }) => itemId)).toEqual(headAtBounds.slice(1))
    expect(lines.map((line) => decimal(line.amountMinor, line.currency))).toEqual(amounts)
  })

  const [modes = [], ...roundings] = tablesOf('| currency | exact |', true)

  it.each(roundings)('shows how %s %s is rounded by each rule', (currency, exact, ...amounts) => {
    const rounded = modes.slice(2).map((rounding) => {
      const item = {
        type: 'per_unit',
        id: 'n',
        description: 'N',
        register: 'n',
        per: 1,
        unit: 'n',
        price: exact,
      }
      const [line] = rateFromJson(
        { currency, rounding, items: [item] },
        { ...aMonth, usage: [usageOf('n', '1')] },
      ).lines
      return decimal(line?.amountMinor ?? '', currency)
    })
    expect(rounded).toEqual(amounts)
  })

  it.each(tableOfTypes())('lists the members of %s as the schema has them', (type, mustHave, mayHave) => {
    const variants = Object.entries(schema.$defs).filter(
      ([name]) => name === bare(type) || name.startsWith(`${bare(type)}_of_`),
    )
    const common = ['type', 'id', 'description', 'scope', 'taxCategory', 'discounts', 'minimum', 'maximum']
    const all = new Set(variants.flatMap(([, { properties }]) => Object.keys(properties)))
    const required = new Set(variants.flatMap(([, variant]) => variant.required))
    const own = (names: ReadonlySet<string>) => [...names].filter((name) => !common.includes(name)).sort()
    expect(namesIn(mustHave).sort()).toEqual(own(required))
    expect([...namesIn(mustHave), ...namesIn(mayHave)].sort()).toEqual(own(all))
  })

  it('shows documents that fit the published schema', () => {
    const unfit = examples.filter(
      ({ tariff }) => !documentsOf(tariff).every((document) => Check(schema, document)),
    )
    expect(unfit.map(({ title }) => title)).toEqual([])
  })
})

const period = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }
const aMonth = { period, timeZone: 'Etc/UTC' }

function usageOf(register: string, quantity: string | undefined) {
  const [start, end] = [
    { at: period.from, value: '0' },
    { at: period.to, value: quantity },
  ]
  return { deviceId: 'meter-1', register, unit: 'n', ...period, quantity, start, end }
}

function rewriteSentences(): void {
  const rewritten = sectionsOf(read('tariffs.md')).map((section, index, all) => {
    const example = readExamples(all.slice(0, index + 1)).find(({ title }) => title === titleOf(section))
    if (example === undefined) return section
    const { lines } = rateFromJson(example.tariff, example.usage)
    return example.rows.reduce((text, row, position) => {
      const sentence = lines[position]?.sentence ?? ''
      return text.replace(`| ${row.join(' | ')} |\n`, `| ${row.slice(0, 3).join(' | ')} | ${sentence} |\n`)
    }, section)
  })
  writeFileSync(pathOf('tariffs.md'), rewritten.join(''))
}

function tablesOf(head: string, withHead = false): readonly Row[] {
  return sections.flatMap((section) => tableIn(section, head).slice(withHead ? 0 : 1))
}

function tableOfTypes(): readonly Row[] {
  return tablesOf('| `type` | must have |')
}

function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
}

function bare(cell = ''): string {
  return cell.replaceAll('`', '')
}

function documentsOf(tariff: unknown): readonly { readonly items: readonly Item[] }[] {
  const { versions } = tariff as { versions?: readonly { document: { items: readonly Item[] } }[] }
  return versions?.map(({ document }) => document) ?? [tariff as { items: readonly Item[] }]
}

function itemsOf(tariff: unknown): readonly Item[] {
  return documentsOf(tariff).flatMap(({ items }) => items)
}

function money(amountMinor: string, currency: string): string {
  return `${decimal(amountMinor, currency)} ${currency}`
}

function decimal(amountMinor: string, currency = ''): string {
  return moneyToDecimal(moneyOf(BigInt(amountMinor), getCurrency(currency).code))
}
