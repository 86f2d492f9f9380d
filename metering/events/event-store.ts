/**
 * Stores what readings report of usage events, and says which of it is in conflict. Works inside the caller's transaction.
 *
 * - What stands and what is held is a function of the set of reports alone (`judge-reports.ts`), whatever the order of
 *   arrival, batches and restarts. Every reading is stored once (the caller deduplicates) or withdrawn.
 * - A report that comes after all others of its event by (received time, epoch, seq), as nearly all do, is judged by its
 *   two neighbours through the index, however often a session was reported. Any other makes its event be judged again
 *   from all its reports, once per call: hand over all readings of a device in a batch together.
 * - The `changes` of a call name, for readings stored before it, what has become held or is held no longer.
 *
 * An event with a single report has no row in `usage_event_reports`; the second report writes the first one's.
 */
import type { DatabaseSync } from 'node:sqlite'
import { canonicalEvent, HOUR_MS, type UsageEvent } from '../../core/index.ts'
import { encodeLabels, type EventReport, type Verdict } from './event-report.ts'
import { toReport, type EventRow, type ReportRow } from './event-rows.ts'
import { compareReports, judgeBetween, judgeReports } from './judge-reports.ts'

/** A stored reading with usage events. */
export type ReportingReading = {
  readonly id: number
  readonly epoch: number
  readonly seq: number
  readonly receivedAt: number
  readonly events: readonly UsageEvent[]
}

/** A reading whose content of an event does not count: its hold has the code `event_conflict`. */
export type EventConflict = {
  readonly readingId: number
  readonly epoch: number
  readonly seq: number
  readonly receivedAt: number
  readonly eventId: string
  /** The same for the same event, always: with the reading's id it finds the hold again. */
  readonly detail: string
}

export type EventChanges = {
  /** Of the readings handed over. */
  readonly conflicts: readonly EventConflict[]
  /** Of readings stored earlier: a report that was received before theirs arrived. */
  readonly nowHeld: readonly EventConflict[]
  readonly noLongerHeld: readonly EventConflict[]
}

type Judged = { readonly report: EventReport; readonly verdict: Verdict }

