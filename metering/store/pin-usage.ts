/**
 * Pins: what an issued document rests on is fixed, reading by reading (docs/metering-rules.md §6). Later data that contradicts it
 * shows as a signed difference, never as a rewrite.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type { PinDifference, PinInput, PinnedUsage, RegisterUsage, UsageQuery } from '../metering-types.ts'
import { compareIdentity, firstIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import { candidateTime } from '../usage/reading-times.ts'
import { getDeviceRow, type DeviceRow } from './device-catalogue.ts'
import type { DeviceSeries } from './find-origin.ts'
import type { MeteringWriter } from './metering-writer.ts'
import { openUsageReader, type UsageReader } from './usage-reader.ts'

type SpanRow = {
  device_id: string
  register: string
  from_at: bigint
  to_at: bigint
  start_value: bigint
  end_value: bigint
}

export function openUsagePins({ database, transaction, cache, unjudged, points, readings }: MeteringWriter) {
  const reader = openUsageReader(database)
  const insertPin = database.prepare('INSERT INTO pins (id, pinned_at) VALUES (?, ?)')
  const insertSpan = database.prepare(
    `INSERT INTO pinned_spans (pin_no, ordinal, device_no, register, from_at, to_at, start_value, end_value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertDevice = database.prepare(
    `INSERT INTO pinned_devices (device_no, pin_no, through_epoch, through_seq, last_reading_id, model_version)
     VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const insertException = database.prepare(
    `INSERT INTO pin_exceptions (device_no, pin_no, reading_id, what, register, exchange_ordinal, placed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const placedUpTo = database.prepare(
    'SELECT epoch, seq, reading_id AS id, at FROM placed_readings WHERE device_no = ? AND (epoch, seq) <= (?, ?)',
  )
  const placedAt = database.prepare(
    'SELECT at FROM placed_readings WHERE device_no = ? AND epoch = ? AND seq = ? AND reading_id = ?',
  )
  const heldUpTo = database.prepare(
    `SELECT DISTINCT reading_id AS id, register, exchange_ordinal AS ordinal FROM holds
     WHERE device_no = ? AND code <> 'event_conflict' AND (epoch, seq) <= (?, ?)`,
  )
  const rejectedWhole = database.prepare(
    `SELECT decision FROM decisions WHERE device_no = ? AND decision ->> '$.kind' = 'reject'
       AND decision ->> '$.register' IS NULL`,
  )
  const readLastId = database.prepare('SELECT coalesce(max(id), 0) AS id FROM readings')

  function pinDevice(
    pinNo: number,
    row: DeviceRow,
    spans: readonly UsageQuery[],
    lastReadingId: number,
  ): void {
    const series = reader.readSeries(row)
    const { epoch, seq } = findThrough(series, spans)
    insertDevice.run(row.no, pinNo, epoch, seq, lastReadingId, row.model_version)
    for (const placed of placedUpTo.all(row.no, epoch, seq) as (Identity & { id: number; at: number })[]) {
      if (series.facts.pinOf(placed)?.placedAt !== undefined) continue
      insertException.run(row.no, pinNo, placed.id, 'time', '', -1, placed.at)
    }
    for (const { id, register, ordinal } of heldUpTo.all(row.no, epoch, seq) as {
      id: number
      register: string | null
      ordinal: number | null
    }[]) {
      const whole = ordinal === null ? 'value' : 'exchange'
      const what = register === null ? 'reading' : whole
      insertException.run(row.no, pinNo, id, what, register ?? '', ordinal ?? -1, null)
    }
    for (const id of listRejected(series, row)) {
      insertException.run(row.no, pinNo, id, 'reading', '', -1, null)
    }
    cache.forget(row.id)
  }

  function listRejected(series: DeviceSeries, { no }: DeviceRow): Set<number> {
    const identities = rejectedWhole.all(no).map(({ decision }) => JSON.parse(String(decision)) as Identity)
    return new Set(
      identities.flatMap((identity) =>
        readings
          .list(no, series.state.head, identity, identity)
          .filter((stored) => series.facts.decisions.about(stored)?.kind === 'reject')
          .map(({ id }) => id),
      ),
    )
  }

  /** The furthest reading that the spans rest on. */
  function findThrough(series: DeviceSeries, spans: readonly UsageQuery[]): Identity {
    const latestTo = Math.max(...spans.map(({ to }) => to))
    const ends = new Set(spans.map(({ register }) => register))
    return [...ends]
      .map((register): Identity => {
        const after = points.firstPointAfter({ ...series, register }, latestTo)
        if (after === undefined) return series.state.last ?? firstIdentity
        return after.reading ?? lastReadingUpTo(series, after.at)
      })
      .reduce((furthest, each) => (compareIdentity(each, furthest) > 0 ? each : furthest))
  }

  /** The last standing reading whose time is not after `at`. */
  function lastReadingUpTo(series: DeviceSeries, at: number): Identity {
    const { deviceNo, facts, state } = series
    let last = [...facts.definitions.keys()]
      .map((register) => points.lastPointUpTo({ ...series, register }, at)?.reading ?? firstIdentity)
      .reduce((furthest, each) => (compareIdentity(each, furthest) > 0 ? each : furthest))
    for (const page of readings.scan(deviceNo, state.head, last)) {
      for (const stored of page) {
        const { epoch, seq, id } = stored
        const placed = placedAt.get(deviceNo, epoch, seq, id) as { at: number } | undefined
        const time = placed?.at ?? candidateTime(stored, facts)
        if (time === undefined || compareIdentity(stored, state.last ?? lastIdentity) > 0) continue
        if (time > at) return last
        last = { epoch, seq }
      }
    }
    return last
  }

  return {
    /** @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid`, `usage_not_settled` */
    pinUsage({ pinId, spans }: PinInput, now: number): readonly PinnedUsage[] {
      const pinned = findPinnedSpans(database, pinId)
      if (pinned !== undefined) return pinned
      return transaction(() => {
        const pinNo = Number(insertPin.run(pinId, now).lastInsertRowid)
        const lastReadingId = (readLastId.get() as { id: number }).id
        const byDevice = Map.groupBy(spans, ({ deviceId }) => deviceId)
        const usages = reader.readUsageInTransaction(spans)
        for (const [ordinal, usage] of usages.entries()) {
          const { no } = getDeviceRow(database, usage.deviceId)
          const { register, from, to, start, end } = usage
          insertSpan.run(pinNo, ordinal, no, register, from, to, start.value, end.value)
        }
        for (const [deviceId, own] of byDevice) {
          const row = getDeviceRow(database, deviceId)
          if (unjudged.get(row.no) !== undefined) {
            throw meteringErrors.usage_not_settled(
              `Wait until the readings of device "${deviceId}" are judged, then try again.`,
            )
          }
          pinDevice(pinNo, row, own, lastReadingId)
        }
        return usages.map(toPinned)
      })
    },
  }
}

