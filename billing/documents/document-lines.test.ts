import { describe, expect, it } from 'vitest'
import { getCurrency } from '../../core/index.ts'
import { taxLines } from '../tax/tax-lines.ts'
import type { Prices, TaxRate } from '../tax/tax-types.ts'
import { toDocumentLines, type TaxedLine } from './document-lines.ts'

const currency = getCurrency('EUR').code

function rate(category: string, percent: string, note?: string): TaxRate {
  return {
    id: `tax_${category}`,
    place: 'DE',
    category,
    percent,
    kind: percent === '0' ? 'exempt' : 'standard',
    code: percent === '0' ? 'E' : 'S',
    note,
    from: '2021-01-01',
    to: undefined,
  }
}

const table = [rate('standard', '19'), rate('reduced', '7'), rate('loan', '0', '§ 4 Nr. 8 UStG')]

function line(amountMinor: bigint, changes: Partial<TaxedLine> = {}): TaxedLine {
  return {
    description: 'Run time',
    quantity: '1',
    unit: 'h',
    unitPrice: null,
    amountMinor,
    taxCategory: 'standard',
    period: null,
    explanation: null,
    scopeMember: null,
    ...changes,
  }
}

function documentOf(lines: readonly TaxedLine[], prices: Prices = 'net') {
  const tax = taxLines({
    lines: lines.map((each) => ({ ...each, currency })),
    currency,
    prices,
    date: '2026-10-31',
    taxation: { place: 'DE', treatment: { kind: 'rates' } },
    table,
  })
  return { tax, ...toDocumentLines(lines, { ...tax, prices }, { currency, language: 'en' }) }
}

describe('the lines of a document', () => {
  it('have the unit price where it says the amount, and none where it does not', () => {
    const { lines } = documentOf([
      line(24n, { quantity: '2', unitPrice: '0.12' }),
      line(490n, { quantity: '2', unitPrice: '0.12' }),
      line(-24n, { quantity: '2', unitPrice: '-0.12' }),
    ])
    expect(lines.map(({ unitPrice, netMinor }) => [unitPrice, netMinor])).toEqual([
      ['0.12', 24n],
      [null, 490n],
      [null, -24n],
    ])
  })

  it('name net amounts where prices hold the tax, which add up to the net amount of their rate', () => {
    // 3 × 0.10 hold 0.30 × 19/119 = 0.0479, rounded 0.05: 0.25 net. Up to each line 8.40, 16.81 and the rest: 8, 17, 25.
    const lines = [10n, 10n, 10n].map((amount) => line(amount, { unitPrice: '0.10' }))
    const { lines: written, taxGroups, notes } = documentOf(lines, 'gross')
    expect(written.map(({ netMinor, unitPrice }) => [netMinor, unitPrice])).toEqual([
      [8n, null],
      [9n, null],
      [8n, null],
    ])
    expect(taxGroups).toMatchObject([{ netMinor: 25n, taxMinor: 5n }])
    expect(notes).toEqual(['The prices and amounts that the explanations name include VAT.'])
  })

  it('share out to nothing where gross amounts cancel out', () => {
    const { lines, taxGroups } = documentOf([line(119n), line(-119n)], 'gross')
    expect(lines.map(({ netMinor }) => netMinor)).toEqual([100n, -100n])
    expect(taxGroups).toMatchObject([{ netMinor: 0n, taxMinor: 0n }])
  })

  it('write what is outside the scope of VAT as exempt beside other lines, in one group with what is exempt', () => {
    const { taxGroups, lines } = documentOf([
      line(100n),
      line(50n, { taxCategory: 'outside' }),
      line(20n, { taxCategory: 'loan' }),
    ])
    expect(lines.map(({ tax }) => tax.code)).toEqual(['S', 'E', 'E'])
    expect(taxGroups).toEqual([
      { tax: { code: 'S', ratePercent: '19' }, netMinor: 100n, taxMinor: 19n, exemptionNote: null },
      {
        tax: { code: 'E', ratePercent: '0' },
        netMinor: 70n,
        taxMinor: 0n,
        exemptionNote: expect.stringMatching(/^§ 4 Nr\. 8 UStG .+/),
      },
    ])
  })

  it('stay without a rate where all is outside the scope', () => {
    const { taxGroups } = documentOf([line(50n, { taxCategory: 'outside' })])
    expect(taxGroups.map(({ tax }) => tax)).toEqual([{ code: 'O', ratePercent: null }])
  })

  it('say that nothing was used where there are none', () => {
    const { lines, taxGroups } = documentOf([])
    expect(lines).toMatchObject([{ description: 'Nothing was used', netMinor: 0n }])
    expect(taxGroups).toHaveLength(1)
  })
})