export function openEventStore(database: DatabaseSync) {
  const findEvent = database.prepare('SELECT * FROM usage_events WHERE device_no = ? AND id = ?')
  const insertEvent = database.prepare(
    `INSERT INTO usage_events (device_no, id, type, from_at, to_at, quantity, labels, is_open, reading_id, received_at,
       epoch, seq, place, reports, last_received_at, last_epoch, last_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_no, id) DO UPDATE SET type = excluded.type, from_at = excluded.from_at, to_at = excluded.to_at,
       quantity = excluded.quantity, labels = excluded.labels, is_open = excluded.is_open,
       reading_id = excluded.reading_id, received_at = excluded.received_at, epoch = excluded.epoch, seq = excluded.seq,
       place = excluded.place, reports = excluded.reports, last_received_at = excluded.last_received_at,
       last_epoch = excluded.last_epoch, last_seq = excluded.last_seq`,
  )
  const insertReport = database.prepare(
    `INSERT INTO usage_event_reports (device_no, event_id, verdict, to_at, quantity, is_closed, reading_id, place,
       received_at, epoch, seq, type, from_at, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const neighbour = (comparison: '<=' | '>', direction: 'ASC' | 'DESC') =>
    database.prepare(
      `SELECT * FROM usage_event_reports WHERE device_no = ? AND event_id = ? AND verdict = 'link'
         AND (to_at, quantity, is_closed) ${comparison} (?, ?, ?)
       ORDER BY to_at ${direction}, quantity ${direction}, is_closed ${direction} LIMIT 1`,
    )
  const findBefore = neighbour('<=', 'DESC')
  const findAfter = neighbour('>', 'ASC')
  const listHeldAlike = database.prepare(
    `SELECT * FROM usage_event_reports WHERE device_no = ? AND event_id = ? AND verdict = 'held'
       AND to_at = ? AND quantity = ? AND is_closed = ?`,
  )
  const listReports = database.prepare(
    'SELECT * FROM usage_event_reports WHERE device_no = ? AND event_id = ?',
  )
  const listHeld = database.prepare(
    `SELECT * FROM usage_event_reports WHERE device_no = ? AND verdict = 'held' ORDER BY epoch, seq, reading_id, event_id`,
  )
  const forgetReports = database.prepare(
    'DELETE FROM usage_event_reports WHERE device_no = ? AND event_id = ?',
  )
  const forgetEvent = database.prepare('DELETE FROM usage_events WHERE device_no = ? AND id = ?')
  const noteLate = database.prepare(
    `INSERT INTO usage_changes (device_no, from_at, to_at)
     SELECT device_no, ?2, ?2 + ${HOUR_MS} FROM pinned_until WHERE device_no = ?1 AND to_at > ?2`,
  )
  /** What a service run leaves out reaches from its beginning to its end; an open one may leave out all after it. */
  const noteLateRun = database.prepare(
    `INSERT INTO usage_changes (device_no, from_at, to_at)
     SELECT ?1, ?2, max(?3, pinned_until.to_at * ?4) FROM pinned_until
       JOIN devices ON devices.no = pinned_until.device_no
       JOIN models ON models.manufacturer_id = devices.manufacturer_id AND models.id = devices.model_id
         AND models.version = devices.model_version
     WHERE pinned_until.device_no = ?1 AND pinned_until.to_at > ?2 AND EXISTS (
       SELECT 1 FROM json_each(models.event_types)
       WHERE json_each.value ->> 'type' = ?5 AND json_each.value ->> 'isBillable' = 0)`,
  )
  const forgetDevice = ['usage_events', 'usage_event_reports'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE device_no = ?`),
  )
  const releaseReport = database.prepare(
    `UPDATE usage_event_reports SET verdict = 'again' WHERE device_no = ? AND event_id = ? AND verdict = 'held'
       AND to_at = ? AND quantity = ? AND is_closed = ? AND reading_id = ? AND place = ?`,
  )
  const isReadingHeld = database.prepare(
    `SELECT 1 FROM usage_event_reports WHERE device_no = ? AND reading_id = ? AND event_id = ? AND verdict = 'held'`,
  )

  /** Stores the events of readings that were not stored before. */
  function storeEvents(deviceNo: number, readings: readonly ReportingReading[]): EventChanges {
    const byEvent = new Map<string, EventReport[]>()
    for (const report of readings.flatMap(reportsOf)) {
      const { id } = report.event
      const reports = byEvent.get(id)
      if (reports === undefined) byEvent.set(id, [report])
      else reports.push(report)
    }
    const changes = noChanges()
    for (const [eventId, reports] of byEvent) storeReports(deviceNo, eventId, reports, changes)
    return toChanges(changes)
  }

  function storeReports(deviceNo: number, eventId: string, fresh: EventReport[], changes: Changes): void {
    const row = findEvent.get(deviceNo, eventId) as EventRow | undefined
    const [only] = fresh
    if (row !== undefined) noteIfLate(deviceNo, toReport(row).event)
    if (row === undefined && only !== undefined && fresh.length === 1) {
      return writeEvent(deviceNo, only, { reports: 1, last: only })
    }
    if (row?.reports === 1) insertJudged(deviceNo, { report: toReport(row), verdict: 'link' })
    const ordered = fresh.sort(compareReports)
    if (row !== undefined && isAfterAll(row, ordered)) append(deviceNo, row, ordered, changes)
    else judgeAgain(deviceNo, eventId, [...readReports(deviceNo, eventId), ...ordered.map(unjudged)], changes)
  }

  /** Reports that come after all that are stored, and each after the one before it. */
  function append(deviceNo: number, row: EventRow, ordered: readonly EventReport[], changes: Changes): void {
    let standing = toReport(row)
    for (const report of ordered) {
      const verdict = judgeBetween(
        findNeighbour(findBefore, deviceNo, report),
        report,
        findNeighbour(findAfter, deviceNo, report),
      )
      insertJudged(deviceNo, { report, verdict })
      if (verdict === 'held') note(changes.conflicts, report)
      if (verdict !== 'link') continue
      if (isAbove(report, standing)) standing = report
      for (const held of readHeldAlike(deviceNo, report)) {
        release(deviceNo, held)
        if (isReadingHeld.get(deviceNo, held.readingId, held.event.id) !== undefined) continue
        // What this very call held was told to nobody yet.
        if (!changes.conflicts.delete(keyOf(held))) note(changes.noLongerHeld, held)
      }
    }
    const last = ordered.at(-1) ?? standing
    writeEvent(deviceNo, standing, { reports: row.reports + ordered.length, last })
  }

  type Unjudged = { readonly report: EventReport; readonly verdict: Verdict | undefined }

  /** Judges an event from all its reports; those that were judged before may change. */
  function judgeAgain(deviceNo: number, eventId: string, known: readonly Unjudged[], changes: Changes): void {
    forgetReports.run(deviceNo, eventId)
    const reports = known.map(({ report }) => report)
    const { verdicts, standing } = judgeReports(reports)
    const heldBefore = new Map<number, boolean>()
    const heldNow = new Map<number, boolean>()
    for (const [index, { report, verdict: earlier }] of known.entries()) {
      const { readingId } = report
      const verdict = verdicts[index] ?? 'held'
      if (known.length > 1) insertJudged(deviceNo, { report, verdict })
      if (earlier !== undefined) {
        heldBefore.set(readingId, heldBefore.get(readingId) === true || earlier === 'held')
      }
      heldNow.set(readingId, heldNow.get(readingId) === true || verdict === 'held')
    }
    for (const report of reports) {
      const wasHeld = heldBefore.get(report.readingId)
      const isHeld = heldNow.get(report.readingId) === true
      if (wasHeld === undefined && isHeld) note(changes.conflicts, report)
      if (wasHeld === false && isHeld) note(changes.nowHeld, report)
      if (wasHeld === true && !isHeld) note(changes.noLongerHeld, report)
    }
    const last = reports.toSorted(compareReports).at(-1)
    if (standing === undefined || last === undefined) forgetEvent.run(deviceNo, eventId)
    else writeEvent(deviceNo, standing, { reports: reports.length, last })
  }

  /** As if the reading had not reported these events: a person rejected it, or it is passed over. */
  function withdrawEvents(deviceNo: number, readingId: number, eventIds: readonly string[]): EventChanges {
    const changes = noChanges()
    for (const eventId of new Set(eventIds)) {
      const row = findEvent.get(deviceNo, eventId) as EventRow | undefined
      if (row === undefined) continue
      noteIfLate(deviceNo, toReport(row).event)
      const known: readonly Judged[] =
        row.reports === 1 ? [{ report: toReport(row), verdict: 'link' }] : readReports(deviceNo, eventId)
      const left = known.filter(({ report }) => report.readingId !== readingId)
      if (left.length === known.length) continue
      judgeAgain(deviceNo, eventId, left, changes)
      for (const { report, verdict } of known) {
        if (report.readingId === readingId && verdict === 'held') note(changes.noLongerHeld, report)
      }
    }
    return toChanges(changes)
  }

  function insertJudged(deviceNo: number, { report, verdict }: Judged): void {
    const { event, readingId, place, receivedAt, epoch, seq } = report
    insertReport.run(
      deviceNo,
      event.id,
      verdict,
      event.to,
      event.quantity,
      isClosed(event),
      readingId,
      place,
      receivedAt,
      epoch,
      seq,
      event.type,
      event.from,
      encodeLabels(event),
    )
  }

  function writeEvent(
    deviceNo: number,
    { event, readingId, receivedAt, epoch, seq, place }: EventReport,
    { reports, last }: { readonly reports: number; readonly last: EventReport },
  ): void {
    noteIfLate(deviceNo, event)
    insertEvent.run(
      deviceNo,
      event.id,
      event.type,
      event.from,
      event.to,
      event.quantity,
      encodeLabels(event),
      1 - isClosed(event),
      readingId,
      receivedAt,
      epoch,
      seq,
      place,
      reports,
      last.receivedAt,
      last.epoch,
      last.seq,
    )
  }

  /** What followers of late changes see: an event ended, or no longer ends, where a document may rest on it. */
  function noteIfLate(deviceNo: number, event: UsageEvent): void {
    const { type, from, to, isOpen = false } = event
    noteLate.run(deviceNo, hourOf(to))
    noteLateRun.run(deviceNo, hourOf(from), hourOf(to) + HOUR_MS, isOpen ? 1 : 0, type)
  }

  /** A report that was held has a content that counts after all. */
  function release(deviceNo: number, { event, readingId, place }: EventReport): void {
    releaseReport.run(deviceNo, event.id, event.to, event.quantity, isClosed(event), readingId, place)
  }

  function findNeighbour(
    statement: typeof findBefore,
    deviceNo: number,
    { event }: EventReport,
  ): EventReport | undefined {
    const row = statement.get(deviceNo, event.id, event.to, event.quantity, isClosed(event))
    return row && toReport(row as ReportRow)
  }

  function readHeldAlike(deviceNo: number, { event, content }: EventReport): EventReport[] {
    const rows = listHeldAlike.all(deviceNo, event.id, event.to, event.quantity, isClosed(event))
    return (rows as ReportRow[]).map(toReport).filter((held) => held.content === content)
  }

  function readReports(deviceNo: number, eventId: string): Judged[] {
    const rows = listReports.all(deviceNo, eventId) as ReportRow[]
    return rows.map((row) => ({ report: toReport(row), verdict: row.verdict }))
  }

  return {
    storeEvents,
    withdrawEvents,

    /** Every reading of the device with a content that does not count, in (epoch, seq) order. */
    listConflicts(deviceNo: number): EventConflict[] {
      const conflicts = new Map<string, EventConflict>()
      for (const row of listHeld.all(deviceNo) as ReportRow[]) note(conflicts, toReport(row))
      return [...conflicts.values()]
    },

    /** Removes all events of the device, before they are derived again. */
    forgetEvents(deviceNo: number): void {
      for (const statement of forgetDevice) statement.run(deviceNo)
    },
  }
}

