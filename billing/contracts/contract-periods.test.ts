import { describe, expect, it } from 'vitest'
import { formatInstant, getInstant, HOUR_MS, type Cadence } from '../../core/index.ts'
import { contractPeriodAt, contractPeriods, zoneOfPeriodAt, type DatedContract } from './contract-periods.ts'

const month = { unit: 'month', count: 1 } as const
const day = { unit: 'day', count: 1 } as const

/** Anchored on the first civil day, which begins the contract. */
function aContract(
  cadence: Cadence,
  anchorOn: string,
  first: string,
  ...moves: readonly (readonly [from: string, timeZone: string])[]
): DatedContract {
  const startsAt = Temporal.PlainDate.from(anchorOn).toZonedDateTime(first).epochMilliseconds
  const timeZones = [
    { timeZone: first, from: startsAt },
    ...moves.map(([from, timeZone]) => ({ timeZone, from: getInstant(from) })),
  ]
  return { anchorOn, cadence, timeZones, startsAt, endsAt: undefined }
}

function bordersOf(contract: DatedContract, count: number): readonly string[] {
  const borders: string[] = []
  for (const { from } of contractPeriods(contract, { from: contract.startsAt, to: Infinity })) {
    borders.push(formatInstant(from).replace(':00.000Z', 'Z'))
    if (borders.length === count) break
  }
  return borders
}

describe('a contract that moves to another zone', () => {
  it('goes on east where the last period ended, and ends its next one at the new midnight', () => {
    const contract = aContract(month, '2026-01-01', 'Europe/Berlin', ['2026-02-10T12:00:00Z', 'Asia/Tokyo'])
    expect(bordersOf(contract, 5)).toEqual([
      '2025-12-31T23:00Z',
      '2026-01-31T23:00Z',
      '2026-02-28T23:00Z',
      '2026-03-31T15:00Z',
      '2026-04-30T15:00Z',
    ])
  })

  it('goes on west where the last period ended, without a period of the hours between two midnights', () => {
    const contract = aContract(month, '2026-01-01', 'Asia/Tokyo', ['2026-02-10T12:00:00Z', 'Europe/Berlin'])
    expect(bordersOf(contract, 5)).toEqual([
      '2025-12-31T15:00Z',
      '2026-01-31T15:00Z',
      '2026-02-28T15:00Z',
      '2026-03-31T22:00Z',
      '2026-04-30T22:00Z',
    ])
  })

  it('comes back to the 31st in the new zone', () => {
    const contract = aContract(month, '2026-01-31', 'UTC', ['2026-02-28T00:00:00Z', 'America/New_York'])
    expect(bordersOf(contract, 4)).toEqual([
      '2026-01-31T00:00Z',
      '2026-02-28T00:00Z',
      '2026-03-31T04:00Z',
      '2026-04-30T04:00Z',
    ])
  })

  it.each([
    ['seven hours east', 'Europe/Berlin', 'Asia/Tokyo', 17],
    ['seven hours west', 'Asia/Tokyo', 'Europe/Berlin', 31],
    ['ten hours and a half east', 'UTC', 'Australia/Lord_Howe', 13.5],
    ['twelve hours, which is as far either way', 'UTC', 'Etc/GMT+12', 36],
  ])('has one day of another length when it moves %s', (_name, first, second, hours) => {
    const contract = aContract(day, '2026-07-01', first, ['2026-07-03T10:00:00Z', second])
    const lengths = [...contractPeriods(contract, { from: contract.startsAt, to: contract.startsAt + 1e9 })]
      .slice(0, 6)
      .map(({ from, to }) => (to - from) / HOUR_MS)
    const moved = lengths.findIndex((length) => length !== 24)
    expect(lengths[moved]).toBe(hours)
    expect(lengths.filter((length) => length !== 24)).toHaveLength(1)
  })

  it('takes it at once when it moves exactly at a border, and at its start', () => {
    const atBorder = aContract(month, '2026-01-01', 'UTC', ['2026-02-01T00:00:00Z', 'Europe/Berlin'])
    expect(bordersOf(atBorder, 3)).toEqual(['2026-01-01T00:00Z', '2026-02-01T00:00Z', '2026-02-28T23:00Z'])
    expect(zoneOfPeriodAt(atBorder, getInstant('2026-01-31T23:59:59Z'))).toBe('UTC')
    expect(zoneOfPeriodAt(atBorder, getInstant('2026-02-01T00:00:00Z'))).toBe('Europe/Berlin')
  })

  it('keeps the zone until the period ends in which it moves', () => {
    const contract = aContract(month, '2026-01-01', 'UTC', ['2026-02-10T00:00:00Z', 'Asia/Tokyo'])
    const february = { from: getInstant('2026-02-01T00:00:00Z'), to: getInstant('2026-03-01T00:00:00Z') }
    expect(contractPeriodAt(contract, february.to - 1)).toEqual(february)
    expect(zoneOfPeriodAt(contract, february.to - 1)).toBe('UTC')
    expect(zoneOfPeriodAt(contract, february.to)).toBe('Asia/Tokyo')
  })

  it('that moves twice within a period goes on in the last zone', () => {
    const once = aContract(month, '2026-01-01', 'UTC', ['2026-02-20T00:00:00Z', 'Asia/Kathmandu'])
    const twice = aContract(
      month,
      '2026-01-01',
      'UTC',
      ['2026-02-10T00:00:00Z', 'America/Lima'],
      ['2026-02-20T00:00:00Z', 'Asia/Kathmandu'],
    )
    expect(bordersOf(twice, 6)).toEqual(bordersOf(once, 6))
  })

  it('has no period for the day that Apia left out', () => {
    const contract = aContract(day, '2011-12-27', 'Pacific/Honolulu', [
      '2011-12-28T12:00:00Z',
      'Pacific/Apia',
    ])
    expect(bordersOf(contract, 5)).toEqual([
      '2011-12-27T10:00Z',
      '2011-12-28T10:00Z',
      '2011-12-29T10:00Z',
      '2011-12-30T10:00Z',
      '2011-12-31T10:00Z',
    ])
  })
})
