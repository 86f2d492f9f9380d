import { describe, expect, it } from 'vitest'
import { getInstant, Rational } from '../../core/index.ts'
import { rate } from './rate.ts'
import { aFlatItem, anInput, aPerUnitItem, aUsage, october, rateOne, versionsOf } from './rating-builders.ts'
import type { TariffDiscount, TariffItem } from './tariff-schema.ts'

const half = getInstant('2026-10-16T12:30:00+02:00')
const tenth = getInstant('2026-10-10T00:00:00+02:00')

const off = (
  terms: { percent: string } | { amount: string } | { firstUnits: string },
  until?: string,
): TariffDiscount => {
  return { description: 'Welcome', ...terms, ...(until === undefined ? {} : { until }) }
}
const perUnit = (terms: object) => aPerUnitItem({ price: '1', per: 1, unit: 's', ...terms })
const volume = (terms: object): TariffItem => ({
  type: 'volume',
  id: 'run',
  description: 'Run time',
  register: 'run_s',
  per: 1,
  unit: 's',
  tiers: [{ upTo: '100', price: '1' }, { price: '0.5' }],
  ...terms,
})

/** The exact amounts of the lines of two versions, with so much used in each half of October. */
function amountsOf(items: readonly [TariffItem, TariffItem], ...used: readonly [bigint, bigint]) {
  const [first, second] = items
  const versions = versionsOf([october.from, half, [first]], [half, october.to, [second]])
  const usage = [aUsage(used[0], { to: half }), aUsage(used[1], { from: half, startValue: 1_000n + used[0] })]
  return rate(anInput({ versions, usage })).lines.map((line) => line.unroundedAmount)
}

const same = (item: TariffItem): readonly [TariffItem, TariffItem] => [item, item]