type Changes = { readonly [Kind in keyof EventChanges]: Map<string, EventConflict> }

function noChanges(): Changes {
  return { conflicts: new Map(), nowHeld: new Map(), noLongerHeld: new Map() }
}

function toChanges({ conflicts, nowHeld, noLongerHeld }: Changes): EventChanges {
  return {
    conflicts: [...conflicts.values()],
    nowHeld: [...nowHeld.values()],
    noLongerHeld: [...noLongerHeld.values()],
  }
}

/** One entry for a reading and an event, also if the reading reports it twice. */
function note(conflicts: Map<string, EventConflict>, report: EventReport): void {
  conflicts.set(keyOf(report), toConflict(report))
}

function keyOf({ readingId, event }: EventReport): string {
  return `${readingId} ${event.id}`
}

export function reportsOf({ id, epoch, seq, receivedAt, events }: ReportingReading): EventReport[] {
  return events.map((event, place) => ({
    readingId: id,
    epoch,
    seq,
    receivedAt,
    place,
    event,
    content: canonicalEvent(event),
  }))
}

function unjudged(report: EventReport) {
  return { report, verdict: undefined }
}

/** True if each of the ordered reports comes strictly after the one before it, and the first after all that are stored. */
function isAfterAll(row: EventRow, ordered: readonly EventReport[]): boolean {
  let last = [row.last_received_at, row.last_epoch, row.last_seq] as const
  for (const { receivedAt, epoch, seq } of ordered) {
    const order = receivedAt - last[0] || epoch - last[1] || seq - last[2]
    if (order <= 0) return false
    last = [receivedAt, epoch, seq]
  }
  return true
}

/** Both are links; then they rise in (epoch, seq). */
function isAbove(left: EventReport, right: EventReport): boolean {
  return (left.epoch - right.epoch || left.seq - right.seq) > 0
}

function isClosed({ isOpen }: UsageEvent): 0 | 1 {
  return isOpen === true ? 0 : 1
}

export function toConflict({ readingId, epoch, seq, receivedAt, event }: EventReport): EventConflict {
  const detail = `Usage event "${event.id}" was reported with other content by another reading; that one stands.`
  return { readingId, epoch, seq, receivedAt, eventId: event.id, detail }
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS
}
