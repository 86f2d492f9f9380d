import { describe, expect, it } from 'vitest'
import { getInstant } from '../../../core/index.ts'
import { rate } from '../rate.ts'
import { aDevice, aFlatItem, anInput, october, versionsOf } from '../rating-builders.ts'
import type { RatingFacts } from '../rating-types.ts'
import type { OneOffItem, TariffItem } from '../tariff-schema.ts'

type Part = readonly [from: number, to: number, items: TariffItem[]]

const on = (day: string, time = '00:00:00') =>
  getInstant(`2026-10-${day}T${time}${Number(day) > 25 ? '+01:00' : '+02:00'}`)

/** Quantity and exact amount of each line. */
function linesOf(parts: readonly Part[], facts: Partial<RatingFacts> = {}, cutoffAt?: number) {
  const cut = cutoffAt === undefined ? {} : { cutoffAt }
  const { lines } = rate(anInput({ versions: versionsOf(...parts), facts, ...cut }))
  return lines.map((line) => [line.quantity, line.unroundedAmount])
}
const whole = (item: TariffItem): readonly Part[] => [[october.from, october.to, [item]]]
const halves = (first: TariffItem[], second: TariffItem[], at = on('16')): readonly Part[] => [
  [october.from, at, first],
  [at, october.to, second],
]

describe('a flat fee', () => {
  const fee = (terms: object = {}) => aFlatItem({ price: '31', ...terms })

  it('is charged whole and once, by the first version', () => {
    expect(linesOf(halves([fee()], [fee({ price: '62' })]))).toEqual([['1', '31']])
    expect(linesOf(halves([], [fee()]))).toEqual([])
  })

  it.each([
    ['in the whole month', {}, [['1', '31']]],
    ['from the 16th on', { from: on('16') }, [['16/31', '16']]],
    ['until the 16th', { to: on('16') }, [['15/31', '15']]],
    ['for a part of a day', { from: on('16', '10:00:00'), to: on('16', '10:00:01') }, [['1/31', '1']]],
    ['over midnight', { from: on('16', '23:59:59'), to: on('17', '00:00:01') }, [['2/31', '2']]],
    ['until midnight', { from: on('16', '23:59:59'), to: on('17') }, [['1/31', '1']]],
    ['on the day of 25 hours', { from: on('25'), to: on('26') }, [['1/31', '1']]],
    ['before the month only', { from: 0, to: october.from }, []],
  ])('prorated by day counts each day begun of a device that is there %s', (_name, span, lines) => {
    const item = fee({ scope: 'device', proration: 'day' })
    expect(linesOf(whole(item), { devices: [aDevice('a', span)] })).toEqual(lines)
  })

  it('prorated by day counts a day once for each device, also where it comes and goes', () => {
    const item = fee({ scope: 'device', proration: 'day' })
    const devices = [
      aDevice('a', { from: on('01'), to: on('02', '12:00:00') }),
      aDevice('a', { from: on('02', '18:00:00'), to: on('03', '06:00:00') }),
    ]
    expect(linesOf(whole(item), { devices })).toEqual([['3/31', '3']])
  })

  it('prorated by day gives the day on which versions change to the first', () => {
    const items = [fee({ proration: 'day' }), fee({ proration: 'day', price: '62' })] as const
    expect(linesOf(halves([items[0]], [items[1]], on('16', '12:00:00')))).toEqual([
      ['16/31', '16'],
      ['15/31', '30'],
    ])
  })

  it('prorated by second counts time, also of the month of 745 hours', () => {
    const item = fee({ proration: 'second', price: '745' })
    expect(linesOf(halves([item], [fee({ proration: 'second', price: '1490' })]))).toEqual([
      ['72/149', '360'], // 15 days of 24 hours
      ['77/149', '770'],
    ])
  })

  it('prorated by second counts parts of seconds', () => {
    const item = fee({ scope: 'device', proration: 'second', price: '2682000' })
    const devices = [aDevice('a', { from: october.from, to: october.from + 1_500 })]
    expect(linesOf(whole(item), { devices })).toEqual([['1/1788000', '1.5']])
  })

  it('is charged for what lies ahead too while the month runs', () => {
    expect(linesOf(whole(fee({ proration: 'day' })), {}, on('02'))).toEqual([['1', '31']])
  })

  it('in advance is charged apart', () => {
    const items = [fee({ charged: 'in_advance' }), fee({ id: 'late', price: '5' })]
    const parts: readonly Part[] = [[october.from, october.to, items]]
    expect(linesOf(parts)).toEqual([['1', '5']])
    expect(linesOf(parts, { charged: 'in_advance' })).toEqual([['1', '31']])
  })

  it('prorated by day leaves out a day that the zone leaves out', () => {
    const utc = (text: string) => getInstant(`2011-${text}Z`)
    const apia = [
      { from: utc('09-24T14:00:00'), offsetMs: -10 * 3_600_000 },
      { from: utc('12-30T10:00:00'), offsetMs: 14 * 3_600_000 },
    ]
    const december = { from: utc('12-01T10:00:00'), to: utc('12-31T10:00:00') }
    const versions = versionsOf([december.from, december.to, [fee({ scope: 'device', proration: 'day' })]])
    const devices = [aDevice('a', { from: utc('12-29T10:00:00'), to: december.to })]
    const facts = { period: december, offsets: apia, devices, contract: { ...december } }
    const { lines } = rate(anInput({ versions, facts, cutoffAt: december.to }))
    expect(lines.map((line) => line.quantity)).toEqual(['1/15']) // the 29th and the 31st of 30 days
  })
})

