import { describe, expect, it } from 'vitest'
import { getInstant } from '../../../core/index.ts'
import { rate } from '../rate.ts'
import { anEvent, anInput, aDevice, aPeak, aUsage, october, rateOne, versionsOf } from '../rating-builders.ts'
import type { TariffItem } from '../tariff-schema.ts'

const ofRegister = { id: 'run', description: 'Run time', register: 'run_s', per: 1, unit: 's' } as const
const half = getInstant('2026-10-16T12:30:00+02:00')

/** The exact amount of a quantity in October. */
const amountOf = (item: TariffItem, quantity: bigint) =>
  rateOne(item, { usage: [aUsage(quantity)] }).unroundedAmount

describe('a price per unit', () => {
  it.each([
    // per, price, quantity in base units, exact amount
    [1, '0.5', 0n, '0'],
    [1, '0.5', 1n, '0.5'],
    [60, '0.12', 1n, '0.002'],
    [60, '0.12', 59n, '0.118'],
    [60, '0.12', 60n, '0.12'],
    [1000, '0.000000000001', 1n, '0.000000000000001'],
    [7, '1', 1n, '1/7'],
    [7, '1', 14n, '2'],
    [60, '0', 999n, '0'],
  ])('per %i base units of %s makes of %i exactly %s', (per, price, quantity, amount) => {
    expect(amountOf({ type: 'per_unit', ...ofRegister, per, price }, quantity)).toBe(amount)
  })

  it.each([
    // included, quantity, exact amount at 0.10
    ['100', 0n, '0'],
    ['100', 99n, '0'],
    ['100', 100n, '0'],
    ['100', 101n, '0.1'],
    ['99.5', 100n, '0.05'],
    ['0', 3n, '0.3'],
  ])('with %s included makes of %i exactly %s', (included, quantity, amount) => {
    expect(amountOf({ type: 'per_unit', ...ofRegister, price: '0.10', included }, quantity)).toBe(amount)
  })

  it.each([
    // included, block, quantity, exact amount at 0.10
    [undefined, '10', 0n, '0'],
    [undefined, '10', 1n, '1'],
    [undefined, '10', 10n, '1'],
    [undefined, '10', 11n, '2'],
    [undefined, '2.5', 6n, '0.75'],
    ['100', '10', 100n, '0'],
    ['100', '10', 101n, '1'],
    ['100', '10', 110n, '1'],
    ['100', '10', 111n, '2'],
  ])('with %s included and blocks of %s makes of %i exactly %s', (included, block, quantity, amount) => {
    const item = { type: 'per_unit', ...ofRegister, price: '0.10', block } as const
    expect(amountOf(included === undefined ? item : { ...item, included }, quantity)).toBe(amount)
  })

  it.each([
    // aggregation, exact amount at 2 a unit of 10
    ['count', '0.6'],
    ['sum', '1.2'],
    [undefined, '0.6'],
  ] as const)('counts events by %s', (aggregation, amount) => {
    const events = [1n, 2n, 3n].map((quantity) => anEvent({ id: `wash-${quantity}`, quantity }))
    const item = { id: 'wash', description: 'Washes', event: 'wash', price: '2', per: 10, unit: 'wash' }
    const given = aggregation === undefined ? {} : { aggregation }
    expect(rateOne({ type: 'per_unit', ...item, ...given }, { events }).unroundedAmount).toBe(amount)
  })

  it('counts and shows the events only that its item names, and each where it ends', () => {
    const events = [
      anEvent({ id: 'a', labels: { programme: 'eco' }, to: october.from }),
      anEvent({ id: 'b', labels: { programme: 'hot' } }),
      anEvent({ id: 'c' }),
      anEvent({ id: 'd', labels: { programme: 'eco' }, to: october.to }),
      anEvent({ id: 'e', labels: { programme: 'eco' }, type: 'rinse' }),
    ]
    const line = rateOne(
      {
        type: 'per_unit',
        id: 'wash',
        description: 'Washes',
        event: 'wash',
        where: { programme: ['eco', 'cold'] },
        price: '2',
        per: 1,
        unit: 'wash',
      },
      { events },
    )
    expect([line.quantity, line.explanation.events.map(({ id }) => id)]).toEqual(['1', ['a']])
    expect(line.sentence).toBe(
      'Washes: 1 event of type wash of device drill-1 ended from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 1 wash; at 2.00 EUR per wash that is 2.00 EUR.',
    )
  })
})

describe('a package', () => {
  it.each([
    ['100', 0n, '0'],
    ['100', 1n, '5'],
    ['100', 100n, '5'],
    ['100', 101n, '10'],
    ['0.5', 1n, '10'],
    ['33.3', 100n, '20'],
  ])('of %s for 5 makes of %i exactly %s', (size, quantity, amount) => {
    expect(amountOf({ type: 'package', ...ofRegister, size, price: '5' }, quantity)).toBe(amount)
  })

  it('begins after what is included', () => {
    const item = { type: 'package', ...ofRegister, size: '100', price: '5', included: '50' } as const
    expect([50n, 51n, 150n, 151n].map((quantity) => amountOf(item, quantity))).toEqual(['0', '5', '5', '10'])
  })

  it('has no price per unit: its price is that of many', () => {
    const item = { type: 'package', ...ofRegister, size: '100', price: '5' } as const
    expect(rateOne(item, { usage: [aUsage(250n)] })).toMatchObject({ quantity: '250', unitPrice: undefined })
  })
})

