import { describe, expect, it } from 'vitest'
import { formatInstant, type Period } from '../../core/index.ts'
import type { Metric } from '../metric-types.ts'
import { civilDay, evaluateMetric, type EndedEvent } from './evaluate-metric.ts'
import { meteredSlots, meteredValue, type MetricPoint, type SpreadRule } from './metered-slots.ts'

const HOUR = 3_600_000

function at(text: string): number {
  return Date.parse(text)
}

function point(text: string, value: number): MetricPoint {
  return { at: at(text), value: BigInt(value) }
}

const drill: SpreadRule = { gapRule: 'end', maxGapMs: 2 * HOUR, maxPerHour: 3_600n }

function ofRegister(
  points: readonly MetricPoint[],
  span: Period,
  metric: Omit<Metric, 'source'>,
  rule: SpreadRule = drill,
) {
  return evaluateMetric(
    { source: { register: 'run_s' }, ...metric },
    { kind: 'register', slots: meteredSlots(points, span, rule), end: meteredValue(points, span.to, rule) },
  )
}

describe('civilDay', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00', '2026-03-29T22:00', 23],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-24T22:00', '2026-10-25T23:00', 25],
    ['Asia/Kathmandu', '2026-11-22T18:14:59Z', '2026-11-21T18:15', '2026-11-22T18:15', 24],
    ['Asia/Kathmandu', '2026-11-22T18:15:00Z', '2026-11-22T18:15', '2026-11-23T18:15', 24],
    ['Asia/Kolkata', '2026-11-22T18:30:00Z', '2026-11-22T18:30', '2026-11-23T18:30', 24],
    ['Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-04T13:00', '2026-04-05T13:30', 24.5],
    ['Australia/Lord_Howe', '2026-10-04T00:00:00Z', '2026-10-03T13:30', '2026-10-04T13:00', 23.5],
    ['Pacific/Chatham', '2026-11-22T10:15:00Z', '2026-11-22T10:15', '2026-11-23T10:15', 24],
    // Midnight does not exist on this day.
    ['America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00', '2018-11-05T02:00', 23],
    // 29 December is followed by the 31st.
    ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T10:00', '2011-12-30T10:00', 24],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00', '2011-12-31T10:00', 24],
    // A minute after midnight the clocks go back into the day before; the day began all the same.
    ['America/St_Johns', '2010-11-07T02:29:59Z', '2010-11-06T02:30', '2010-11-07T02:30', 24],
    ['America/St_Johns', '2010-11-07T02:31:00Z', '2010-11-07T02:30', '2010-11-08T03:30', 25],
  ])('%s at %s', (timeZone, text, from, to, hours) => {
    const day = civilDay(at(text), timeZone)
    expect([formatInstant(day.from).slice(0, 16), formatInstant(day.to).slice(0, 16)]).toEqual([from, to])
    expect((day.to - day.from) / HOUR).toBe(hours)
  })
})

