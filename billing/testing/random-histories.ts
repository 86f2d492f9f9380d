/**
 * Random lives of one contract from October 2026 to January 2027 in Berlin: a tariff of several shapes that changes once, maybe another tariff or time
 * zone from some instant on, up to three devices, one of which may be swapped for another, maybe a pause and an end. Readings each arrive before one
 * of the billing runs on the 5th of the next months; people decide about some of them, and make invoices void.
 */
import fc from 'fast-check'
import { DAY_MS, getInstant, HOUR_MS, type Period } from '../../core/index.ts'
import { tariffDocuments, type TariffDocuments } from './random-tariffs.ts'

export type Register = 'run_s' | 'energy_wh' | 'load_wh'

/** A wash has a label and a quantity, a job a length; while a service runs, nothing of registers is billed. */
export type ArrivingEvent = {
  readonly id: string
  readonly type: 'wash' | 'job' | 'service'
  readonly from: number
  readonly to: number
  readonly quantity: number
  readonly labels: { readonly programme?: 'eco' | 'hot' }
  readonly open?: true
}

export type ArrivingReading = {
  /** Index into the history's devices. */
  readonly device: number
  readonly seq: number
  readonly at: number
  readonly registers: Readonly<Record<Register, number>>
  readonly events: readonly ArrivingEvent[]
  /** The billing run that it arrives before: the first one after its instant, or a later one. */
  readonly run: number
  readonly isDoubled: boolean
}

/**
 * What a person decides about a reading, before a billing run. A value that is off is rejected in the end, an advance faster than the model lets pass
 * released, so that what counts in the end does not depend on what was invoiced meanwhile.
 */
export type ReadingDecision = {
  readonly device: number
  readonly seq: number
  /** Of the whole reading, if undefined. */
  readonly register: Register | undefined
  readonly kind: 'release' | 'reject' | 'withdraw'
  readonly run: number
}

/** Before a billing run the contract moves to another tariff, from an instant that is in no invoice yet. */
export type PlanChange = {
  readonly documents: TariffDocuments
  readonly from: number
  readonly run: number
}

/** Before a billing run it is agreed that periods end by another zone's midnight, from the first that begins then or later. */
export type ZoneChange = { readonly timeZone: string; readonly from: number; readonly run: number }

/** After a billing run an invoice is made void, and issued anew at once or before the next run. */
export type Reissue = {
  readonly run: number
  /** Which one of the contract's, counted from the newest. */
  readonly age: number
  readonly isAtOnce: boolean
}

