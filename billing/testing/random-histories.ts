/**
 * Random lives of one contract from October 2026 to January 2027 in Berlin: a tariff of several shapes that changes once, up to three devices, one of
 * which may be swapped for another, maybe a pause and an end, and readings that each arrive before one of the billing runs on the 5th of the next months.
 */
import fc from 'fast-check'
import { DAY_MS, getInstant, HOUR_MS, type Period } from '../../core/index.ts'
import { tariffDocuments, type TariffDocuments } from './random-tariffs.ts'

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
  readonly registers: { readonly run_s: number; readonly energy_wh: number }
  readonly events: readonly ArrivingEvent[]
  /** The billing run that it arrives before: the first one after its instant, or a later one. */
  readonly run: number
  readonly isDoubled: boolean
}

export type ContractHistory = {
  readonly documents: TariffDocuments
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
/** What its devices are commissioned with. */
export const baseValues = { run_s: 1_000, energy_wh: 500 }

const hourOf = (months: number) =>
  fc.integer({ min: 1, max: Math.floor(((monthBorders[months] ?? 0) - beginsAt) / HOUR_MS) - 1 })
const event = fc.record({
  type: fc.constantFrom('wash', 'wash', 'wash', 'job', 'job', 'service'),
  minutesBefore: fc.constantFrom(0, 20, 600, 5_000),
  lastsS: fc.constantFrom(0, 59, 3_600, 100_000),
  quantity: fc.constantFrom(0, 1, 3, 900),
  programme: fc.constantFrom('eco', 'hot'),
  /** Reported by the reading before, too: as it was then. */
  isGrowing: fc.boolean(),
})
const reading = (months: number) =>
  fc.record({
    hour: hourOf(months),
    minute: fc.constantFrom(0, 0, 17, 59),
    runs: fc.constantFrom(0, 1, 300, 1_000),
    energy: fc.constantFrom(0, 7, 500, 1_000),
    delay: fc.constantFrom(0, 0, 0, 1, 2, 3),
    isDoubled: fc.boolean(),
    events: fc.array(event, { maxLength: 2 }),
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

type DrawnEvent = typeof event extends fc.Arbitrary<infer Value> ? Value : never
type Drawn = ReturnType<typeof reading> extends fc.Arbitrary<infer Value> ? Value : never

/** The registers only advance, at most by what a model lets pass. */
function readingsOf(device: number, drawn: readonly Drawn[], months: number): readonly ArrivingReading[] {
  let before = { ...baseValues, at: beginsAt - 60 * DAY_MS }
  const readings = drawn
    .toSorted((left, right) => left.hour - right.hour)
    .map(({ hour, minute, runs, energy: used, delay, isDoubled, events }, index) => {
      const at = beginsAt + hour * HOUR_MS + minute * 60_000
      const hours = Math.min((at - before.at) / HOUR_MS, 20 * 24)
      const registers = {
        run_s: before.run_s + Math.floor(hours * runs),
        energy_wh: before.energy_wh + Math.floor(hours * used),
      }
      before = { ...registers, at }
      const first = runInstants.findIndex((instant) => at < instant)
      const run = Math.min(first + delay, months - 1)
      const seq = index + 1
      const ended = events.map((each, place) => ({ ...each, event: eventOf(each, `${seq}-${place}`, at) }))
      return { reading: { device, seq, at, registers, run: Math.max(first, run), isDoubled }, ended }
    })
  return readings.map(({ reading: own, ended }, index) => {
    const growing = (readings[index + 1]?.ended ?? [])
      .filter(({ isGrowing, event: { from } }) => isGrowing && from <= own.at)
      .map(({ event: each }) => ({ ...each, to: Math.min(each.to, own.at), open: true as const }))
    return { ...own, events: [...ended.map((each) => each.event), ...growing] }
  })
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