describe('a drill that was off from Friday 18:00 to Monday 07:15, with 900 s more', () => {
  const points = [
    point('2026-11-20T16:00:00Z', 0),
    point('2026-11-20T17:00:00Z', 600),
    point('2026-11-20T18:00:00Z', 3_000),
    point('2026-11-23T07:15:00Z', 3_900),
    point('2026-11-23T08:15:00Z', 4_000),
  ]
  const span = { from: at('2026-11-20T00:00:00Z'), to: at('2026-11-24T00:00:00Z') }

  it('is summed with the estimated part told apart', () => {
    expect(ofRegister(points, span, { aggregation: 'sum' })).toEqual({
      quantity: 4_000n,
      estimatedQuantity: 900n,
      excludedQuantity: 0n,
      openSessions: 0,
    })
  })

  it('does not make a peak of what was estimated', () => {
    // 17:00 to 18:00: 2,400 s in four equal slots. The estimate has 900 s in its last slot.
    expect(ofRegister(points, span, { aggregation: 'max' })).toEqual({
      quantity: 600n,
      estimatedQuantity: 0n,
      excludedQuantity: 900n,
      slotAt: at('2026-11-20T17:00:00Z'),
      openSessions: 0,
    })
  })

  it('counts Friday and Monday, which has other usage', () => {
    const days = { aggregation: 'unique_days', timeZone: 'Europe/Berlin' } as const
    expect(ofRegister(points, span, days)).toMatchObject({ quantity: 2n, excludedQuantity: 0n })
    const untilMonday = { ...span, to: at('2026-11-23T07:15:00Z') }
    expect(ofRegister(points, untilMonday, days)).toMatchObject({ quantity: 1n, excludedQuantity: 1n })
  })

  it('reads its latest value at any instant', () => {
    const latest = (text: string) =>
      ofRegister(points, { from: span.from, to: at(text) }, { aggregation: 'latest' })
    expect(latest('2026-11-23T07:10:00Z')).toMatchObject({ quantity: 3_600n, estimatedQuantity: 600n })
    expect(latest('2026-11-23T07:15:00Z')).toMatchObject({ quantity: 3_900n, estimatedQuantity: 0n })
    expect(ofRegister([], span, { aggregation: 'latest' }).quantity).toBe(undefined)
  })
})

describe('unique_days of a register', () => {
  /** An hour of use, 60 s in it, at each of the instants. */
  function daysWithUse(timeZone: string, texts: readonly string[], span: Period): bigint | undefined {
    const points = texts.flatMap((text, index): MetricPoint[] => [
      { at: at(text), value: BigInt(index * 60) },
      { at: at(text) + HOUR, value: BigInt((index + 1) * 60) },
    ])
    const rule = { gapRule: 'spread', maxGapMs: 400 * 24 * HOUR, maxPerHour: 3_600n } as const
    return ofRegister(points, span, { aggregation: 'unique_days', timeZone }, rule).quantity
  }
  const year = (name: number) => ({ from: Date.UTC(name, 0), to: Date.UTC(name + 1, 0) })

  it.each([
    ['one hour over midnight in Berlin', 'Europe/Berlin', 2026, ['2026-11-22T22:30:00Z'], 2n],
    ['the same hour in UTC', 'UTC', 2026, ['2026-11-22T22:30:00Z'], 1n],
    ['before and after midnight in Kathmandu', 'Asia/Kathmandu', 2026, ['2026-11-22T17:15:00Z'], 1n],
    ['over midnight in Kathmandu', 'Asia/Kathmandu', 2026, ['2026-11-22T17:30:00Z'], 2n],
    ['the 25 hours of a day', 'Europe/Berlin', 2026, ['2026-10-24T22:00:00Z', '2026-10-25T22:00:00Z'], 1n],
    [
      'the 23 hours of a day and the next',
      'Europe/Berlin',
      2026,
      ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
      2n,
    ],
    [
      'the half hour that Lord Howe repeats',
      'Australia/Lord_Howe',
      2026,
      ['2026-04-04T13:00:00Z', '2026-04-05T12:30:00Z'],
      1n,
    ],
    [
      'before and after the day that Samoa skipped',
      'Pacific/Apia',
      2011,
      ['2011-12-30T09:00:00Z', '2011-12-30T10:00:00Z'],
      2n,
    ],
  ])('%s', (_what, timeZone, name, texts, expected) => {
    expect(daysWithUse(timeZone, texts, year(name))).toBe(expected)
  })
})