export type ContractHistory = {
  readonly documents: TariffDocuments
  /** When the second version comes into force, of each tariff. */
  readonly changesAt: number
  readonly planChange: PlanChange | undefined
  readonly zoneChange: ZoneChange | undefined
  /** From when to when each device is assigned. */
  readonly devices: readonly { readonly from: number; readonly to: number | undefined }[]
  readonly pause: Period | undefined
  readonly endsAt: number | undefined
  readonly readings: readonly ArrivingReading[]
  /** In the order in which they are made. */
  readonly decisions: readonly ReadingDecision[]
  /** At most one after each run but the last. */
  readonly reissues: readonly Reissue[]
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
/** What its devices are commissioned with. */
export const baseValues = { run_s: 1_000, energy_wh: 500, load_wh: 0 }

/** More than a model lets pass in half a day. */
const JUMP = 50_000

const hourOf = (months: number) =>
  fc.integer({ min: 1, max: Math.floor(((monthBorders[months] ?? 0) - beginsAt) / HOUR_MS) - 1 })
const event = fc.record({
  type: fc.constantFrom('wash', 'wash', 'wash', 'job', 'job', 'service'),
  minutesBefore: fc.constantFrom(0, 20, 600, 5_000),
  lastsS: fc.constantFrom(0, 59, 3_600, 100_000, 400_000),
  quantity: fc.constantFrom(0, 1, 3, 900),
  programme: fc.constantFrom('eco', 'hot'),
  /** Reported by the reading before, too: as it was then. */
  isGrowing: fc.boolean(),
})
const doubt = fc.record({
  what: fc.constantFrom('peak', 'dip', 'jump', 'jump', 'nothing'),
  register: fc.constantFrom<Register>('run_s', 'energy_wh', 'load_wh'),
  isWhole: fc.boolean(),
  isMisjudged: fc.boolean(),
  after: fc.constantFrom(0, 0, 1, 2),
  later: fc.constantFrom(0, 1, 2),
})
const reissue = fc.record({
  run: fc.nat({ max: runInstants.length - 2 }),
  age: fc.constantFrom(0, 0, 0, 1, 2),
  isAtOnce: fc.boolean(),
})
const reading = (months: number) =>
  fc.record({
    hour: hourOf(months),
    minute: fc.constantFrom(0, 0, 17, 59),
    runs: fc.constantFrom(0, 1, 300, 1_000),
    energy: fc.constantFrom(0, 7, 500, 1_000),
    load: fc.constantFrom(0, 90, 1_000),
    delay: fc.constantFrom(0, 0, 0, 1, 2, 3),
    isDoubled: fc.boolean(),
    events: fc.array(event, { maxLength: 2 }),
    doubt: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: doubt }),
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
      documents: tariffDocuments,
      changesAtHour: hourOf(months),
      planChange: fc.option(
        fc.record({ documents: tariffDocuments, hour: hourOf(months), early: fc.nat({ max: 2 }) }),
      ),
      zoneChange: fc.option(
        fc.record({
          timeZone: fc.constantFrom('America/Los_Angeles', 'Pacific/Auckland', 'Europe/Lisbon'),
          hour: hourOf(months),
          early: fc.nat({ max: 2 }),
        }),
      ),
      swap: fc.option(hourOf(months)),
      readings: fc.tuple(one, one, one),
      hasThird: fc.boolean(),
      pause: fc.option(fc.tuple(hourOf(months), fc.integer({ min: 1, max: 40 * 24 }))),
      endMonth: fc.option(fc.integer({ min: 1, max: Math.max(1, months - 1) }), { freq: 2 }),
      reissues: fc.uniqueArray(reissue, { selector: ({ run }) => run, maxLength: months - 1 }),
    })
    .map(
      ({
        documents: both,
        changesAtHour,
        planChange,
        zoneChange,
        swap,
        readings,
        hasThird,
        pause,
        endMonth,
        reissues,
      }) => {
        const instantOf = (hour: number) => beginsAt + hour * HOUR_MS
        const endsAt = endMonth === null || months === 1 ? undefined : monthBorders[endMonth]
        const before = (at: number) => Math.min(at, endsAt ?? Infinity)
        const fromHour = <Change>(
          change: (Change & { readonly hour: number; readonly early: number }) | null,
        ) => {
          if (change === null || instantOf(change.hour) >= before(Infinity)) return undefined
          const { hour, early, ...term } = change
          const from = instantOf(hour)
          return { ...term, from, run: lastRunFor(from, early) }
        }
        const swapAt = swap === null ? undefined : before(instantOf(swap))
        const devices = [
          { from: beginsAt, to: swapAt },
          ...(swapAt === undefined || swapAt === endsAt ? [] : [{ from: swapAt, to: undefined }]),
          ...(hasThird ? [{ from: beginsAt, to: undefined }] : []),
        ]
        const arriving = devices.map((_, device) => readingsOf(device, readings[device] ?? [], months))
        const pauseFrom = pause === null ? undefined : instantOf(pause[0])
        return {
          documents: both,
          changesAt: instantOf(changesAtHour),
          planChange: fromHour(planChange),
          zoneChange: fromHour(zoneChange),
          devices,
          pause:
            pause === null || pauseFrom === undefined || pauseFrom >= before(Infinity)
              ? undefined
              : { from: pauseFrom, to: Math.min(pauseFrom + pause[1] * HOUR_MS, endsAt ?? Infinity) },
          endsAt,
          readings: arriving.flatMap((each) => each.readings),
          decisions: arriving
            .flatMap((each) => each.decisions)
            .toSorted((left, right) => left.run - right.run),
          reissues: reissues.filter(({ run }) => run < months - 1),
        }
      },
    )
}