describe('discounts', () => {
  it.each([
    ['one of 10 percent', [off({ percent: '10' })], 100n, '90'],
    ['one of everything', [off({ percent: '100' })], 100n, '0'],
    ['one of nothing', [off({ percent: '0' })], 100n, '100'],
    ['one of 30', [off({ amount: '30' })], 100n, '70'],
    ['one of 30 where 20 is due', [off({ amount: '30' })], 20n, '0'],
    ['30, then 10 percent', [off({ amount: '30' }), off({ percent: '10' })], 100n, '63'],
    ['10 percent, then 30', [off({ percent: '10' }), off({ amount: '30' })], 100n, '60'],
    ['10 percent twice', [off({ percent: '10' }), off({ percent: '10' })], 100n, '81'],
    ['the first 40 units', [off({ firstUnits: '40' })], 100n, '60'],
    ['the first 40 units of 39', [off({ firstUnits: '40' })], 39n, '0'],
    ['the first 40 units of 41', [off({ firstUnits: '40' })], 41n, '1'],
    ['10 percent, then the first 40 units', [off({ percent: '10' }), off({ firstUnits: '40' })], 100n, '54'],
    ['one that ended before', [off({ percent: '10' }, '2026-10-01')], 100n, '100'],
    ['one that ends with the month', [off({ percent: '10' }, '2026-11-01')], 100n, '90'],
  ])('act in order: %s', (_name, discounts, quantity, amount) => {
    expect(rateOne(perUnit({ discounts }), { usage: [aUsage(quantity)] }).unroundedAmount).toBe(amount)
  })

  it('take first units before the allowance', () => {
    const item = perUnit({ included: '30', discounts: [off({ firstUnits: '40' })] })
    const line = rateOne(item, { usage: [aUsage(100n)] })
    expect(line).toMatchObject({ quantity: '100', unroundedAmount: '30', unitPrice: undefined })
    expect(line.explanation.steps).toEqual([
      { kind: 'free_units', description: 'Welcome', quantity: '40', amount: '0' },
      { kind: 'included', included: '30', used: '30', amount: '0' },
      { kind: 'units', quantity: '30', price: '1', block: null, amount: '30' },
    ])
  })

  it('say what is free', () => {
    const { sentence } = rateOne(perUnit({ discounts: [off({ firstUnits: '40' })] }), {
      usage: [aUsage(100n)],
    })
    expect(sentence).toContain(
      'which is 100 s; Welcome: 40 s are free; 60 s at 1.00 EUR are 60.00 EUR; together 60.00 EUR.',
    )
  })

  it.each([
    // 100 before the tenth, 200 from then on
    ['10 percent', [off({ percent: '10' }, '2026-10-10')], '290'],
    ['130 off', [off({ amount: '130' }, '2026-10-10')], '200'],
    ['the first 150 units', [off({ firstUnits: '150' }, '2026-10-10')], '200'],
    [
      '10 percent until then, 50 percent on',
      [off({ percent: '10' }, '2026-10-10'), off({ percent: '50' })],
      '145',
    ],
  ])('with an end act on what was used before: %s', (_name, discounts, amount) => {
    const usage = [aUsage(100n, { to: tenth }), aUsage(200n, { from: tenth, startValue: 1_100n })]
    expect(rateOne(perUnit({ discounts }), { usage }).unroundedAmount).toBe(amount)
  })

  it.each([
    // 100 cost 100 before the tenth, 150 together 75
    ['10 percent', [off({ percent: '10' }, '2026-10-10')], '65'],
    ['90 percent', [off({ percent: '90' }, '2026-10-10')], '0'],
    ['80 off', [off({ amount: '80' }, '2026-10-10')], '0'],
    ['90 percent, then 5 off on', [off({ percent: '90' }, '2026-10-10'), off({ amount: '5' })], '0'],
    ['60 percent, then 5 off on', [off({ percent: '60' }, '2026-10-10'), off({ amount: '5' })], '10'],
  ])(
    'with an end never leave less than nothing where a volume gets cheaper behind it: %s',
    (_name, discounts, amount) => {
      const usage = [aUsage(100n, { to: tenth }), aUsage(50n, { from: tenth, startValue: 1_100n })]
      const { unroundedAmount, explanation } = rateOne(volume({ discounts }), { usage })
      expect(unroundedAmount).toBe(amount)
      const steps = explanation.steps.map((step) => Rational.parseExact(step.amount))
      expect(steps.reduce((sum, step) => sum.plus(step)).toString()).toBe(amount)
    },
  )

  it('with an end have taken off again all that they took, once that much is left', () => {
    const item = volume({ discounts: [off({ percent: '90' }, '2026-10-10')] })
    const versions = versionsOf([october.from, half, [item]], [half, october.to, [item]])
    const usage = [
      aUsage(100n, { to: tenth }),
      aUsage(50n, { from: tenth, to: half, startValue: 1_100n }),
      aUsage(1_000n, { from: half, startValue: 1_150n }),
    ]
    // All 1150 cost 575, of which 90 are off.
    const { lines } = rate(anInput({ versions, usage }))
    expect(lines.map((line) => line.unroundedAmount)).toEqual(['0', '485'])
  })

  it('need usage cut at their end', () => {
    const item = perUnit({ discounts: [off({ percent: '10' }, '2026-10-10')] })
    expect(() => rateOne(item, { usage: [aUsage(100n)] })).toThrow(
      expect.objectContaining({ code: 'rating_input_invalid' }),
    )
  })

  it('of a fixed amount go on where the version changes and the item does not', () => {
    expect(amountsOf(same(perUnit({ discounts: [off({ amount: '30' })] })), 20n, 20n)).toEqual(['0', '10'])
  })

  it('of a fixed amount start again with their share where the item changes', () => {
    const of = (price: string) => perUnit({ price, discounts: [off({ amount: '30' })] })
    expect(amountsOf([of('1'), of('2')], 20n, 20n)).toEqual(['5', '25'])
  })

  it('hold whole for a fee that is charged whole', () => {
    const of = (price: string) =>
      aFlatItem({ price, discounts: [off({ amount: '5' })], minimum: '4', maximum: '4' })
    expect(amountsOf([of('10'), of('12')], 0n, 0n)).toEqual(['4'])
  })

  it.each([
    // 100 at 1 in the first half; 150 at 0.5 together is 75
    ['none', [], ['100', '-25']],
    ['10 percent', [off({ percent: '10' })], ['90', '-22.5']],
    ['30', [off({ amount: '30' })], ['70', '-25']],
    ['80', [off({ amount: '80' })], ['20', '-20']],
    ['120', [off({ amount: '120' })], ['0', '0']],
    ['30, then 10 percent', [off({ amount: '30' }), off({ percent: '10' })], ['63', '-22.5']],
  ])('end at what they take from the whole where a volume gets cheaper: %s', (_name, discounts, amounts) => {
    expect(amountsOf(same(volume({ discounts })), 100n, 50n)).toEqual(amounts)
  })
})