describe('metrics of events', () => {
  function event(id: string, text: string, quantity: number, changes: Partial<EndedEvent> = {}): EndedEvent {
    const labels = { programme: 'eco' }
    return { id, endedAt: at(text), quantity: BigInt(quantity), labels, isEstimated: false, ...changes }
  }
  const washes = [
    event('a', '2026-11-22T10:00:00Z', 3),
    event('b', '2026-11-22T22:59:59Z', 5, { labels: { programme: 'cotton' } }),
    event('c', '2026-11-22T23:00:00Z', 0),
    event('d', '2026-11-24T10:00:00Z', 7, { labels: { programme: 'wool', size: 'xl' }, isEstimated: true }),
    event('e', '2026-11-23T10:00:00Z', 2, { labels: {} }),
  ]
  const ofEvents = (metric: Omit<Metric, 'source'>, events = washes) =>
    evaluateMetric(
      { source: { eventType: 'wash' }, ...metric },
      { kind: 'events', events, open: [{ labels: { programme: 'eco', size: 'xl' } }] },
    )

  it.each<[string, Omit<Metric, 'source'>, object]>([
    ['sum', { aggregation: 'sum' }, { quantity: 17n, estimatedQuantity: 7n }],
    ['count', { aggregation: 'count' }, { quantity: 5n, estimatedQuantity: 1n }],
    ['sum of some', { aggregation: 'sum', labels: { programme: ['eco', 'cotton'] } }, { quantity: 8n }],
    ['count of one label', { aggregation: 'count', labels: { size: ['xl'] } }, { quantity: 1n }],
    [
      'count of two labels together',
      { aggregation: 'count', labels: { size: ['xl'], programme: ['eco'] } },
      { quantity: 0n },
    ],
    [
      'count of a label that none has',
      { aggregation: 'count', labels: { constructor: ['x'] } },
      { quantity: 0n },
    ],
    ['unique values', { aggregation: 'unique', label: 'programme' }, { quantity: 3n, estimatedQuantity: 1n }],
    ['unique values that none has', { aggregation: 'unique', label: 'constructor' }, { quantity: 0n }],
    [
      'days in Berlin, without the day of an event of nothing',
      { aggregation: 'unique_days', timeZone: 'Europe/Berlin' },
      { quantity: 3n, estimatedQuantity: 1n },
    ],
    ['the latest', { aggregation: 'latest' }, { quantity: 7n, estimatedQuantity: 7n }],
    [
      'the latest with its label',
      { aggregation: 'latest', label: 'programme' },
      { quantity: 7n, labelText: 'wool' },
    ],
    [
      'the latest of some',
      { aggregation: 'latest', label: 'programme', labels: { programme: ['eco', 'cotton'] } },
      { quantity: 0n, labelText: 'eco' },
    ],
  ])('%s', (_what, metric, expected) => {
    expect(ofEvents(metric)).toMatchObject({ ...expected, excludedQuantity: 0n })
  })

  it('tell how many sessions of the labels asked for are open', () => {
    const openOf = (labels: Metric['labels']) =>
      ofEvents({ aggregation: 'count', ...(labels === undefined ? {} : { labels }) }).openSessions
    expect([undefined, { size: ['xl'] }, { size: ['s'] }].map(openOf)).toEqual([1, 1, 0])
  })

  it('have no latest where there is nothing', () => {
    expect(ofEvents({ aggregation: 'latest', label: 'programme' }, [])).toEqual({
      quantity: undefined,
      estimatedQuantity: 0n,
      excludedQuantity: 0n,
      openSessions: 1,
    })
  })

  it('take the greater id of two that ended at one instant, in whatever order they come', () => {
    const twins = [event('x', '2026-11-22T10:00:00Z', 1), event('y', '2026-11-22T10:00:00Z', 2)]
    expect(ofEvents({ aggregation: 'latest' }, twins).quantity).toBe(2n)
    expect(ofEvents({ aggregation: 'latest' }, twins.toReversed()).quantity).toBe(2n)
  })

  it('are exact beyond 2^53', () => {
    const huge = event('h', '2026-11-22T10:00:00Z', Number.MAX_SAFE_INTEGER)
    expect(ofEvents({ aggregation: 'sum' }, [huge, huge, huge]).quantity).toBe(27_021_597_764_222_973n)
  })
})
