/**
 * Random ratings of an item: of what two devices used, or of fees while they come, go and move, over random versions and pauses of October in
 * Berlin, or of the part of it in which the contract ran.
 */
import fc from 'fast-check'
import { DAY_MS, MINUTE_MS, type Period, type RoundingMode } from '../../../core/index.ts'
import {
  aDevice,
  aDeviceId,
  anEvent,
  anInput,
  aPeak,
  aTariff,
  aUsage,
  aVersion,
  october,
} from '../rating-builders.ts'
import type { AssignedDevice, RatingInput, VersionInForce } from '../rating-types.ts'
import type { TariffItem } from '../tariff-schema.ts'
import { anyFee, anyUsageItem, calendar } from './arbitrary-items.ts'
import { endOf } from './judge-terms.ts'

const SLOT_MS = 15 * MINUTE_MS
const SLOTS = (october.to - october.from) / SLOT_MS
const deviceIds = ['a', 'b'] as const
const atSlot = (slot: number) => october.from + slot * SLOT_MS

/** Instants in the month and around it, many of them midnights, or next to one. */
const moment = fc.oneof(
  fc.integer({ min: october.from - DAY_MS, max: october.to + DAY_MS }),
  fc
    .tuple(fc.integer({ min: -1, max: 32 }), fc.constantFrom(-1, 0, 0, 0, 1))
    .map(([day, apart]) => october.from + day * DAY_MS + (day > 24 ? 60 * MINUTE_MS : 0) + apart),
)

/** When one device is assigned: the last time with or without an end; one that moves is somewhere else each time, without a time between. */
const assigned = fc
  .record({
    moments: fc.uniqueArray(moment, { maxLength: 5 }),
    isMoving: fc.boolean(),
    isInHall: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  })
  .map(({ moments, isMoving, isInHall }) => {
    const borders = moments.sort((left, right) => left - right)
    return borders.flatMap((from, index) => {
      const place = isInHall[index] === true ? { site: 'hall', tags: ['a'] } : { site: 'yard', tags: ['b'] }
      return !isMoving && index % 2 === 1 ? [] : [{ from, to: borders[index + 1], ...place }]
    })
  })

const used = fc.record({
  slots: fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { maxLength: 6 }),
  quantities: fc.array(fc.bigInt({ min: 0n, max: 20_000n }), { minLength: 6, maxLength: 6 }),
  events: fc.array(
    fc.record({
      to: fc.integer({ min: october.from, max: october.to - 1 }),
      lasted: fc.oneof(fc.integer({ min: 0, max: 7_200_000 }), fc.integer({ min: 0, max: 3 * DAY_MS })),
      quantity: fc.bigInt({ min: 0n, max: 20_000n }),
      programme: fc.constantFrom('eco', 'hot'),
      extra: fc.constantFrom({}, { spin: 'fast' }, { spin: 'slow', dry: 'yes' }),
    }),
    { maxLength: 5 },
  ),
})

/** Slots: where the contract's time in the month begins and ends, and versions and pauses in it. */
const times = fc
  .record({
    period: fc.oneof(
      fc.constant([0, SLOTS]),
      fc.uniqueArray(fc.integer({ min: 0, max: SLOTS }), { minLength: 2, maxLength: 2 }),
    ),
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: SLOTS - 1 }), { maxLength: 3 }),
    pauses: fc.oneof(
      fc.constant([]),
      fc.constant([0, SLOTS]),
      fc.uniqueArray(fc.integer({ min: 0, max: SLOTS }), { maxLength: 6 }),
    ),
    contract: fc.record({
      before: fc.constantFrom(0, DAY_MS),
      after: fc.constantFrom(undefined, 0, DAY_MS),
    }),
  })
  .map(({ period: slots, cuts, pauses, contract: { before, after } }) => {
    const [first = 0, last = SLOTS] = slots.toSorted(byNumber)
    const period = { from: atSlot(first), to: atSlot(last) }
    const inner = cuts.filter((slot) => slot > first && slot < last).sort(byNumber)
    return {
      period,
      borders: [first, ...inner, last].map(atSlot),
      pauses: pausesOf(pauses)
        .map(({ from, to }) => ({ from: Math.max(from, period.from), to: Math.min(to, period.to) }))
        .filter(({ from, to }) => from < to),
      contract: {
        from: first > 0 ? period.from : period.from - before,
        to: last < SLOTS ? period.to : after === undefined ? undefined : period.to + after,
      },
    }
  })

const common = {
  times,
  isSame: fc.boolean(),
  rounding: fc.constantFrom('half_even' as const, 'half_up' as const, 'up' as const, 'down' as const),
  assigned: fc.tuple(assigned, assigned),
}