describe('minimum and maximum', () => {
  it.each([
    [9n, '10'],
    [10n, '10'],
    [11n, '11'],
    [0n, '10'],
    [20n, '20'],
    [21n, '20'],
  ])('of 10 and 20 make of %i exactly %s', (quantity, amount) => {
    const item = perUnit({ minimum: '10', maximum: '20' })
    expect(rateOne(item, { usage: [aUsage(quantity)] }).unroundedAmount).toBe(amount)
  })

  it('come after discounts', () => {
    const item = perUnit({ discounts: [off({ percent: '50' })], minimum: '60' })
    expect(rateOne(item, { usage: [aUsage(100n)] }).unroundedAmount).toBe('60')
    const capped = perUnit({ discounts: [off({ percent: '50' })], maximum: '60' })
    expect(rateOne(capped, { usage: [aUsage(100n)] }).unroundedAmount).toBe('50')
  })

  it.each([
    [15n, 15n, ['15', '5']],
    [25n, 15n, ['20', '0']],
    [2n, 3n, ['2', '8']],
    [2n, 0n, ['2', '8']],
    [10n, 0n, ['10', '0']],
  ])('count over all of the item that did not change: %i and %i', (first, second, amounts) => {
    expect(amountsOf(same(perUnit({ minimum: '10', maximum: '20' })), first, second)).toEqual(amounts)
  })

  it.each([
    // each half has a minimum of 5 and a maximum of 10
    [15n, 2n, ['10', '5']],
    [2n, 15n, ['5', '10']],
  ])('are prorated where the item changes: %i and %i', (first, second, amounts) => {
    const of = (price: string) => perUnit({ price, minimum: '10', maximum: '20' })
    expect(amountsOf([of('1'), of('2')], first, second)).toEqual(amounts)
  })

  it('are named with the share that holds', () => {
    const versions = versionsOf(
      [october.from, half, [perUnit({ minimum: '10' })]],
      [half, october.to, [aFlatItem()]],
    )
    const { lines } = rate(anInput({ versions, usage: [aUsage(2n, { to: half })] }))
    expect(lines[0]?.sentence).toContain(
      '3.00 EUR are missing to the minimum of 5.00 EUR; together 5.00 EUR.',
    )
  })

  it('let a maximum give back no more than it took where a volume gets cheaper', () => {
    expect(amountsOf(same(volume({ maximum: '80' })), 100n, 50n)).toEqual(['80', '-5'])
    expect(amountsOf(same(volume({ maximum: '70' })), 100n, 50n)).toEqual(['70', '0'])
  })

  it('raise a fee that is charged with the first version only', () => {
    const item = aFlatItem({ price: '10', discounts: [off({ percent: '50' })], minimum: '8' })
    expect(amountsOf(same(item), 0n, 0n)).toEqual(['8'])
  })
})
