import { describe, expect, it } from 'vitest'
import { getCurrency } from '../../core/index.ts'
import { aRate, aTaxInput, germanRates, someLines } from './tax-rows.ts'
import { taxLines } from './tax-lines.ts'
import type { Taxation, TaxInput } from './tax-types.ts'

/** Code, rate, net, tax, gross of each group. */
function rowsOf(input: TaxInput) {
  return taxLines(input).groups.map(({ code, percent, netMinor, taxMinor, grossMinor }) => [
    code,
    percent,
    netMinor,
    taxMinor,
    grossMinor,
  ])
}

const reverseCharge: Taxation = { place: 'AT', treatment: { kind: 'reverse_charge' } }
const exempt: Taxation = { place: 'DE', treatment: { kind: 'exempt', reason: 'NATO, Art. 67 § 3' } }

describe('taxLines', () => {
  it.each<[string, Partial<TaxInput>, (string | bigint)[][]]>([
    [
      'adds 19 % to a net sum',
      { lines: someLines('EUR', [10_000n]) },
      [['S', '19', 10_000n, 1_900n, 11_900n]],
    ],
    [
      'takes 19 % out of a gross sum',
      { lines: someLines('EUR', [11_900n]), prices: 'gross' },
      [['S', '19', 10_000n, 1_900n, 11_900n]],
    ],
    [
      'makes one group for each rate, the highest first',
      { lines: someLines('EUR', [500n, 'reduced'], [10_000n], [1_000n, 'reduced']) },
      [
        ['S', '19', 10_000n, 1_900n, 11_900n],
        ['S', '7', 1_500n, 105n, 1_605n],
      ],
    ],
    // 0.03 × 19 % = 0.0057, a cent for each line; 0.30 × 19 % = 0.057 for all.
    [
      'rounds the tax of the sum, not of each of ten lines of 0.03',
      { lines: someLines('EUR', ...Array.from({ length: 10 }, () => [3n] as const)) },
      [['S', '19', 30n, 6n, 36n]],
    ],
    // 0.02 × 19 % = 0.0038, nothing for each line; 0.20 × 19 % = 0.038.
    [
      'rounds the tax of the sum, not of each of ten lines of 0.02',
      { lines: someLines('EUR', ...Array.from({ length: 10 }, () => [2n] as const)) },
      [['S', '19', 20n, 4n, 24n]],
    ],
    ['rounds half up: 0.50 × 19 % = 0.095', { lines: someLines('EUR', [50n]) }, [['S', '19', 50n, 10n, 60n]]],
    [
      'mirrors that for a credit: −0.50 × 19 % = −0.095',
      { lines: someLines('EUR', [-50n]) },
      [['S', '19', -50n, -10n, -60n]],
    ],
    // 10.00 × 19 ÷ 119 = 1.5966…
    [
      'takes tax out of a gross credit',
      { lines: someLines('EUR', [-1_000n]), prices: 'gross' },
      [['S', '19', -840n, -160n, -1_000n]],
    ],
    [
      'gives a group without amount where lines cancel out',
      { lines: someLines('EUR', [5n], [-5n]) },
      [['S', '19', 0n, 0n, 0n]],
    ],
    [
      'bills yen whole: 101 × 10 % = 10.1',
      { ...inCurrency('JPY', '10'), lines: someLines('JPY', [101n]) },
      [['S', '10', 101n, 10n, 111n]],
    ],
    // 1.010 × 15 % = 0.1515, to 0.15 and not 0.152
    [
      'bills dinars in steps of ten fils',
      { ...inCurrency('KWD', '15'), lines: someLines('KWD', [1_010n]) },
      [['S', '15', 1_010n, 150n, 1_160n]],
    ],
    // 115 ISK × 24 % = 27.6
    [
      'bills whole krónur, written with two decimals',
      { ...inCurrency('ISK', '24'), lines: someLines('ISK', [11_500n]) },
      [['S', '24', 11_500n, 2_800n, 14_300n]],
    ],
    [
      'takes whole krónur out of a gross sum: 100 × 24 ÷ 124 = 19.35…',
      { ...inCurrency('ISK', '24'), lines: someLines('ISK', [10_000n]), prices: 'gross' },
      [['S', '24', 8_100n, 1_900n, 10_000n]],
    ],
    [
      'computes a rate with decimals exactly: 1000.00 × 8.1 %',
      { ...inCurrency('CHF', '8.10'), lines: someLines('CHF', [100_000n]) },
      [['S', '8.1', 100_000n, 8_100n, 108_100n]],
    ],
    [
      'charges nothing to a customer who owes the tax itself, without a rate of its place',
      { lines: someLines('EUR', [10_000n], [500n, 'reduced']), taxation: reverseCharge },
      [['AE', '0', 10_500n, 0n, 10_500n]],
    ],
    [
      'charges nothing to an exempt customer',
      { lines: someLines('EUR', [10_000n]), taxation: exempt },
      [['E', '0', 10_000n, 0n, 10_000n]],
    ],
    [
      'leaves deposits outside, whoever the customer is',
      { lines: someLines('EUR', [10_000n], [50_000n, 'outside']), taxation: exempt },
      [
        ['E', '0', 10_000n, 0n, 10_000n],
        ['O', '0', 50_000n, 0n, 50_000n],
      ],
    ],
    [
      'tells a rate of zero from an exemption',
      { lines: someLines('EUR', [100n, 'solar'], [200n, 'insurance']), prices: 'gross' },
      [
        ['Z', '0', 100n, 0n, 100n],
        ['E', '0', 200n, 0n, 200n],
      ],
    ],
    // 0.03 + 0.03 at one rate are 0.0114; apart they were 0.02.
    [
      'takes categories of one rate together, as the law counts rates',
      {
        lines: someLines('EUR', [3n], [3n, 'fees']),
        table: [...germanRates, aRate({ category: 'fees', percent: '19.00' })],
      },
      [['S', '19', 6n, 1n, 7n]],
    ],
    ['has no group without a line', { lines: [] }, []],
  ])('%s', (_what, over, groups) => {
    expect(rowsOf(aTaxInput(over))).toEqual(groups)
  })

  it.each([
    ['2020-06-30', '19'],
    ['2020-07-01', '16'],
    ['2020-12-31', '16'],
    ['2021-01-01', '19'],
  ])('takes the rate that is in force on %s', (date, percent) => {
    expect(taxLines(aTaxInput({ date, lines: someLines('EUR', [10_000n]) })).groups).toMatchObject([
      { percent },
    ])
  })

  it('sums the groups up', () => {
    const lines = someLines('EUR', [10_000n], [1_500n, 'reduced'], [-200n, 'solar'])
    expect(taxLines(aTaxInput({ lines }))).toMatchObject({
      currency: 'EUR',
      netMinor: 11_300n,
      taxMinor: 2_005n,
      grossMinor: 13_305n,
    })
  })

  it('refuses lines of different currencies', () => {
    const lines = [...someLines('EUR', [1n]), ...someLines('USD', [1n])]
    expect(() => taxLines(aTaxInput({ lines }))).toThrow(
      expect.objectContaining({ code: 'currency_mismatch' }),
    )
  })

  it('refuses amounts that the currency cannot settle', () => {
    const input = aTaxInput({ ...inCurrency('KWD', '15'), lines: someLines('KWD', [1_011n]) })
    expect(() => taxLines(input)).toThrow('multiples of the settlement step')
  })

  it('I8 a category without a rate stops the invoice instead of being free of tax', () => {
    expect(() => taxLines(aTaxInput({ lines: someLines('EUR', [1n, 'luxury']) }))).toThrow(
      expect.objectContaining({
        code: 'tax_rate_missing',
        message: 'Add a tax rate for the category "luxury" in DE that is in force on 2026-10-31.',
      }),
    )
  })
})