describe('a one-off fee', () => {
  const fee = (terms: Partial<OneOffItem> = {}): OneOffItem => {
    return { type: 'one_off', id: 'once', description: 'Once', price: '50', on: 'start', ...terms }
  }
  const contract = (from: number, to?: number) => ({ contract: { from, to } })

  it.each([
    ['the start, where the contract starts', fee(), contract(october.from), [['1', '50']]],
    ['the start, where it ran before', fee(), contract(october.from - 1), []],
    ['the end, where it ends with the month', fee({ on: 'end' }), contract(0, october.to), [['1', '50']]],
    ['the end, where it does not end', fee({ on: 'end' }), contract(0), []],
    ['the end, where it ended with the month before', fee({ on: 'end' }), contract(0, october.from), []],
    ['a date', fee({ on: '2026-10-31' }), contract(0), [['1', '50']]],
    ['a date after', fee({ on: '2026-11-01' }), contract(0), []],
    ['the end, given back', fee({ refundedOn: 'end' }), contract(0, on('20')), [['-1', '-50']]],
    ['both', fee({ refundedOn: 'end' }), contract(on('02'), on('20')), [['0', '0']]],
    [
      'the start of each device',
      fee({ scope: 'device' }),
      {
        devices: [
          aDevice('a', { from: on('02') }),
          aDevice('b', { from: 0 }),
          aDevice('c', { from: on('03') }),
        ],
      },
      [
        ['1', '50'],
        ['1', '50'],
      ],
    ],
    [
      'each start of a site',
      fee({ scope: 'site' }),
      {
        devices: [
          aDevice('a', { from: on('03'), site: 'hall' }),
          aDevice('b', { from: on('02'), site: 'hall' }),
        ],
      },
      [['2', '100']],
    ],
    [
      'a date, for the devices that are there',
      fee({ scope: 'device', on: '2026-10-20' }),
      { devices: [aDevice('a', { to: on('20') }), aDevice('b', { to: on('21') })] },
      [['1', '50']],
    ],
  ])('falls due on %s', (_name, item, facts: Partial<RatingFacts>, lines) => {
    expect(linesOf(whole(item), facts)).toEqual(lines)
  })

  it.each([
    ['of a device that was there on it', [aDevice('a', { from: 0, to: on('20') })], [['-1', '-50']]],
    ['of a device that came after it', [aDevice('a', { from: on('05'), to: on('20') })], []],
    ['of a device that stays', [aDevice('a', { from: 0, to: undefined })], []],
  ])('of an earlier date is given back at the end %s', (_name, devices, lines) => {
    const item = fee({ scope: 'device', on: '2026-09-30', refundedOn: 'end' })
    expect(linesOf(whole(item), { devices })).toEqual(lines)
  })

  it.each([
    ['both leave', { to: on('20') }, { to: on('25') }, [['0', '0']]],
    ['one stays', { to: on('20') }, { to: undefined }, [['1', '50']]],
    ['the other came later', { to: on('20') }, { from: on('11'), to: on('25') }, [['0', '0']]],
    [
      'only the other leaves, which came later',
      { to: undefined },
      { from: on('11'), to: on('25') },
      [['1', '50']],
    ],
  ])('of a date is charged to a site once, and given back once where %s', (_name, first, second, lines) => {
    const item = fee({ scope: 'site', on: '2026-10-10', refundedOn: 'end' })
    const devices = [aDevice('a', { ...first, site: 'hall' }), aDevice('b', { ...second, site: 'hall' })]
    expect(linesOf(whole(item), { devices })).toEqual(lines)
  })

  it('names the ends of a pool in one order, whichever device is given first', () => {
    const versions = versionsOf(...whole(fee({ scope: 'site', on: 'end' })))
    const devices = [
      aDevice('a', { to: on('25'), site: 'hall' }),
      aDevice('b', { to: on('20'), site: 'hall' }),
    ]
    const { lines } = rate(anInput({ versions, facts: { devices } }))
    expect(rate(anInput({ versions, facts: { devices: devices.toReversed() } })).lines).toEqual(lines)
    const steps = lines[0]?.explanation.steps.map((step) => ('at' in step ? step.at : undefined))
    expect(steps).toEqual([on('25'), on('20')])
  })

  it('of a date before the contract is never given back', () => {
    const item = fee({ on: '2026-09-01', refundedOn: 'end' })
    expect(linesOf(whole(item), contract(on('02'), on('20')))).toEqual([])
    expect(linesOf(whole(item), contract(0, on('20')))).toEqual([['-1', '-50']])
  })

  it('is not due yet before its day', () => {
    expect(linesOf(whole(fee({ on: '2026-10-20' })), {}, on('20'))).toEqual([])
    expect(linesOf(whole(fee({ on: '2026-10-20' })), {}, on('20') + 1)).toEqual([['1', '50']])
  })

  it('is due by the version in force', () => {
    const facts = contract(0, on('16'))
    const parts = halves([fee({ on: 'end' })], [fee({ on: 'end', price: '70' })])
    expect(linesOf(parts, facts)).toEqual([['1', '50']])
    expect(linesOf(halves([fee({ on: '2026-10-16' })], [fee({ on: '2026-10-16', price: '70' })]))).toEqual([
      ['1', '70'],
    ])
  })
})
