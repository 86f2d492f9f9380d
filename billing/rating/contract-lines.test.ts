import { describe, expect, it } from 'vitest'
import { getInstant, Rational, type RoundingMode } from '../../core/index.ts'
import { rate } from './rate.ts'
import { aFlatItem, anInput, aTariff, aVersion, october } from './rating-builders.ts'
import type { RatingFacts } from './rating-types.ts'
import type { TariffDocument } from './tariff-schema.ts'

type Terms = Partial<Omit<TariffDocument, 'items' | 'currency'>>

/** The lines of a contract whose fees add up to 10.00, of two tax categories at 7 to 3. */
function linesOf(terms: Terms, facts: Partial<RatingFacts> = {}) {
  const items = [
    aFlatItem({ id: 'seven', price: '7' }),
    aFlatItem({ id: 'three', price: '3', taxCategory: 'reduced' }),
  ]
  const { period = october } = facts
  const versions = [aVersion({ ...period, document: { ...aTariff({ items }), ...terms } })]
  return rate(anInput({ versions, facts })).lines.slice(2)
}

const amountsOf = (terms: Terms, facts: Partial<RatingFacts> = {}) =>
  linesOf(terms, facts).map((line) => [line.itemId, line.taxCategory, line.amountMinor])

const off = (terms: { percent: string } | { amount: string }, until?: string) =>
  ({ description: 'Loyalty', ...terms, ...(until === undefined ? {} : { until }) }) as const

describe('contractLines', () => {
  it.each([
    ['nothing', {}, []],
    [
      'a discount shared out by tax category',
      { discounts: [off({ percent: '10' })] },
      [
        ['discount', 'reduced', -30n],
        ['discount', 'standard', -70n],
      ],
    ],
    [
      'two discounts in order',
      { discounts: [off({ amount: '5' }), off({ percent: '10' })] },
      [
        ['discount', 'reduced', -150n],
        ['discount', 'standard', -350n],
        ['discount', 'reduced', -15n],
        ['discount', 'standard', -35n],
      ],
    ],
    [
      'a discount above all',
      { discounts: [off({ amount: '50' })] },
      [
        ['discount', 'reduced', -300n],
        ['discount', 'standard', -700n],
      ],
    ],
    ['a discount that ended', { discounts: [off({ amount: '5' }, '2026-10-01')] }, []],
    [
      'a discount that ends within',
      { discounts: [off({ amount: '1' }, '2026-10-02')] },
      [
        ['discount', 'reduced', -30n],
        ['discount', 'standard', -70n],
      ],
    ],
    ['a minimum that is reached', { minimum: '10' }, []],
    ['a minimum that is not', { minimum: '10.01' }, [['minimum', 'standard', 1n]]],
    ['a maximum that is not passed', { maximum: '10' }, []],
    ['a maximum that is', { maximum: '9.99' }, [['maximum', 'standard', -1n]]],
    [
      'a maximum of zero',
      { maximum: '0' },
      [
        ['maximum', 'reduced', -300n],
        ['maximum', 'standard', -700n],
      ],
    ],
    [
      'a discount, then the minimum',
      { discounts: [off({ amount: '5' })], minimum: '6' },
      [
        ['discount', 'reduced', -150n],
        ['discount', 'standard', -350n],
        ['minimum', 'standard', 100n],
      ],
    ],
  ])('make %s', (_name, terms: Terms, amounts) => {
    expect(amountsOf(terms)).toEqual(amounts)
  })

  it('take the share of the period of fixed amounts', () => {
    const period = { from: getInstant('2026-10-16T12:30:00+02:00'), to: october.to }
    expect(amountsOf({ minimum: '30' }, { period, wholePeriod: october })).toEqual([
      ['minimum', 'standard', 500n],
    ])
  })

  it('make up to the minimum what the rounded maximum leaves', () => {
    const period = { from: getInstant('2026-10-16T12:30:00+02:00'), to: october.to }
    // Half of 0.01 is at most owed, and at least: 0.00 is left of the 10.00, and 0.005 are missing.
    const terms = { rounding: 'up', maximum: '0.01', minimum: '0.01' } as const
    expect(amountsOf(terms, { period, wholePeriod: october })).toEqual([
      ['maximum', 'reduced', -300n],
      ['maximum', 'standard', -700n],
      ['minimum', 'standard', 1n],
    ])
  })

  it('leave fees in advance alone', () => {
    expect(amountsOf({ minimum: '30' }, { charged: 'in_advance' })).toEqual([])
  })

  it.each(['half_even', 'half_up', 'up', 'down'] as const)(
    'end at the maximum exactly, also after a discount that is rounded %s',
    (rounding: RoundingMode) => {
      const lines = linesOf({ rounding, discounts: [off({ percent: '33.35' })], maximum: '6' })
      expect(lines.reduce((sum, line) => sum + line.amountMinor, 1000n)).toBe(600n)
    },
  )

  it('say of each line what is exact of its own part', () => {
    const lines = linesOf({ discounts: [off({ percent: '10' })] })
    expect(lines.map((line) => [line.unroundedAmount, line.sentence])).toEqual([
      ['-0.3', 'Loyalty: 0.30 EUR off; together -0.30 EUR.'],
      ['-0.7', 'Loyalty: 0.70 EUR off; together -0.70 EUR.'],
    ])
    for (const { unroundedAmount, explanation } of lines) {
      const sum = explanation.steps.reduce(
        (total, { amount }) => total.plus(Rational.parseExact(amount)),
        Rational.zero,
      )
      expect(sum.toString()).toBe(unroundedAmount)
    }
  })
})
