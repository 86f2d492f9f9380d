/**
 * One civil day of a device written out: when its readings are taken and where the registers stand at each of them.
 *
 * Readings and running share one grid of whole seconds, shifted by the device's own milliseconds, so that run time
 * cannot advance by more than the time that passed. All arithmetic is on integers far below 2^53.
 */
import { assertInvariant, type UsageEvent } from '../../core/index.ts'
import type { DayBounds } from './civil-days.ts'
import { LAST_DUTY_SECOND, type DayPlan, type Profile } from './profile.ts'

/** Where a device's seconds lie: `phaseMs` after the whole second, its heartbeat `phaseS` after the whole hour. */
export type Grid = {
  readonly phaseMs: number
  readonly phaseS: number
  /** Device time of the first reading, and the first whole second of the grid from then on. */
  readonly startAt: number
  readonly startS: number
}

export type ExpandedDay = {
  readonly instants: readonly number[]
  /** Per reading and register, in parts. */
  readonly parts: readonly (readonly number[])[]
  /** By the instant of the reading that carries it. */
  readonly events: ReadonlyMap<number, UsageEvent>
  readonly partsAtEnd: readonly number[]
}

/** Running in absolute seconds. */
type Stretch = {
  readonly from: number
  readonly to: number
  readonly partsPerSecond: readonly number[]
  readonly partsWhenDone: readonly number[]
}

/** Nothing happens before the grid's start; the day that holds it begins with a reading exactly then. */
export function expandDay(
  profile: Profile,
  plan: DayPlan,
  day: DayBounds,
  grid: Grid,
  partsAtStart: readonly number[],
): ExpandedDay {
  const instantOf = (second: number): number => second * 1_000 + grid.phaseMs
  const stretches: Stretch[] = []
  const events = new Map<number, UsageEvent>()
  const seconds = new Set<number>()
  for (const { from, to, partsPerSecond, job } of plan.activities) {
    assertInvariant(from < to && to <= LAST_DUTY_SECOND, 'Duty stays inside its day.')
    // Where the clock goes forward, the day's seconds are counted from before it begins.
    const fromS = Math.max(day.zeroS + from, grid.startS, day.fromS)
    const toS = day.zeroS + to
    if (toS <= fromS) continue
    const isWholeJob = job !== undefined && day.zeroS + job.from >= grid.startS
    stretches.push({ from: fromS, to: toS, partsPerSecond, partsWhenDone: isWholeJob ? job.parts : [] })
    for (let second = nextOnGrid(fromS + 1, profile.runningEveryS, grid.phaseS); ;) {
      seconds.add(second)
      if (second >= toS) break
      second += profile.runningEveryS
    }
    if (!isWholeJob) continue
    const doneAt = instantOf(toS)
    seconds.add(toS)
    events.set(doneAt, {
      id: `${job.type}-${doneAt}`,
      type: job.type,
      from: instantOf(day.zeroS + job.from),
      to: doneAt,
      quantity: 1n,
      labels: job.labels,
    })
  }
  const firstHeartbeat = nextOnGrid(day.fromS, profile.heartbeatEveryS, grid.phaseS)
  for (let second = firstHeartbeat; second < day.toS; second += profile.heartbeatEveryS) seconds.add(second)
  switchOff(seconds, plan, day)

  const sorted = [...seconds].filter((second) => instantOf(second) > grid.startAt).sort((a, b) => a - b)
  const holdsStart = grid.startAt >= day.fromS * 1_000 && grid.startAt < day.toS * 1_000
  const { parts, partsAtEnd } = accumulate(
    stretches,
    holdsStart ? [grid.startS, ...sorted] : sorted,
    partsAtStart,
  )
  const instants = sorted.map(instantOf)
  return { instants: holdsStart ? [grid.startAt, ...instants] : instants, parts, events, partsAtEnd }
}

/** A device that is off takes no readings, and takes one when it is switched on again. */
function switchOff(seconds: Set<number>, plan: DayPlan, day: DayBounds): void {
  for (const { from, to } of plan.offPeriods) {
    const fromS = from === 0 ? day.fromS : day.zeroS + from
    const toS = to === 86_400 ? day.toS : day.zeroS + to
    for (const second of seconds) if (second >= fromS && second < toS) seconds.delete(second)
    if (toS >= day.fromS && toS < day.toS) seconds.add(toS)
  }
}

/** Where the registers stand at each of the seconds, both lists in time order. */
function accumulate(
  stretches: readonly Stretch[],
  seconds: readonly number[],
  partsAtStart: readonly number[],
): { parts: number[][]; partsAtEnd: number[] } {
  const done = [...partsAtStart]
  let next = 0
  const finishUntil = (second: number): void => {
    for (let stretch = stretches[next]; stretch !== undefined && stretch.to <= second;) {
      addRunning(done, stretch, stretch.to - stretch.from)
      for (const [register, count] of stretch.partsWhenDone.entries()) done[register]! += count
      next += 1
      stretch = stretches[next]
    }
  }
  const parts = seconds.map((second) => {
    finishUntil(second)
    const standing = [...done]
    const running = stretches[next]
    if (running !== undefined && running.from < second) addRunning(standing, running, second - running.from)
    return standing
  })
  finishUntil(Number.MAX_SAFE_INTEGER)
  return { parts, partsAtEnd: done }
}

function addRunning(parts: number[], { partsPerSecond }: Stretch, seconds: number): void {
  for (const [register, rate] of partsPerSecond.entries()) parts[register]! += rate * seconds
}

function nextOnGrid(second: number, stepS: number, phaseS: number): number {
  return Math.ceil((second - phaseS) / stepS) * stepS + phaseS
}
