/**
 * Judging one device's stored readings again from an identity on, and writing what came out.
 *
 * Work comes in turns: the generator yields after a few hundred readings read, a few thousand looks or a few hundred rows
 * written, so that no transaction grows long. Reading and judging write nothing; from `writing` on, every turn must run
 * inside a transaction, and the last one leaves rows, state and counts in step.
 */
import type { Period } from '../../core/index.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import { compareIdentity, type Identity } from '../usage/identity.ts'
import { commissioningOrigin, judgeReadings, type Judgement, type Origin } from '../usage/judge-readings.ts'
import { settledHours, type Slot } from '../usage/open-slots.ts'
import type { HeldElement } from '../usage/accepted-chain.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { EventConflict } from '../events/event-store.ts'
import { uniteAll, type DerivedRows } from './derived-rows.ts'
import type { DeviceState } from './device-state.ts'
import type { OriginFinder } from './find-origin.ts'
import type { ReadingLog } from './reading-log.ts'
import type { SequenceEvents } from './sequence-events.ts'
import type { DeviceSeries } from './standing-times.ts'

/** Origins tried before everything is judged from the commissioning on. */
const MAX_ORIGINS = 3

export type JudgingTask = {
  readonly deviceNo: number
  readonly facts: DeviceFacts
  /** As of the judging before; its head may be newer. */
  readonly state: DeviceState
  /** The last reading that was judged before, and the last one to be judged now. */
  readonly judgedId: number
  readonly lastId: number
  readonly changedFrom: Identity
}

export type JudgedDevice = {
  readonly state: Omit<DeviceState, 'head'>
  /** How many more readings are held than before; may be negative. */
  readonly heldChange: number
  /** Whole hours whose usage may have changed. */
  readonly changed: Period | undefined
  /** What is held of the readings that were not judged before. */
  readonly newlyHeld: readonly HeldElement[]
  readonly newConflicts: readonly EventConflict[]
}

/** `writing`: the next turn writes. */
export type JudgingTurn = 'reading' | 'writing'

export function openJudging(
  readings: ReadingLog,
  origins: OriginFinder,
  rows: DerivedRows,
  events: SequenceEvents,
) {
  function* readAfter({ deviceNo, state, lastId }: JudgingTask, origin: Origin) {
    const from = origin.identity ?? { epoch: 0, seq: 0 }
    const found: StoredReading[] = []
    for (const page of readings.scan(deviceNo, state.head, from)) {
      for (const stored of page) {
        const isAfter = origin.identity === undefined || compareIdentity(stored, origin.identity) > 0
        if (isAfter && stored.id <= lastId) found.push(stored)
      }
      yield
    }
    return found
  }

  function* findJudgement(
    task: JudgingTask,
  ): Generator<void, { origin: Origin; stored: readonly StoredReading[]; judgement: Judgement }> {
    const series: DeviceSeries = task
    let hasFailed: Identity | undefined
    for (let attempt = 1; ; attempt += 1) {
      const { origin, certainUntil } =
        attempt > MAX_ORIGINS ? fromCommissioning(task) : origins.find(series, task.changedFrom, hasFailed)
      const stored = yield* readAfter(task, origin)
      const judgement = yield* judgeReadings(stored, origin, certainUntil, task.facts)
      if (judgement !== undefined) return { origin, stored, judgement }
      hasFailed = origin.identity
    }
  }

  function* judge(task: JudgingTask): Generator<JudgingTurn, JudgedDevice> {
    const { deviceNo, facts, state, judgedId } = task
    const judging = findJudgement(task)
    let step = judging.next()
    for (; step.done !== true; step = judging.next()) yield 'reading'
    const { origin, stored, judgement } = step.value
    yield 'writing'
    const after = origin.identity ?? { epoch: 0, seq: -1 }
    const openSlots = new Map<string, Slot>()
    const changes: (Period | undefined)[] = []
    for (const [register, accepted] of judgement.points) {
      const replacing = rows.replaceSlots(
        deviceNo,
        register,
        origin.points.get(register),
        accepted,
        state.openSlots.get(register),
      )
      let turn = replacing.next()
      for (; turn.done !== true; turn = replacing.next()) yield 'writing'
      const { open, changed } = turn.value
      if (open !== undefined) openSlots.set(register, open)
      if (changed !== undefined) changes.push(settledHours(changed.from, changed.to))
    }
    const heldBefore = rows.countHeldReadings(deviceNo, after)
    for (const _ of rows.replaceHolds(deviceNo, after, judgement.held, facts)) yield 'writing'
    if (origin.identity === undefined) rows.replaceUnacceptedBases(deviceNo, judgement.unacceptedBases)
    rows.replaceUnaccepted(
      deviceNo,
      origin.identity === undefined ? -Infinity : origin.at,
      judgement.unaccepted,
    )
    for (const _ of rows.replacePlaced(deviceNo, after, judgement.timed)) yield 'writing'
    const heldValues = rows.countHeldReadings(deviceNo, after) - heldBefore
    const followed = events.follow(deviceNo, stored.filter(hasEvents), standingWithEvents(judgement), facts)
    const last = judgement.timed.at(-1)
    return {
      state: {
        last: last === undefined ? origin.identity : { epoch: last.stored.epoch, seq: last.stored.seq },
        lastAt: last?.at ?? (origin.identity === undefined ? undefined : origin.at),
        isLastPlaced: last?.isPlaced ?? false,
        openSlots,
        ahead: judgement.ahead,
      },
      heldChange: heldValues + followed.heldChange,
      changed: uniteAll(changes),
      newlyHeld: judgement.held.filter((each) => each.stored.id > judgedId),
      newConflicts: followed.conflicts,
    }
  }

  return { judge }
}

function hasEvents({ reading }: StoredReading): boolean {
  return reading.events.length > 0
}

function standingWithEvents({ timed }: Judgement): ReadonlySet<number> {
  const ids = new Set<number>()
  for (const { stored } of timed) if (hasEvents(stored)) ids.add(stored.id)
  return ids
}

function fromCommissioning({ facts }: JudgingTask): { origin: Origin; certainUntil: Identity } {
  return {
    origin: commissioningOrigin(facts.commissionedAt),
    certainUntil: { epoch: 0, seq: 0 },
  }
}
