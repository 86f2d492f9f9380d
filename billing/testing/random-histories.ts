/**
 * Random lives of one contract from October 2026 to January 2027 in Berlin: a tariff of several shapes that changes once, up to three devices, one of
 * which may be swapped for another, maybe a pause and an end, and readings that each arrive before one of the billing runs on the 5th of the next months.
 */
import fc from 'fast-check'
import { DAY_MS, getInstant, HOUR_MS, type Period } from '../../core/index.ts'

export type ArrivingReading = {
  /** Index into the history's devices. */
  readonly device: number
  readonly seq: number
  readonly at: number
  readonly registers: { readonly run_s: number; readonly energy_wh: number }
  /** The billing run that it arrives before: the first one after its instant, or a later one. */
  readonly run: number
  readonly isDoubled: boolean
}

export type ContractHistory = {
  readonly documents: readonly [first: object, second: object]
  readonly changesAt: number
  /** From when to when each device is assigned. */
  readonly devices: readonly { readonly from: number; readonly to: number | undefined }[]
  readonly pause: Period | undefined
  readonly endsAt: number | undefined
  readonly readings: readonly ArrivingReading[]
}

/** The periods, and one billing run for each of them. */
export const monthBorders = [
  '2026-09-30T22:00:00Z',
  '2026-10-31T23:00:00Z',
  '2026-11-30T23:00:00Z',
  '2026-12-31T23:00:00Z',
  '2027-01-31T23:00:00Z',
].map(getInstant)
export const runInstants = [
  '2026-11-05T12:00:00Z',
  '2026-12-05T12:00:00Z',
  '2027-01-05T12:00:00Z',
  '2027-02-05T12:00:00Z',
].map(getInstant)

const beginsAt = monthBorders[0] ?? 0
/** As the fixture's devices are commissioned. */
const baseValues = { run_s: 1_000, energy_wh: 500 }

const cents = (most: number, least = 0) =>
  fc.integer({ min: least, max: most }).map((each) => (each / 100).toFixed(2))
const maybe = (name: string, value: fc.Arbitrary<unknown>) =>
  fc.option(value, { nil: undefined }).map((one) => (one === undefined ? {} : { [name]: one }))
const all = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((own) => Object.assign({}, ...own) as object)

const discount = (description: string) =>
  fc.oneof(
    fc.record({ description: fc.constant(description), percent: cents(5_000) }),
    fc.record({ description: fc.constant(description), amount: cents(3_000) }),
    fc.record({
      description: fc.constant(description),
      percent: cents(5_000),
      until: fc.constantFrom('2026-10-20', '2026-12-01', '2026-12-11'),
    }),
  )
const limits = fc.tuple(fc.option(cents(60_000)), fc.option(cents(60_000))).map(([one, other]) => {
  const [low, high] = [Number(one ?? 0), Number(other ?? 0)].sort((left, right) => left - right)
  return {
    ...(one !== null && { minimum: (low ?? 0).toFixed(2) }),
    ...(other !== null && { maximum: (high ?? 0).toFixed(2) }),
  }
})
const reductions = all(limits, maybe('discounts', fc.tuple(discount('First'), discount('Second'))))
const about = (id: string) =>
  all(
    fc.constant({ id, description: id }),
    maybe('scope', fc.constant('device')),
    maybe('taxCategory', fc.constant('reduced')),
    reductions,
  )
const tiers = fc
  .tuple(cents(3_000), cents(3_000, 1), cents(60), cents(60), cents(900), cents(900))
  .map(([first, more, price, next, flat, nextFlat]) => [
    { upTo: (Number(first) + 1).toFixed(2), price, flat },
    { upTo: (Number(first) + 1 + Number(more)).toFixed(2), price: next },
    { price, flat: nextFlat },
  ])
const steps = tiers.map((each) => each.map(({ flat: _flat, ...tier }) => tier))
const minutes = fc.constant({ register: 'run_s', per: 60, unit: 'min' })
const included = maybe('included', cents(50_000))
const run = fc.oneof(
  all(
    fc.constant({ type: 'per_unit' }),
    fc.record({ price: cents(50) }),
    included,
    maybe('block', cents(6_000, 1)),
  ),
  all(fc.constant({ type: 'package' }), fc.record({ price: cents(900), size: cents(20_000, 100) }), included),
  all(fc.constant({ type: 'graduated' }), fc.record({ tiers }), included),
  all(fc.constant({ type: 'volume' }), fc.record({ tiers })),
  all(fc.constant({ type: 'stairstep' }), fc.record({ tiers: steps }), included),
)
const energy = fc.oneof(
  all(fc.constant({ type: 'per_unit', per: 1_000, unit: 'kWh' }), fc.record({ price: cents(50) })),
  all(
    fc.constant({ type: 'time_of_use', per: 1_000, unit: 'kWh', calendar: 'week' }),
    fc.record({ prices: fc.record({ day: cents(60), night: cents(60) }) }),
  ),
)
const fee = all(
  fc.constant({ type: 'flat' }),
  fc.record({ price: cents(4_000, 1) }),
  maybe('charged', fc.constant('in_advance')),
  maybe('proration', fc.constantFrom('day', 'second')),
)
const calendars = {
  week: {
    bands: [{ id: 'day', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '06:00', to: '20:00' }],
    otherwise: 'night',
  },
}
const items = fc.record({
  run: all(run, minutes, about('run')),
  energy: fc.option(all(energy, fc.constant({ register: 'energy_wh' }), about('energy'))),
  fee: all(fee, fc.constant({ id: 'fee', description: 'Fee' }), maybe('scope', fc.constant('device'))),
})