/**
 * The last run before which what begins then can be changed, or one so much earlier. What begins a period was charged with the one before, and
 * zones differ by half a day.
 */
function lastRunFor(from: number, early: number): number {
  const month = monthBorders.findLastIndex((border) => border < from - DAY_MS)
  return Math.max(0, month - early)
}

type Value<Of> = Of extends fc.Arbitrary<infer Each> ? Each : never
type DrawnEvent = Value<typeof event>
type Doubt = Value<typeof doubt>
type Drawn = Value<ReturnType<typeof reading>>

/** The registers only advance, at most by what a model lets pass, but for what is in doubt. */
function readingsOf(
  device: number,
  drawn: readonly Drawn[],
  months: number,
): Pick<ContractHistory, 'readings' | 'decisions'> {
  let before = { ...baseValues, at: beginsAt - 60 * DAY_MS }
  const sorted = drawn.toSorted((left, right) => left.hour - right.hour)
  const readings = sorted.map(
    ({ hour, minute, runs, energy: used, load, delay, isDoubled, events, doubt: each }, index) => {
      const at = beginsAt + hour * HOUR_MS + minute * 60_000
      const hours = Math.min((at - before.at) / HOUR_MS, 20 * 24)
      const registers = {
        run_s: before.run_s + Math.floor(hours * runs),
        energy_wh: before.energy_wh + Math.floor(hours * used),
        load_wh: before.load_wh + Math.floor(hours * load),
      }
      if (each?.what === 'jump') registers[each.register] += JUMP
      before = { ...registers, at }
      if (each?.what === 'peak') registers[each.register] += 100 * JUMP
      if (each?.what === 'dip') registers[each.register] = 0
      const first = runInstants.findIndex((instant) => at < instant)
      const run = Math.max(first, Math.min(first + delay, months - 1))
      const seq = index + 1
      const ended = events.map((own, place) => ({ ...own, event: eventOf(own, `${seq}-${place}`, at) }))
      return { reading: { device, seq, at, registers, run, isDoubled }, ended }
    },
  )
  return {
    readings: readings.map(({ reading: own, ended }, index) => {
      const growing = (readings[index + 1]?.ended ?? [])
        .filter(({ isGrowing, event: { from } }) => isGrowing && from <= own.at)
        .map(({ event: each }) => ({ ...each, to: Math.min(each.to, own.at), open: true as const }))
      return { ...own, events: [...ended.map((each) => each.event), ...growing] }
    }),
    decisions: readings.flatMap(({ reading: own }, index) =>
      decisionsOf(own, sorted[index]?.doubt ?? null, months),
    ),
  }
}

/** A misjudged reading is first decided the other way. */
function decisionsOf(
  { device, seq, run }: Pick<ArrivingReading, 'device' | 'seq' | 'run'>,
  drawn: Doubt | null,
  months: number,
): readonly ReadingDecision[] {
  if (drawn === null) return []
  const { what, isWhole, isMisjudged, after, later } = drawn
  // A release of a whole reading leaves what is implausible of a register held.
  const about = { device, seq, register: isWhole && what !== 'jump' ? undefined : drawn.register }
  const runAfter = (runs: number) => Math.max(run, Math.min(run + runs, months - 1))
  const end = { ...about, run: runAfter(after + later) }
  const first = { ...about, run: runAfter(after) }
  switch (what) {
    case 'jump':
      return [...(isMisjudged ? [{ ...first, kind: 'reject' as const }] : []), { ...end, kind: 'release' }]
    case 'nothing':
      return [{ ...first, kind: 'reject' }, ...(isMisjudged ? [{ ...end, kind: 'withdraw' as const }] : [])]
    default:
      return [...(isMisjudged ? [{ ...first, kind: 'release' as const }] : []), { ...end, kind: 'reject' }]
  }
}

function eventOf(
  { type, minutesBefore, lastsS, quantity, programme }: DrawnEvent,
  id: string,
  at: number,
): ArrivingEvent {
  const to = at - minutesBefore * 60_000
  const from = to - lastsS * 1_000
  return { id, type, from, to, quantity, labels: type === 'wash' ? { programme } : {} }
}
