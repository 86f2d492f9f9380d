/**
 * Pins: what an issued document rests on is fixed, reading by reading (docs/metering-rules.md §6). Later data that contradicts it
 * shows as a signed difference, never as a rewrite.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type { PinDifference, PinInput, PinnedUsage, RegisterUsage } from '../metering-types.ts'
import { compareIdentity, firstIdentity, type Identity } from '../usage/identity.ts'
import { getDeviceRow, type DeviceRow } from './device-catalogue.ts'
import type { MeteringWriter } from './metering-writer.ts'
import { judgeAgain } from './judge-again.ts'
import { openStandingTimes, type DeviceSeries } from './standing-times.ts'
import { openUsageReader, type UsageReader } from './usage-reader.ts'

type SpanRow = {
  device_id: string
  register: string
  from_at: bigint
  to_at: bigint
  start_value: bigint
  end_value: bigint
}

type HeldRow = { id: number; register: string | null; ordinal: number | null }

/** Before every reading. */
const nothing: Identity = { epoch: 0, seq: -1 }

export function openUsagePins(writer: MeteringWriter) {
  const { database, transaction, cache, unjudged, points, readings } = writer
  const reader = openUsageReader(database)
  const { standingTime, timeBefore } = openStandingTimes(database, readings)
  const insertPin = database.prepare('INSERT INTO pins (id, pinned_at) VALUES (?, ?)')
  const insertSpan = database.prepare(
    `INSERT INTO pinned_spans (pin_no, ordinal, device_no, register, from_at, to_at, start_value, end_value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertDevice = database.prepare(
    `INSERT INTO pinned_devices (device_no, pin_no, through_epoch, through_seq, last_reading_id, model_version,
       base_registers) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertException = database.prepare(
    `INSERT INTO pin_exceptions (device_no, pin_no, reading_id, what, register, exchange_ordinal, at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const insertEntry = database.prepare(
    'INSERT INTO pinned_entries (device_no, pin_no, decision_id, model_version) VALUES (?, ?, ?, ?)',
  )
  const findUnaccepted = database.prepare('SELECT 1 FROM unaccepted_entries WHERE decision_id = ?')
  const findUnacceptedBase = database.prepare(
    'SELECT 1 FROM unaccepted_bases WHERE device_no = ? AND register = ?',
  )
  const exchangesUpTo = database.prepare(
    'SELECT epoch, seq, reading_id AS id FROM reading_exchanges WHERE device_no = ? AND (epoch, seq) <= (?, ?)',
  )
  const placedUpTo = database.prepare(
    'SELECT epoch, seq, reading_id AS id, at FROM placed_readings WHERE device_no = ? AND (epoch, seq) <= (?, ?)',
  )
  const heldUpTo = database.prepare(
    `SELECT reading_id AS id, register, exchange_ordinal AS ordinal FROM holds
     WHERE device_no = ? AND code <> 'event_conflict' AND (epoch, seq) <= (?, ?)`,
  )
  const listRejects = database.prepare(
    `SELECT DISTINCT decision FROM decisions WHERE device_no = ? AND decision ->> '$.kind' = 'reject'`,
  )
  const latestSpans = database.prepare(
    'SELECT register, max(to_at) AS to_at FROM pinned_spans WHERE device_no = ? GROUP BY register',
  )
  const watch = database.prepare(
    `INSERT INTO pinned_until (device_no, to_at) VALUES (?, ?)
     ON CONFLICT (device_no) DO UPDATE SET to_at = excluded.to_at WHERE excluded.to_at > to_at`,
  )
  const readLastId = database.prepare('SELECT coalesce(max(id), 0) AS id FROM readings')

  function pinDevice(pinNo: number, row: DeviceRow, lastReadingId: number): void {
    const series = reader.readSeries(row)
    const { facts } = series
    const { through, endsAt } = findEnd(series)
    const { epoch, seq } = through
    const version = row.model_version
    const bases = JSON.stringify(
      [...facts.baseValues.keys()].filter((register) => isBaseAccepted(series, register)),
    )
    insertDevice.run(row.no, pinNo, epoch, seq, lastReadingId, version, bases)
    const except = (id: number, what: string, register = '', ordinal = -1, at: number | null = null) =>
      insertException.run(row.no, pinNo, id, what, register, ordinal, at)

    let hasNewAnchor = false
    for (const placed of placedUpTo.all(row.no, epoch, seq) as (Identity & { id: number; at: number })[]) {
      if (facts.pinOf(placed)?.placedAt !== undefined) continue
      except(placed.id, 'time', '', -1, placed.at)
      hasNewAnchor = true
    }
    for (const carrying of exchangesUpTo.all(row.no, epoch, seq) as (Identity & { id: number })[]) {
      if (facts.pinOf(carrying)?.beforeAt !== undefined) continue
      except(carrying.id, 'before', '', -1, timeBefore(series, carrying))
    }
    const unaccepted = heldUpTo.all(row.no, epoch, seq) as HeldRow[]
    for (const { id, register, ordinal } of [...unaccepted, ...listRejected(series, row)]) {
      const part = ordinal === null ? 'value' : 'exchange'
      except(id, register === null ? 'reading' : part, register ?? '', ordinal ?? -1)
    }
    for (const register of facts.definitions.keys()) {
      for (const { decisionId, at } of facts.decisions.entered(register)) {
        if (at > endsAt || findUnaccepted.get(decisionId) !== undefined) continue
        insertEntry.run(row.no, pinNo, decisionId, version)
      }
    }
    cache.forget(row.id)
    // A placed time that is fixed now is an anchor for what is placed after it.
    if (hasNewAnchor) judgeAgain(writer, row.id, through)
  }

  /** What people rejected is no element and was not accepted; there is no hold to say so. */
  function listRejected(series: DeviceSeries, { no }: DeviceRow): HeldRow[] {
    const { facts, state } = series
    const rejects = listRejects
      .all(no)
      .map(({ decision }) => JSON.parse(String(decision)) as Identity & { register?: string })
    const found = rejects.flatMap(({ epoch, seq, register }) =>
      readings
        .list(no, state.head, { epoch, seq }, { epoch, seq })
        .filter((stored) => facts.decisions.about(stored, register)?.kind === 'reject')
        .flatMap(({ id, reading: { exchanges } }): HeldRow[] => {
          if (register === undefined) return [{ id, register: null, ordinal: null }]
          const own = exchanges.filter((each) => each.register === register)
          const parts = [null, ...own.keys()]
          return parts.map((ordinal) => ({ id, register, ordinal }))
        }),
    )
    return [...new Map(found.map((row) => [`${row.id}/${row.register}/${row.ordinal}`, row])).values()]
  }

  function isBaseAccepted({ deviceNo, facts }: DeviceSeries, register: string): boolean {
    return facts.baseValues.has(register) && findUnacceptedBase.get(deviceNo, register) === undefined
  }

  /**
   * The furthest reading that the spans of this pin and of the earlier ones rest on, and how far they rest on what people
   * entered. Without the earlier ones a placed time fixed here would move what is placed before their ends.
   */
  function findEnd(series: DeviceSeries): { readonly through: Identity; readonly endsAt: number } {
    const pinned = latestSpans.all(series.deviceNo) as { register: string; to_at: number }[]
    const latestTo = Math.max(...pinned.map(({ to_at }) => to_at))
    const ends = pinned.map(({ register }): { through: Identity; endsAt: number } => {
      const after = points.firstPointAfter({ ...series, register }, latestTo)
      if (after === undefined) return { through: series.state.last ?? nothing, endsAt: Infinity }
      const { at: endsAt, reading } = after
      if (reading !== undefined) return { through: reading, endsAt }
      const isBase = endsAt === series.facts.commissionedAt && isBaseAccepted(series, register)
      return { through: isBase ? nothing : lastReadingUpTo(series, endsAt), endsAt }
    })
    return {
      through: ends
        .map(({ through }) => through)
        .reduce((furthest, each) => (compareIdentity(each, furthest) > 0 ? each : furthest)),
      endsAt: Math.max(...ends.map(({ endsAt }) => endsAt)),
    }
  }

  /** The last standing reading whose time is not after `at`. */
  function lastReadingUpTo(series: DeviceSeries, at: number): Identity {
    const { deviceNo, facts, state } = series
    const known = [...facts.definitions.keys()]
      .map((register) => points.lastPointUpTo({ ...series, register }, at)?.reading ?? firstIdentity)
      .reduce((furthest, each) => (compareIdentity(each, furthest) > 0 ? each : furthest))
    let last = nothing
    for (const page of readings.scan(deviceNo, state.head, known)) {
      for (const stored of page) {
        const time = standingTime(series, stored)
        if (time === undefined) continue
        if (time > at) return last
        last = { epoch: stored.epoch, seq: stored.seq }
      }
    }
    return last
  }

  return {
    /**
     * All in one transaction: if one fails, none is made.
     * @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid`, `usage_not_settled`
     */
    pinUsages(inputs: readonly PinInput[], now: number): (readonly PinnedUsage[])[] {
      return transaction(() => inputs.map((input) => pinOne(input, now)))
    },
  }

  function pinOne({ pinId, spans, watched = [] }: PinInput, now: number): readonly PinnedUsage[] {
    const pinned = findPinnedSpans(database, pinId)
    if (pinned !== undefined) return pinned
    const pinNo = Number(insertPin.run(pinId, now).lastInsertRowid)
    const lastReadingId = (readLastId.get() as { id: number }).id
    const usages = reader.readUsageInTransaction(spans)
    for (const [ordinal, usage] of usages.entries()) {
      const { no } = getDeviceRow(database, usage.deviceId)
      const { register, from, to, start, end } = usage
      insertSpan.run(pinNo, ordinal, no, register, from, to, start.value, end.value)
    }
    for (const deviceId of new Set(spans.map((span) => span.deviceId))) {
      const row = getDeviceRow(database, deviceId)
      if (unjudged.get(row.no) !== undefined) {
        throw meteringErrors.usage_not_settled(
          `Wait until the readings of device "${deviceId}" are judged, then try again.`,
        )
      }
      pinDevice(pinNo, row, lastReadingId)
    }
    for (const { deviceId, to } of [...spans, ...watched]) {
      watch.run(getDeviceRow(database, deviceId).no, to)
    }
    return usages.map(toPinned)
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
