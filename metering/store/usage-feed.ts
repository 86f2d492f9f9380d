/**
 * What the forwarder follows: stored readings by id, and the hours whose usage changed by id of the change.
 *
 * Both logs only grow, so a cursor that is moved after the write was confirmed repeats at most the last page.
 */
import type { DatabaseSync } from 'node:sqlite'
import { decodeStoredReading, HOUR_MS, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import type { LateChangesPage, RegisterFeedPage, RegisterUsage, UsageFeedPage } from '../metering-types.ts'
import { ownTime } from '../usage/reading-times.ts'
import { getDeviceRowByNo, getModelOfDevice } from './device-catalogue.ts'
import type { UsageReader } from './usage-reader.ts'

type ReadingRow = {
  id: number
  device_id: string
  manufacturer_id: string
  received_at: number
  raw: Uint8Array
  held: string | null
  placed_at: number | null
}

export function readCursor(database: DatabaseSync, name: string): number {
  const row = database.prepare('SELECT position FROM cursors WHERE name = ?').get(name)
  return Number(row?.['position'] ?? 0)
}

/**
 * The accepted register values of the readings after `afterId`, oldest first, as the registers showed them. Held values are
 * left out; the page ends before the first reading that is not judged yet.
 */
export function readRegisterFeed(database: DatabaseSync, afterId: number, limit: number): RegisterFeedPage {
  const rows = database
    .prepare(
      `SELECT r.id, r.received_at, r.raw, d.id AS device_id, d.manufacturer_id, p.at AS placed_at,
         (SELECT group_concat(coalesce(h.register, '*')) FROM holds AS h
          WHERE h.device_no = r.device_no AND h.epoch = r.epoch AND h.seq = r.seq AND h.reading_id = r.id
            AND h.code <> 'event_conflict' AND h.exchange_ordinal IS NULL) AS held
       FROM readings AS r JOIN devices AS d ON d.no = r.device_no
         LEFT JOIN placed_readings AS p ON p.device_no = r.device_no AND p.epoch = r.epoch AND p.seq = r.seq
       WHERE r.id > ? AND r.id <= (SELECT coalesce(min(judged_reading_id), 9e15) FROM unjudged_devices WHERE pending > 0)
       ORDER BY r.id LIMIT ?`,
    )
    .all(afterId, limit) as ReadingRow[]
  const points = rows.flatMap((row) => {
    const held = new Set(row.held?.split(','))
    const reading = decodeStoredReading(row.raw)
    const at = row.placed_at ?? ownTime(reading, row.received_at)
    if (at === undefined || held.has('*')) return []
    return reading.registers
      .filter(({ register }) => !held.has(register))
      .map(({ register, value }) => ({
        manufacturerId: row.manufacturer_id as ManufacturerId,
        deviceId: row.device_id as DeviceId,
        register,
        at,
        value,
      }))
  })
  return { points, position: rows.at(-1)?.id ?? afterId, isLast: rows.length < limit }
}

/** Hours in one page, unless a single change has more. */
const MAX_HOURS = 2_000

/** The usage of every UTC hour that the changes after `afterId` touched, up to `limit` changes. */
export function readUsageFeed(
  database: DatabaseSync,
  reader: UsageReader,
  afterId: number,
  limit: number,
): UsageFeedPage {
  const rows = database
    .prepare('SELECT id, device_no, from_at, to_at FROM usage_changes WHERE id > ? ORDER BY id LIMIT ?')
    .all(afterId, limit) as { id: number; device_no: number; from_at: number; to_at: number }[]
  const page = takeWhileWithin(rows, MAX_HOURS)
  const hours = page.flatMap((row) => {
    const device = getDeviceRowByNo(database, row.device_no)
    const starts = Array.from(
      { length: (row.to_at - row.from_at) / HOUR_MS },
      (_, index) => row.from_at + index * HOUR_MS,
    )
    const queries = getModelOfDevice(database, device).registers.flatMap(({ name }) =>
      starts.map((from) => ({ deviceId: device.id as DeviceId, register: name, from, to: from + HOUR_MS })),
    )
    return reader.readUsage(queries).map((usage) => ({
      manufacturerId: device.manufacturer_id as ManufacturerId,
      deviceId: usage.deviceId,
      register: usage.register,
      from: usage.from,
      quantity: usage.quantity,
      isEstimated: isEstimatedWithin(usage),
    }))
  })
  return {
    hours,
    position: page.at(-1)?.id ?? afterId,
    isLast: rows.length < limit && page.length === rows.length,
  }
}

/** What of the `limit` changes after `afterId` is before the end of what documents rest on. */
export function readLateChanges(database: DatabaseSync, afterId: number, limit: number): LateChangesPage {
  const { last } = database.prepare('SELECT coalesce(max(id), 0) AS last FROM usage_changes').get() as {
    last: number
  }
  const position = Math.max(afterId, Math.min(afterId + limit, last))
  const rows = database
    .prepare(
      `SELECT d.id AS device_id, c.from_at, c.to_at
       FROM usage_changes AS c JOIN pinned_until AS p ON p.device_no = c.device_no AND p.to_at > c.from_at
         JOIN devices AS d ON d.no = c.device_no
       WHERE c.id > ? AND c.id <= ? ORDER BY c.id`,
    )
    .all(afterId, position) as { device_id: string; from_at: number; to_at: number }[]
  return {
    changes: rows.map((row) => ({ deviceId: row.device_id as DeviceId, from: row.from_at, to: row.to_at })),
    position,
    isLast: position >= last,
  }
}

function takeWhileWithin<Change extends { from_at: number; to_at: number }>(
  changes: readonly Change[],
  maxHours: number,
): readonly Change[] {
  let hours = 0
  const end = changes.findIndex(({ from_at, to_at }) => (hours += (to_at - from_at) / HOUR_MS) > maxHours)
  return end === -1 ? changes : changes.slice(0, Math.max(1, end))
}

/** A step that only begins at the very end of the span has no part in it. */
function isEstimatedWithin({ start, end, to }: RegisterUsage): boolean {
  return start.isEstimated || (end.isEstimated && (end.before?.at ?? to) < to)
}