/** Every span of the pin with its usage now. @throws AppError `pin_unknown` */
export function readPinDifferences(
  database: DatabaseSync,
  reader: UsageReader,
  pinId: string,
): PinDifference[] {
  const pinned = findPinnedSpans(database, pinId)
  if (pinned === undefined) throw meteringErrors.pin_unknown(`There is no pin "${pinId.slice(0, 64)}".`)
  const now = reader.readUsage(pinned)
  return pinned.map((span, index) => {
    const quantityNow = now[index]?.quantity ?? 0n
    return { ...span, pinId, quantityNow, difference: quantityNow - span.quantity }
  })
}

function findPinnedSpans(database: DatabaseSync, pinId: string): PinnedUsage[] | undefined {
  const pin = database.prepare('SELECT no FROM pins WHERE id = ?').get(pinId)
  if (pin === undefined) return undefined
  const statement = database.prepare(
    `SELECT s.*, d.id AS device_id FROM pinned_spans AS s JOIN devices AS d ON d.no = s.device_no
     WHERE s.pin_no = ? ORDER BY s.ordinal`,
  )
  statement.setReadBigInts(true)
  return (statement.all(Number(pin['no'])) as SpanRow[]).map((row) => ({
    deviceId: row.device_id as DeviceId,
    register: row.register,
    from: Number(row.from_at),
    to: Number(row.to_at),
    startValue: row.start_value,
    endValue: row.end_value,
    quantity: row.end_value - row.start_value,
  }))
}

function toPinned({ deviceId, register, from, to, quantity, start, end }: RegisterUsage): PinnedUsage {
  return { deviceId, register, from, to, quantity, startValue: start.value, endValue: end.value }
}
