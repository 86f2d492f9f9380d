import { describe, expect, it } from 'vitest'
import { allocate } from './allocate.ts'
import { aDevice, aDeviceId, aFlatItem, anEvent, aPerUnitItem, aUsage, rateOne } from './rating-builders.ts'
import type { ItemOf, TariffItem } from './tariff-schema.ts'

describe('allocate', () => {
  it.each([
    [100n, [1n, 1n], [50n, 50n]],
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [101n, [1n, 1n, 1n], [34n, 34n, 33n]],
    [10n, [6n, 3n, 1n], [6n, 3n, 1n]],
    [7n, [6n, 3n, 1n], [4n, 2n, 1n]], // 4.2, 2.1, 0.7
    [1n, [1n, 2n], [0n, 1n]],
    [2n, [0n, 5n, 0n], [0n, 2n, 0n]],
    [5n, [0n, 0n], [3n, 2n]],
    [0n, [1n, 2n], [0n, 0n]],
    [-100n, [1n, 1n, 1n], [-34n, -33n, -33n]],
    [9n, [4n], [9n]],
  ])('shares out %i among %s as %s', (amount, weights, shares) => {
    expect(allocate(amount, weights)).toEqual(shares)
  })
})

describe('a pool of a site', () => {
  const devices = ['a', 'b', 'c'].map((id) => aDevice(id, { site: 'hall' }))
  const b = { deviceId: aDeviceId('b') }
  const washes = [
    anEvent({ ...b, id: '1', quantity: 0n, labels: { programme: 'eco' } }),
    anEvent({ ...b, id: '2', quantity: 0n, labels: { programme: 'eco' } }),
    anEvent({ deviceId: aDeviceId('c'), id: '3', quantity: 10n, labels: { programme: 'eco' } }),
    anEvent({ deviceId: aDeviceId('a'), id: '4', quantity: 99n, labels: { programme: 'hot' } }),
  ]
  const perWash: Extract<ItemOf<'per_unit'>, { event: string }> = {
    type: 'per_unit',
    id: 'wash',
    description: 'Washes',
    scope: 'site',
    event: 'wash',
    where: { programme: ['eco'] },
    per: 1,
    unit: 'wash',
    price: '1',
  }
  const partsOf = (item: TariffItem, input: Parameters<typeof rateOne>[1]) =>
    rateOne(item, { ...input, facts: { devices } }).explanation.allocation.map(
      ({ deviceId, amountMinor }) => [deviceId, amountMinor],
    )

  const rows: readonly [string, TariffItem, Parameters<typeof rateOne>[1], bigint[]][] = [
    [
      'usage',
      aPerUnitItem({ scope: 'site', price: '0.01', per: 1 }),
      { usage: [aUsage(5n, b)] },
      [0n, 5n, 0n],
    ],
    [
      'usage beyond an allowance',
      aPerUnitItem({ scope: 'site', price: '0.01', per: 1, included: '90' }),
      { usage: [aUsage(60n, b), aUsage(40n, { deviceId: aDeviceId('c') })] },
      [0n, 6n, 4n],
    ],
    ['the count of the events that are priced', perWash, { events: washes }, [0n, 200n, 100n]],
    [
      'the sum of the events that are priced',
      { ...perWash, aggregation: 'sum' },
      { events: washes },
      [0n, 0n, 1000n],
    ],
    [
      'the time of sessions',
      {
        type: 'session',
        id: 'park',
        description: 'Parking',
        scope: 'site',
        event: 'wash',
        price: '3',
        increment: 1,
        free: 1_000_000,
        startFee: '1',
      } as const,
      {
        events: [
          anEvent({ ...b, id: '1', from: 1_791_000_000_000, to: 1_791_000_001_000 }),
          anEvent({ deviceId: aDeviceId('c'), id: '2', from: 1_791_000_000_000, to: 1_791_000_003_000 }),
        ],
      },
      [0n, 50n, 150n],
    ],
    [
      'nothing alike where nobody used anything',
      aPerUnitItem({ scope: 'site', minimum: '1' }),
      {},
      [34n, 33n, 33n],
    ],
    ['a fee alike', aFlatItem({ scope: 'site', price: '0.05' }), {}, [2n, 2n, 1n]],
  ]

  it.each(rows)('shares its amount out among its devices by %s', (_name, item, input, parts) => {
    expect(partsOf(item, input)).toEqual([
      ['a', parts[0]],
      ['b', parts[1]],
      ['c', parts[2]],
    ])
  })
})
