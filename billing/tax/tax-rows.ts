/** Rows and facts for tests of tax: Germany's rates and a German seller. */
import { getCurrency } from '../../core/index.ts'
import type { TaxableLine, TaxFacts, TaxInput, TaxRate } from './tax-types.ts'

export function aRate(over: Partial<TaxRate> = {}): TaxRate {
  const { place = 'DE', category = 'standard', from = '2021-01-01' } = over
  return {
    id: `${place}/${category}/${from}`,
    place,
    category,
    percent: '19',
    kind: 'standard',
    code: 'S',
    note: undefined,
    from,
    to: undefined,
    ...over,
  }
}

export const germanRates: readonly TaxRate[] = [
  aRate({ from: '2007-01-01' }),
  aRate({ from: '2020-07-01', percent: '16' }),
  aRate({ from: '2021-01-01' }),
  aRate({ category: 'reduced', percent: '7', kind: 'reduced' }),
  aRate({ category: 'solar', percent: '0', kind: 'zero', code: 'Z' }),
  aRate({ category: 'insurance', percent: '0', kind: 'exempt', code: 'E', note: '§ 4 Nr. 10 UStG' }),
]

export function someLines(currency: string, ...amounts: readonly (readonly [bigint, string?])[]) {
  const { code } = getCurrency(currency)
  return amounts.map(([amountMinor, taxCategory = 'standard']): TaxableLine => ({
    amountMinor,
    currency: code,
    taxCategory,
  }))
}

export function aTaxInput(over: Partial<TaxInput> = {}): TaxInput {
  return {
    lines: [],
    currency: getCurrency('EUR').code,
    prices: 'net',
    date: '2026-10-31',
    taxation: { place: 'DE', treatment: { kind: 'rates' } },
    table: germanRates,
    ...over,
  }
}

export function someFacts(over: Partial<TaxFacts> = {}): TaxFacts {
  return { sellerPlace: 'DE', customerPlace: 'DE', taxId: undefined, treatment: undefined, ...over }
}
