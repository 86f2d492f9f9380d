import { describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { rate } from './rate.ts'
import {
  aDevice,
  aDeviceId,
  aFlatItem,
  anEvent,
  anInput,
  aPerUnitItem,
  aUsage,
  october,
  versionsOf,
} from './rating-builders.ts'
import type { AssignedDevice, RatingInput } from './rating-types.ts'
import type { TariffItem, TariffScope } from './tariff-schema.ts'

const half = getInstant('2026-10-16T12:30:00+02:00')
const perUnit = (scope: TariffScope) => aPerUnitItem({ scope, price: '1', per: 1 })

/** Kind, id and quantity of each line. */
function membersOf(
  item: TariffItem,
  devices: readonly AssignedDevice[],
  input: Partial<Omit<RatingInput, 'facts'>> = {},
) {
  const versions = versionsOf([october.from, october.to, [item]])
  return rate(anInput({ versions, ...input, facts: { devices } })).lines.map(({ quantity, explanation }) => [
    explanation.member.kind,
    'id' in explanation.member ? explanation.member.id : '',
    quantity,
  ])
}

const usage = ['a', 'b', 'c'].map((id, index) => aUsage(10n ** BigInt(index), { deviceId: aDeviceId(id) }))
const devices = [
  aDevice('c', { site: 'north', tags: ['red', 'big'] }),
  aDevice('a', { site: 'north', tags: ['blue'] }),
  aDevice('b', { site: 'south', tags: ['red'] }),
]

describe('the lines of an item', () => {
  it.each<[string, TariffScope, string[][]]>([
    ['the contract', 'contract', [['contract', '', '111']]],
    [
      'each device',
      'device',
      [
        ['device', 'a', '1'],
        ['device', 'b', '10'],
        ['device', 'c', '100'],
      ],
    ],
    [
      'each site',
      'site',
      [
        ['site', 'north', '101'],
        ['site', 'south', '10'],
      ],
    ],
    [
      'each tag',
      { tags: ['red', 'blue', 'green'] },
      [
        ['tag', 'blue', '1'],
        ['tag', 'red', '110'],
      ],
    ],
  ])('are of %s', (_name, scope, members) => {
    expect(membersOf(perUnit(scope), devices, { usage })).toEqual(members)
  })

  it('are of nobody where no device was there', () => {
    expect(membersOf(perUnit('device'), [aDevice('a', { from: 0, to: october.from })])).toEqual([])
    expect(
      membersOf(aFlatItem({ scope: 'site' }), [aDevice('a', { from: october.to, to: undefined })]),
    ).toEqual([])
  })

  it('are one of a device that comes, goes and comes again', () => {
    const twice = [aDevice('a', { to: half - 1000 }), aDevice('a', { from: half })]
    expect(
      membersOf(perUnit('device'), twice, { usage: [aUsage(5n, { deviceId: aDeviceId('a'), from: half })] }),
    ).toEqual([['device', 'a', '5']])
  })

  it('give what a device did to the site where it was then', () => {
    const moved = [aDevice('a', { to: half, site: 'north' }), aDevice('a', { from: half, site: 'south' })]
    const deviceId = aDeviceId('a')
    const parts = [
      aUsage(3n, { deviceId, to: half }),
      aUsage(4n, { deviceId, from: half, startValue: 1_003n }),
    ]
    expect(membersOf(perUnit('site'), moved, { usage: parts })).toEqual([
      ['site', 'north', '3'],
      ['site', 'south', '4'],
    ])
    const events = [
      anEvent({ deviceId, id: 'one', to: half - 1 }),
      anEvent({ deviceId, id: 'two', to: half }),
    ]
    const perWash: TariffItem = {
      type: 'per_unit',
      id: 'wash',
      description: 'Washes',
      scope: 'site',
      event: 'wash',
      price: '1',
      per: 1,
      unit: 'wash',
    }
    expect(membersOf(perWash, moved, { events })).toEqual([
      ['site', 'north', '1'],
      ['site', 'south', '1'],
    ])
  })
})

describe('I8 Missing data never reads as zero money: a pool that cannot be told', () => {
  it.each<[string, TariffScope, Partial<AssignedDevice>, string]>([
    ['without site', 'site', {}, 'Give device a a site: the tariff has a line for each site.'],
    [
      'without tag',
      { tags: ['red', 'blue'] },
      { tags: ['green'] },
      'Give device a exactly one of the tags red, blue: the tariff has a line for each.',
    ],
    [
      'with two tags',
      { tags: ['red', 'blue'] },
      { tags: ['blue', 'red'] },
      'Give device a exactly one of the tags red, blue: the tariff has a line for each.',
    ],
  ])('stops the invoice: a device %s', (_name, scope, device, message) => {
    expect(() => membersOf(perUnit(scope), [aDevice('a', device)])).toThrow(
      expect.objectContaining({ code: 'tariff_pool_unclear', message }),
    )
  })

  it('stops the invoice where a device that used something is in no pool', () => {
    expect(() => membersOf(perUnit('device'), [aDevice('b')], { usage: usage.slice(0, 1) })).toThrow(
      'Give the assignment of device a: the item "run" has lines for devices or pools of them.',
    )
  })
})