const tiers = [
  { upTo: '10', price: '1', flat: '3' },
  { upTo: '20', price: '0.5', flat: '2' },
  { price: '0.1', flat: '1' },
]

describe('graduated tiers of 1 + 3 up to 10, 0.5 + 2 up to 20 and 0.1 + 1 above', () => {
  it.each([
    [0n, '3'],
    [1n, '4'],
    [9n, '12'],
    [10n, '13'],
    [11n, '15.5'], // 13 + 2 + 0.5
    [20n, '20'], // 13 + 2 + 5
    [21n, '21.1'], // 20 + 1 + 0.1
    [120n, '31'],
  ])('make of %i exactly %s', (quantity, amount) => {
    expect(amountOf({ type: 'graduated', ...ofRegister, tiers }, quantity)).toBe(amount)
  })

  it('take a fraction above a bound into the next tier', () => {
    expect(amountOf({ type: 'graduated', ...ofRegister, per: 4, tiers }, 41n)).toBe('15.125') // 10.25
  })

  it('begin after what is included', () => {
    const item = { type: 'graduated', ...ofRegister, tiers, included: '5' } as const
    expect([5n, 15n, 16n].map((quantity) => amountOf(item, quantity))).toEqual(['3', '13', '15.5'])
  })

  it('explain each tier that is touched', () => {
    const { explanation } = rateOne({ type: 'graduated', ...ofRegister, tiers }, { usage: [aUsage(11n)] })
    expect(explanation.steps).toEqual([
      { kind: 'tier', above: '0', upTo: '10', quantity: '10', price: '1', flat: '3', amount: '13' },
      { kind: 'tier', above: '10', upTo: '20', quantity: '1', price: '0.5', flat: '2', amount: '2.5' },
    ])
  })
})

describe('a volume at 1 + 3 up to 10, 0.5 + 2 up to 20 and 0.1 + 1 above', () => {
  it.each([
    [0n, '3'],
    [9n, '12'],
    [10n, '13'],
    [11n, '7.5'],
    [20n, '12'],
    [21n, '3.1'],
  ])('makes of %i exactly %s', (quantity, amount) => {
    expect(amountOf({ type: 'volume', ...ofRegister, tiers }, quantity)).toBe(amount)
  })
})

describe('steps of 30 up to 15, 35 up to 30 and 60 above', () => {
  const steps = [{ upTo: '15', price: '30' }, { upTo: '30', price: '35' }, { price: '60' }]
  it.each([
    [0n, '30'],
    [15n, '30'],
    [16n, '35'],
    [30n, '35'],
    [31n, '60'],
    [1_000_000n, '60'],
  ])('make of %i exactly %s', (quantity, amount) => {
    expect(amountOf({ type: 'stairstep', ...ofRegister, tiers: steps }, quantity)).toBe(amount)
  })

  it('reach the next step by a fraction above a bound', () => {
    expect(amountOf({ type: 'stairstep', ...ofRegister, per: 100, tiers: steps }, 1_501n)).toBe('35')
  })
})

describe('a peak', () => {
  const item = {
    type: 'per_unit',
    id: 'peak',
    description: 'Demand',
    register: 'energy_wh',
    aggregation: 'peak',
    scope: 'device',
    per: 250,
    unit: 'kW',
    price: '10',
  } as const
  const facts = { devices: [aDevice('drill-1')] }

  it.each([
    [[], '0', '0'],
    [[500n], '2', '20'],
  ])('of %s Wh in a quarter is %s kW and costs %s', (quantities, quantity, amount) => {
    const peaks = quantities.map((each) => aPeak(each))
    expect(rateOne(item, { peaks, facts })).toMatchObject({ quantity, unroundedAmount: amount })
  })

  it('is paid once where the version changes and the item does not', () => {
    const versions = versionsOf([october.from, half, [item]], [half, october.to, [item]])
    const peaks = [aPeak(500n, { to: half }), aPeak(750n, { from: half })]
    const { lines } = rate(anInput({ versions, peaks, facts }))
    expect(lines.map((line) => [line.quantity, line.unroundedAmount])).toEqual([
      ['2', '20'],
      ['1', '10'],
    ])
  })

  it('of two prices in one month is paid for half a month each, with bounds that hold whole', () => {
    const { price: _price, ...common } = item
    const of = (low: string, high: string): TariffItem => {
      return { ...common, type: 'graduated', tiers: [{ upTo: '2', price: low }, { price: high }] }
    }
    const [first, second] = [of('10', '30'), of('20', '40')]
    const versions = versionsOf([october.from, half, [first]], [half, october.to, [second]])
    const peaks = [aPeak(500n, { to: half }), aPeak(750n, { from: half })]
    const { lines } = rate(anInput({ versions, peaks, facts }))
    expect(lines.map((line) => line.unroundedAmount)).toEqual(['10', '40']) // (2×10)/2, (2×20 + 1×40)/2
    expect(lines[0]?.explanation.steps.at(-1)).toEqual({ kind: 'prorated', share: '0.5', amount: '-10' })
  })
})