/** A net document in a currency whose one rate is that of its place. */
function inCurrency(code: string, percent: string): Partial<TaxInput> {
  return {
    currency: getCurrency(code).code,
    table: [aRate({ place: 'XX', percent })],
    taxation: { place: 'XX', treatment: { kind: 'rates' } },
  }
}

describe('the explanation of a group', () => {
  it('is the data that its tax comes from', () => {
    const lines = someLines('EUR', [1_000n], [-10n])
    expect(taxLines(aTaxInput({ lines, prices: 'gross' })).groups[0]?.explanation).toEqual({
      date: '2026-10-31',
      place: 'DE',
      prices: 'gross',
      sumMinor: 990n,
      lineCount: 2,
      unroundedTax: '1881/1190',
      rounding: 'half_up',
      categories: [
        {
          category: 'standard',
          basis: {
            kind: 'rate',
            rateId: 'DE/standard/2021-01-01',
            place: 'DE',
            rateKind: 'standard',
            from: '2021-01-01',
          },
        },
      ],
    })
  })

  it.each<[string, Partial<TaxInput>, string, string]>([
    [
      'an exact tax',
      { lines: someLines('EUR', [10_000n]) },
      '1 line (standard) of together 100.00 EUR before tax; on 2026-10-31 the standard rate of DE is 19 %, as it has been since 2021-01-01: 19.00 EUR; 119.00 EUR with tax.',
      '1 Position (standard) von zusammen 100,00 EUR vor Steuer; am 2026-10-31 gilt in DE seit 2021-01-01: Regelsatz 19 %: 19,00 EUR; 119,00 EUR mit Steuer.',
    ],
    [
      'a rounded tax in gross prices',
      { lines: someLines('EUR', [300n, 'reduced'], [210n, 'reduced']), prices: 'gross' },
      '2 lines (reduced) of together 5.10 EUR with tax; on 2026-10-31 the reduced rate of DE is 7 %, as it has been since 2021-01-01: 357/1070 EUR, rounded half up to 0.33 EUR of tax; 4.77 EUR before tax.',
      '2 Positionen (reduced) von zusammen 5,10 EUR mit Steuer; am 2026-10-31 gilt in DE seit 2021-01-01: ermäßigter Satz 7 %: 357/1070 EUR, kaufmännisch gerundet auf 0,33 EUR Steuer; 4,77 EUR vor Steuer.',
    ],
    [
      'reverse charge',
      { lines: someLines('EUR', [10_000n]), taxation: reverseCharge },
      '1 line (standard) of together 100.00 EUR before tax: no tax, since the customer owes it (reverse charge).',
      '1 Position (standard) von zusammen 100,00 EUR vor Steuer: keine Steuer, weil der Kunde sie schuldet (Steuerschuldnerschaft des Leistungsempfängers).',
    ],
    [
      'an exempt supply',
      { lines: someLines('EUR', [10_000n, 'insurance']) },
      '1 line (insurance) of together 100.00 EUR before tax: no tax in DE since 2021-01-01 (§ 4 Nr. 10 UStG).',
      '1 Position (insurance) von zusammen 100,00 EUR vor Steuer: keine Steuer in DE seit 2021-01-01 (§ 4 Nr. 10 UStG).',
    ],
    [
      'a deposit',
      { lines: someLines('EUR', [10_000n, 'outside']) },
      '1 line (outside) of together 100.00 EUR before tax: not subject to tax.',
      '1 Position (outside) von zusammen 100,00 EUR vor Steuer: nicht steuerbar.',
    ],
  ])('says %s in one sentence of either language', (_what, over, en, de) => {
    expect(taxLines(aTaxInput(over)).groups[0]?.sentences).toEqual({ en, de })
  })

  it.each<[string, Partial<TaxInput>, object[]]>([
    ['nothing of an ordinary rate', { lines: someLines('EUR', [1n]) }, []],
    [
      'that the customer owes the tax',
      { lines: someLines('EUR', [1n], [1n, 'reduced']), taxation: reverseCharge },
      [{ en: 'Reverse charge', de: 'Steuerschuldnerschaft des Leistungsempfängers' }],
    ],
    [
      'why the customer is exempt',
      { lines: someLines('EUR', [1n]), taxation: exempt },
      [{ en: 'Exempt from tax: NATO, Art. 67 § 3', de: 'Steuerfrei: NATO, Art. 67 § 3' }],
    ],
    [
      'what the table has to say',
      { lines: someLines('EUR', [1n, 'insurance']) },
      [{ en: '§ 4 Nr. 10 UStG', de: '§ 4 Nr. 10 UStG' }],
    ],
  ])('notes %s', (_what, over, notes) => {
    expect(taxLines(aTaxInput(over)).groups[0]?.notes).toEqual(notes)
  })
})
