/**
 * A device as a pure function: reading `index` depends on seed, device id, profile, time zone, start and index alone.
 *
 * Nothing is drawn in sequence across days: each civil day has generators of its own, so the only thing that days hand
 * on is how many readings there were and where the registers stand. Those two are kept per day, the last few days stay
 * expanded, and a backlog is regenerated instead of stored: memory does not grow with what is unsent.
 *
 * Invariants: sequence numbers rise by one and device time rises; registers are whole and never fall; run time never
 * advances by more than the time that passed.
 */
import {
  assertInvariant,
  assertTimeZone,
  createRandom,
  type DeviceId,
  getDeviceId,
  type Random,
  type Reading,
} from '../../core/index.ts'
import { createCivilDays } from './civil-days.ts'
import { expandDay, type ExpandedDay, type Grid } from './expand-day.ts'
import type { Profile } from './profile.ts'

export type SimulatedDeviceOptions = {
  readonly deviceId: string
  readonly profile: Profile
  readonly seed: number
  /** Device time of the first reading. */
  readonly startAt: number
  /** IANA zone of its working day; "Europe/Berlin" unless given. */
  readonly timeZone?: string | undefined
}

export type SimulatedDevice = {
  readonly deviceId: DeviceId
  readonly profile: Profile
  readonly startAt: number
  /** The reading with sequence number `index + 1`; reading 0 is taken exactly at `startAt`. */
  reading(index: number): Reading
  /** How many readings have a device time at or before the instant: `reading(countUntil(at))` is the next one. */
  countUntil(at: number): number
}

export const DEFAULT_TIME_ZONE = 'Europe/Berlin'

/** Where a day begins: the index of its first reading and the registers in parts. */
type DayStart = { readonly index: number; readonly parts: readonly number[] }

const CACHED_DAYS = 3

/** @throws AppError `id_invalid`, `time_zone_unknown` */
export function createSimulatedDevice(options: SimulatedDeviceOptions): SimulatedDevice {
  const { profile, seed, startAt, timeZone = DEFAULT_TIME_ZONE } = options
  const deviceId = getDeviceId(options.deviceId)
  assertTimeZone(timeZone)
  const random = (...parts: readonly (string | number)[]): Random =>
    createRandom(seed, profile.name, deviceId, ...parts)
  const grid = createGrid(profile, startAt, random('grid'))
  const dayBounds = createCivilDays(startAt, timeZone)
  /** Known day starts: the last one belongs to the first day that was not written out yet. */
  const starts: DayStart[] = [{ index: 0, parts: startParts(profile, random('start')) }]
  const ends: number[] = []
  const expanded = new Map<number, ExpandedDay>()

  const getDay = (dayIndex: number): ExpandedDay => {
    const cached = expanded.get(dayIndex)
    if (cached !== undefined) return cached
    const bounds = dayBounds(dayIndex)
    const day = expandDay(profile, profile.planDay(bounds, random), bounds, grid, starts[dayIndex]!.parts)
    expanded.set(dayIndex, day)
    const [oldest] = expanded.keys()
    if (expanded.size > CACHED_DAYS && oldest !== undefined) expanded.delete(oldest)
    return day
  }
  const learnNextDay = (): void => {
    const dayIndex = ends.length
    const { instants, partsAtEnd } = getDay(dayIndex)
    starts.push({ index: starts[dayIndex]!.index + instants.length, parts: partsAtEnd })
    ends.push(dayBounds(dayIndex).toS * 1_000)
  }

  return {
    deviceId,
    profile,
    startAt,
    reading(index) {
      assertInvariant(Number.isSafeInteger(index) && index >= 0, 'A reading is asked for by a whole number.')
      while (starts.at(-1)!.index <= index) learnNextDay()
      const dayIndex = countWhere(starts, (start) => start.index <= index) - 1
      const day = getDay(dayIndex)
      const place = index - starts[dayIndex]!.index
      const at = day.instants[place]!
      const event = day.events.get(at)
      return {
        epoch: 1,
        seq: index + 1,
        time: { kind: 'device_time', at, isSynced: true },
        registers: profile.registers.map(({ name }, register) => ({
          register: name,
          value: wholeUnits(day.parts[place]![register]!, profile.counting[register]!.partsPerUnit),
        })),
        events: event === undefined ? [] : [event],
        exchanges: [],
      }
    },
    countUntil(at) {
      if (at < startAt) return 0
      while ((ends.at(-1) ?? startAt) <= at) learnNextDay()
      const dayIndex = countWhere(ends, (end) => end <= at)
      const { instants } = getDay(dayIndex)
      return starts[dayIndex]!.index + countWhere(instants, (instant) => instant <= at)
    },
  }
}

function createGrid(profile: Profile, startAt: number, random: Random): Grid {
  const phaseMs = random.below(1_000)
  const phaseS = random.below(profile.heartbeatEveryS)
  return { phaseMs, phaseS, startAt, startS: Math.ceil((startAt - phaseMs) / 1_000) }
}

/** A machine that has been used before: hours of use, the same for all its registers, and an odd rest. */
function startParts(profile: Profile, random: Random): number[] {
  const hours = random.between(10, 1_500)
  return profile.counting.map(
    ({ partsPerUnit, typicalPerHour }) =>
      (typicalPerHour * hours + 1 + random.below(typicalPerHour)) * partsPerUnit + random.below(partsPerUnit),
  )
}

function wholeUnits(parts: number, partsPerUnit: number): bigint {
  return BigInt((parts - (parts % partsPerUnit)) / partsPerUnit)
}

/** How many leading items meet a condition that holds up to some place and not after it. */
function countWhere<Item>(items: readonly Item[], isBefore: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(items[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
