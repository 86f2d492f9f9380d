/**
 * When devices are judged again: at once if a few turns do it, else in between batches, so that one device's long history
 * never keeps the fleet waiting for its acknowledgements.
 */
import type { DeviceProblem } from '../../core/index.ts'
import type { HeldElement } from '../usage/accepted-chain.ts'
import type { Identity } from '../usage/identity.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CachedDevice, DeviceCache } from './device-cache.ts'
import type { DeviceState } from './device-state.ts'
import type { JudgedDevice, JudgingTask, JudgingTurn } from './judge-device.ts'
import { noChanges, type OutcomeChanges, type OutcomeCounter } from './outcome-counts.ts'
import type { JudgingWork, UnjudgedDevice, UnjudgedDevices } from './unjudged-devices.ts'
import type { UsageStore } from './usage-store.ts'
import type { WriteTransaction } from './write-transaction.ts'

/** Turns that one transaction spends on devices judged at once, all together. */
export const TURNS_AT_ONCE = 8

export type JudgedAtOnce = { readonly state: DeviceState; readonly turns: number }

export type TurnJudging = ReturnType<typeof openTurnJudging>

export type TurnJudgingParts = {
  readonly transaction: WriteTransaction
  readonly cache: DeviceCache
  readonly unjudged: UnjudgedDevices
  readonly judge: (task: JudgingTask) => Generator<JudgingTurn, JudgedDevice>
  readonly counts: OutcomeCounter
  readonly usage: UsageStore
  readonly checkpoint: Checkpoint
}

export function openTurnJudging(parts: TurnJudgingParts) {
  const { transaction, cache, unjudged, judge, counts, usage, checkpoint } = parts
  const { lastReadingId } = checkpoint

  /** Writes what was judged; `judgedReadings` of it were pending. */
  function conclude(
    device: CachedDevice,
    state: DeviceState,
    judged: JudgedDevice,
    judgedReadings: number,
    changes: OutcomeChanges,
  ): DeviceProblem[] {
    const { no, id } = device
    checkpoint.save({ ...device, state })
    if (judged.changed !== undefined) usage.writeChange(no, judged.changed)
    changes.pending -= judgedReadings
    changes.held += judged.heldChange
    changes.accepted += judgedReadings - judged.heldChange
    const conflicts = judged.newConflicts.map(({ epoch, seq, detail }) => {
      return { deviceId: id, code: 'event_conflict', detail, epoch, seq }
    })
    return [...judged.newlyHeld.map((held) => toProblem(id, held)), ...conflicts]
  }

  return {
    lastReadingId,

    /**
     * Judges inside the caller's transaction if at most `turns` turns do it; undefined if not, and then nothing was written.
     * `pending` of its readings are counted as pending. The device has nothing unsaved.
     */
    judgeAtOnce(
      device: CachedDevice,
      changedFrom: Identity,
      judgedId: number,
      pending: number,
      turns: number,
      changes: OutcomeChanges,
      problems: DeviceProblem[],
    ): JudgedAtOnce | undefined {
      const { no, facts, state } = device
      const lastId = lastReadingId()
      const work = judge({ deviceNo: no, facts, state, judgedId, lastId, changedFrom })
      let used = 0
      let isWriting = false
      for (;;) {
        const step = work.next()
        if (step.done === true) {
          const next = { ...step.value.state, head: state.head }
          problems.push(...conclude(device, next, step.value, pending, changes))
          return { state: next, turns: used }
        }
        if (step.value === 'writing') isWriting = true
        used += 1
        if (used > turns && !isWriting) return undefined
      }
    },

    /** One turn of the device that has waited longest. Returns what devices are to be told. */
    takeTurn(): DeviceProblem[] {
      const device = unjudged.next()
      if (device === undefined) return []
      device.work ??= beginWork(device)
      const { work } = device
      if (!work.isWriting) {
        // Reading and judging need no transaction: only this connection writes.
        const step = work.turns.next()
        if (step.done !== true && step.value === 'writing') work.isWriting = true
        return []
      }
      return transaction(() => {
        // Another process wrote: what this work rests on may have changed, and it begins again.
        if (unjudged.get(device.deviceNo) !== device) return []
        const step = work.turns.next()
        return step.done === true ? settle(device, work, step.value) : []
      })
    },
  }

  function beginWork({ deviceNo, judgedId, from }: UnjudgedDevice): JudgingWork {
    const { facts, state } = cache.getByNo(deviceNo)
    const lastId = lastReadingId()
    const turns = judge({ deviceNo, facts, state, judgedId, lastId, changedFrom: from })
    return { turns, lastId, isWriting: false, newFrom: undefined, newPending: 0 }
  }

  function settle(device: UnjudgedDevice, work: JudgingWork, judged: JudgedDevice): DeviceProblem[] {
    const known = cache.getByNo(device.deviceNo)
    const changes = noChanges()
    const state = { ...judged.state, head: known.state.head }
    const problems = conclude(known, state, judged, unjudged.settle(device, work), changes)
    counts.write(changes)
    cache.forget(known.id)
    return problems
  }
}

function toProblem(deviceId: CachedDevice['id'], held: HeldElement): DeviceProblem {
  const { stored, register, code, detail } = held
  const { epoch, seq } = stored
  return { deviceId, code, detail, epoch, seq, ...(register === undefined ? {} : { register }) }
}
