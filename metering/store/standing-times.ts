/** When single stored readings of a device were made, as judging found it, without judging again. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceFacts } from '../usage/device-facts.ts'
import type { Identity } from '../usage/identity.ts'
import { candidateTime } from '../usage/reading-times.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { DeviceState } from './device-state.ts'
import type { ReadingLog } from './reading-log.ts'

/** One device at one moment. */
export type DeviceSeries = {
  readonly deviceNo: number
  readonly facts: DeviceFacts
  readonly state: DeviceState
  /** Readings stored after this one are not judged yet. */
  readonly judgedId: number
}

const FIRST_LOOK = 4
const LOOK_GROWTH = 16

export function openStandingTimes(database: DatabaseSync, readings: ReadingLog) {
  const placedAt = database.prepare(
    'SELECT at FROM placed_readings WHERE device_no = ? AND epoch = ? AND seq = ? AND reading_id = ?',
  )
  const isHeldWhole = database.prepare(
    `SELECT 1 FROM holds WHERE reading_id = ? AND register IS NULL AND code <> 'event_conflict'`,
  )

  /** Undefined for a reading that does not stand. */
  function standingTime(
    { deviceNo, facts, judgedId }: DeviceSeries,
    stored: StoredReading,
  ): number | undefined {
    if (stored.id > judgedId || facts.decisions.about(stored)?.kind === 'reject') return undefined
    if (isHeldWhole.get(stored.id) !== undefined) return undefined
    const placed = placedAt.get(deviceNo, stored.epoch, stored.seq, stored.id) as { at: number } | undefined
    return placed?.at ?? candidateTime(stored, facts)
  }

  /** The time of the standing reading before an identity; of the commissioning if there is none. */
  function timeBefore(series: DeviceSeries, identity: Identity): number {
    const { deviceNo, facts, state } = series
    for (let count = FIRST_LOOK; ; count *= LOOK_GROWTH) {
      const before = readings.listBefore(deviceNo, state.head, identity, count)
      const times = before.map((stored) => standingTime(series, stored)).filter((at) => at !== undefined)
      const last = times.at(-1)
      if (last !== undefined) return last
      if (before.length < count) return facts.commissionedAt
    }
  }

  /** The first of the readings just before an identity that were not made before `at`; the identity itself without any. */
  function firstNotBefore(series: DeviceSeries, identity: Identity, at: number): Identity {
    for (let count = FIRST_LOOK; ; count *= LOOK_GROWTH) {
      const before = readings.listBefore(series.deviceNo, series.state.head, identity, count)
      const earlier = before.findLastIndex((stored) => (standingTime(series, stored) ?? at) < at)
      if (earlier !== -1 || before.length < count) return before[earlier + 1] ?? identity
    }
  }

  return { standingTime, timeBefore, firstNotBefore }
}