/** Of what was used. `isSame`: whether the item goes on from version to version, or is another one in each. */
export const anyUsageRating = fc
  .record({
    ...common,
    item: anyUsageItem,
    used: fc.tuple(used, used),
    peaks: fc.array(fc.bigInt({ min: 0n, max: 20_000n }), { minLength: 8, maxLength: 8 }),
  })
  .map(({ item, times: { period, borders, pauses, contract }, isSame, rounding, assigned, used, peaks }) => {
    const versions = versionsOf(item, borders, isSame, rounding)
    const ends = (item.discounts ?? []).map(endOf).filter((end) => end > period.from && end < period.to)
    const cuts = [...new Set([...borders, ...ends])].sort(byNumber)
    const isIn = ({ from, to }: Period) => from >= period.from && to <= period.to
    const input: RatingInput = anInput({
      versions,
      cutoffAt: period.to,
      usage: used.flatMap(({ slots, quantities }, device) => usageOf(device, slots, quantities)).filter(isIn),
      peaks: deviceIds.flatMap((_, device) =>
        cuts.slice(1).map((to, index) => {
          const from = cuts[index] ?? 0
          const own = { ...placeOf(device), register: 'run_s', unit: 's', from, to }
          return aPeak(peaks[(device * 4 + index) % peaks.length] ?? 0n, own)
        }),
      ),
      events: used
        .flatMap(({ events }, device) =>
          events.map(({ to, lasted, quantity, programme, extra }, index) =>
            anEvent({
              ...placeOf(device),
              id: `wash-${index}`,
              from: to - lasted,
              to,
              quantity,
              labels: { programme, ...extra },
            }),
          ),
        )
        .filter(({ to }) => to >= period.from && to < period.to),
      facts: {
        period,
        wholePeriod: october,
        contract,
        pauses,
        devices: deviceIds.flatMap((id, device) => atWork(id, assigned[device] ?? [], period)),
      },
    })
    return { item, isSame, input }
  })

/** Of a fee: there may be no device at all. */
export const anyFeeRating = fc
  .record({ ...common, item: anyFee })
  .map(({ item, times: { period, borders, pauses, contract }, isSame, rounding, assigned }) => {
    const devices = deviceIds.flatMap((id, device) => (assigned[device] ?? []).map((own) => aDevice(id, own)))
    const charged = item.type === 'flat' && item.charged === 'in_advance' ? item.charged : 'in_arrears'
    const input: RatingInput = anInput({
      versions: versionsOf(item, borders, isSame, rounding),
      cutoffAt: period.to,
      facts: { period, wholePeriod: october, contract, pauses, devices, charged },
    })
    return { item, isSame, input }
  })

export const anyRating = fc.oneof(
  { arbitrary: anyUsageRating, weight: 2 },
  { arbitrary: anyFeeRating, weight: 1 },
)

function byNumber(left: number, right: number): number {
  return left - right
}

function versionsOf(
  item: TariffItem,
  borders: readonly number[],
  isSame: boolean,
  rounding: RoundingMode,
): readonly VersionInForce[] {
  return borders.slice(1).map((to, index) => {
    const own = isSame ? item : { ...item, description: `Item ${index}` }
    const document = { ...aTariff({ items: [own], rounding }), calendars: { week: calendar } }
    return aVersion({ id: `version-${index}`, from: borders[index] ?? 0, to, document })
  })
}

type Assigned = Pick<AssignedDevice, 'from' | 'to'>

/** Always in the hall and of its own tag, and there at some time: what was used at another is its own too. */
function atWork(id: 'a' | 'b', assigned: readonly Assigned[], period: Period): readonly AssignedDevice[] {
  const place = { site: 'hall', tags: [id] }
  const isThere = assigned.some(({ from, to = Infinity }) => from < period.to && to > period.from)
  return isThere ? assigned.map(({ from, to }) => aDevice(id, { from, to, ...place })) : [aDevice(id, place)]
}

/** From one slot to the next; one that is left over is none. */
function pausesOf(slots: readonly number[]): readonly Period[] {
  const borders = slots.toSorted(byNumber).map(atSlot)
  return borders.flatMap((from, index) => {
    const to = borders[index + 1]
    return index % 2 === 1 || to === undefined ? [] : [{ from, to }]
  })
}

function placeOf(device: number) {
  return { deviceId: aDeviceId(deviceIds[device] ?? '') }
}

function usageOf(device: number, slots: readonly number[], quantities: readonly bigint[]) {
  let startValue = 100n
  return slots.toSorted(byNumber).map((slot, index) => {
    const from = atSlot(slot)
    const quantity = quantities[index] ?? 0n
    const record = aUsage(quantity, { ...placeOf(device), from, to: from + SLOT_MS, startValue })
    startValue += quantity
    return record
  })
}