/** The fee is another in each, so that there are two versions; the rest may go on. */
const documents = fc
  .record({
    first: items,
    second: fc.option(items),
    whole: fc.option(reductions),
    rounding: fc.constantFrom('half_even', 'up', 'down'),
  })
  .map(({ first, second, whole, rounding }) => {
    const documentOf = (each: typeof first, description: string) => ({
      currency: 'EUR',
      rounding,
      calendars,
      ...whole,
      items: [each.run, ...(each.energy === null ? [] : [each.energy]), { ...each.fee, description }],
    })
    return [documentOf(first, 'Fee'), documentOf(second ?? first, 'New fee')] as const
  })
  .map(([first, second]): ContractHistory['documents'] => [withoutUnused(first), withoutUnused(second)])

/** A calendar that no item has is refused. */
function withoutUnused({
  calendars: all,
  ...document
}: {
  calendars: object
  items: readonly object[]
}): object {
  const isUsed = document.items.some((item) => 'calendar' in item)
  return isUsed ? { ...document, calendars: all } : document
}

const hourOf = (months: number) =>
  fc.integer({ min: 1, max: Math.floor(((monthBorders[months] ?? 0) - beginsAt) / HOUR_MS) - 1 })
const reading = (months: number) =>
  fc.record({
    hour: hourOf(months),
    minute: fc.constantFrom(0, 0, 17, 59),
    runs: fc.constantFrom(0, 1, 300, 1_000),
    energy: fc.constantFrom(0, 7, 500, 1_000),
    delay: fc.constantFrom(0, 0, 0, 1, 2, 3),
    isDoubled: fc.boolean(),
  })

/** Of so many months, each of which has about as many readings of a device as said. */
export function contractHistory(months: number, readingsPerMonth: number): fc.Arbitrary<ContractHistory> {
  const one = fc.uniqueArray(reading(months), {
    selector: ({ hour }) => hour,
    minLength: 1,
    maxLength: months * readingsPerMonth,
  })
  return fc
    .record({
      documents,
      changesAtHour: hourOf(months),
      swap: fc.option(hourOf(months)),
      readings: fc.tuple(one, one, one),
      hasThird: fc.boolean(),
      pause: fc.option(fc.tuple(hourOf(months), fc.integer({ min: 1, max: 40 * 24 }))),
      ends: fc.boolean(),
    })
    .map(({ documents: both, changesAtHour, swap, readings, hasThird, pause, ends }) => {
      const instantOf = (hour: number) => beginsAt + hour * HOUR_MS
      const endsAt = ends && months > 1 ? monthBorders[months - 1] : undefined
      const before = (at: number) => Math.min(at, endsAt ?? Infinity)
      const swapAt = swap === null ? undefined : before(instantOf(swap))
      const devices = [
        { from: beginsAt, to: swapAt },
        ...(swapAt === undefined || swapAt === endsAt ? [] : [{ from: swapAt, to: undefined }]),
        ...(hasThird ? [{ from: beginsAt, to: undefined }] : []),
      ]
      const pauseFrom = pause === null ? undefined : instantOf(pause[0])
      return {
        documents: both,
        changesAt: instantOf(changesAtHour),
        devices,
        pause:
          pause === null || pauseFrom === undefined || pauseFrom >= before(Infinity)
            ? undefined
            : { from: pauseFrom, to: Math.min(pauseFrom + pause[1] * HOUR_MS, endsAt ?? Infinity) },
        endsAt,
        readings: devices.flatMap((_, device) => readingsOf(device, readings[device] ?? [], months)),
      }
    })
}

type Drawn = ReturnType<typeof reading> extends fc.Arbitrary<infer Value> ? Value : never

/** The registers only advance, at most by what a model lets pass. */
function readingsOf(device: number, drawn: readonly Drawn[], months: number): readonly ArrivingReading[] {
  let before = { ...baseValues, at: beginsAt - 60 * DAY_MS }
  return drawn
    .toSorted((left, right) => left.hour - right.hour)
    .map(({ hour, minute, runs, energy: used, delay, isDoubled }, index) => {
      const at = beginsAt + hour * HOUR_MS + minute * 60_000
      const hours = Math.min((at - before.at) / HOUR_MS, 20 * 24)
      const registers = {
        run_s: before.run_s + Math.floor(hours * runs),
        energy_wh: before.energy_wh + Math.floor(hours * used),
      }
      before = { ...registers, at }
      const first = runInstants.findIndex((instant) => at < instant)
      const run = Math.min(first + delay, months - 1)
      return { device, seq: index + 1, at, registers, run: Math.max(first, run), isDoubled }
    })
}
