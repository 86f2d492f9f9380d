/**
 * Recompute: derives devices again from what was stored and compares with everything that is kept of the result.
 *
 * - A device is looked at in one read transaction, so that its readings and what was derived are of one moment. One that is
 *   still being judged is said to be; it is not compared.
 * - Differences come as data with a sentence each. None is expected, ever: one is a fault of this program or of the disk.
 * - Readings that are logged and not in the saved rows yet are looked at as well, with what they come to in memory.
 * - The work is one device at a time; nothing is written.
 */
import type { DatabaseSync } from 'node:sqlite'
import { formatInstant, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import { isEnvironmentalSqliteError } from '../../db/sqlite-index.ts'
import { meteringErrors } from '../errors.ts'
import type {
  OutcomeCounts,
  RecomputeDifference,
  RecomputedDevice,
  RecomputedTotals,
  RecomputeScope,
  RegisterAt,
  RegisterPoint,
} from '../metering-types.ts'
import { deriveDevice, type DerivedDevice } from './derive-device.ts'
import type { DerivedRow } from './derived-row.ts'
import { findDeviceRow, type DeviceRow } from './device-catalogue.ts'
import type { DeviceSeries } from './standing-times.ts'
import { openReadingLog } from './reading-log.ts'
import { openRegisterPoints } from './register-points.ts'
import { openStoredDerivation } from './stored-derivation.ts'
import { openUnsavedTails } from './unsaved-tail.ts'
import { openUsageReader, readRegisterAt } from './usage-reader.ts'
import { compareIdentity, firstIdentity } from '../usage/identity.ts'
import type { StoredReading } from '../usage/stored-reading.ts'

/** Differences that are kept of one device; all are counted. */
const MAX_KEPT = 1_000

/** What one run of recompute is about; handed back with every call, because the thread keeps nothing between calls. */
export type RecomputeRun = {
  readonly manufacturerId: ManufacturerId | undefined
  readonly deviceId: string | undefined
  readonly from: number | undefined
  /** The newest reading when the run began. */
  readonly lastReadingId: number
}

type SpanRow = { id: string; register: string; from_at: number; to_at: number }

export function openRecompute(database: DatabaseSync) {
  const readings = openReadingLog(database)
  const points = openRegisterPoints(database, readings)
  const stored = openStoredDerivation(database, points)
  const reader = openUsageReader(database)
  const findTail = openUnsavedTails(database)
  const isUnjudged = database.prepare('SELECT 1 FROM unjudged_devices WHERE device_no = ?')
  const nextDevice = database.prepare(
    `SELECT * FROM devices WHERE no > ? AND (? IS NULL OR manufacturer_id = ?) AND (? IS NULL OR id = ?)
     ORDER BY no LIMIT 1`,
  )
  const listPinned = database.prepare(
    `SELECT p.id, s.register, s.from_at, s.to_at FROM pinned_devices AS d
     JOIN pinned_spans AS s ON s.pin_no = d.pin_no AND s.device_no = d.device_no JOIN pins AS p ON p.no = d.pin_no
     WHERE d.device_no = ? ORDER BY s.pin_no, s.ordinal`,
  )
  const readLastId = database.prepare('SELECT coalesce(max(id), 0) AS id FROM readings')

  function recomputeDevice(
    row: DeviceRow,
    { from = -Infinity, lastReadingId }: RecomputeRun,
  ): RecomputedDevice {
    const deviceId = row.id as DeviceId
    const findings = createFindings(deviceId)
    let found: readonly StoredReading[] = []
    const isBeingJudged = isUnjudged.get(row.no) !== undefined
    try {
      const saved = reader.readSeries(row)
      const savedReadings = [...readings.scan(row.no, saved.state.head, firstIdentity)].flat()
      found = savedReadings
      if (!isBeingJudged) {
        const tail = findTail(saved)
        // Readings that are too far ahead lie behind the newest in the chain.
        found = savedReadings
          .concat(tail.readings)
          .sort((left, right) => compareIdentity(left, right) || left.id - right.id)
        const derived = deriveDevice(found, saved.facts)
        compareIdentities(found, findings)
        compareRows(stored.list(tail), derived.rows, from, findings)
        const isAllSaved = tail.readings.length === 0
        comparePins(
          saved,
          () => (isAllSaved ? derived : deriveDevice(savedReadings, saved.facts)),
          from,
          findings,
        )
      }
    } catch (error) {
      if (isEnvironmentalSqliteError(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      findings.add({
        what: 'device',
        stored: undefined,
        recomputed: undefined,
        sentence: `The device cannot be derived again: ${reason}`,
      })
    }
    return {
      kind: 'device',
      no: row.no,
      deviceId,
      manufacturerId: row.manufacturer_id as ManufacturerId,
      isBeingJudged,
      readings: found.length,
      readingsOfRun: found.filter(({ id }) => id <= lastReadingId).length,
      ...findings.list(),
    }
  }

  /** Pinned usage read through what is stored, against the points that were derived again. */
  function comparePins(
    series: DeviceSeries,
    derive: () => DerivedDevice,
    from: number,
    findings: Findings,
  ): void {
    const spans = listPinned.all(series.deviceNo) as SpanRow[]
    const derived = spans.length === 0 ? undefined : derive()
    for (const span of spans) {
      const { register } = span
      const definition = series.facts.definitions.get(register)
      if (definition === undefined || span.to_at <= from) continue
      const own = { ...series, register }
      for (const at of [span.from_at, span.to_at]) {
        const now = describeBorder(readRegisterAt(points, own, definition, at))
        const again = describeBorder(
          readRegisterAt(lookUpIn(derived?.points.get(register) ?? []), own, definition, at),
        )
        if (now === again) continue
        const name = `${register} at ${formatInstant(at)}, which pin "${span.id}" rests on`
        findings.addPair({ what: 'pinned_usage', name, register, at }, now, again)
      }
    }
  }

  return {
    /** @throws AppError `device_unknown` */
    begin({ deviceId, manufacturerId, from }: RecomputeScope): RecomputeRun {
      if (deviceId !== undefined) {
        const row = findDeviceRow(database, deviceId)
        const isOwn = manufacturerId === undefined || row?.manufacturer_id === manufacturerId
        if (row === undefined || !isOwn) {
          throw meteringErrors.device_unknown(`There is no device "${deviceId.slice(0, 64)}".`)
        }
      }
      return { manufacturerId, deviceId, from, lastReadingId: (readLastId.get() as { id: number }).id }
    },

    /** The device that follows the one with the number `afterNo`; undefined after the last one. */
    next(run: RecomputeRun, afterNo: number): RecomputedDevice | undefined {
      const { manufacturerId = null, deviceId = null } = run
      return inOneMoment(() => {
        const row = nextDevice.get(afterNo, manufacturerId, manufacturerId, deviceId, deviceId)
        return row && recomputeDevice(row as DeviceRow, run)
      })
    },

    /** What must add up over all devices. `readingsOfRun`: how many of the run's readings its devices had. */
    addUp({ lastReadingId }: RecomputeRun, readingsOfRun: number): RecomputedTotals {
      return inOneMoment(() => compareTotals(database, lastReadingId, readingsOfRun))
    },
  }

  function inOneMoment<Result>(read: () => Result): Result {
    database.exec('BEGIN')
    try {
      return read()
    } finally {
      database.exec('COMMIT')
    }
  }
}

type Finding = Omit<RecomputeDifference, 'deviceId'>
type Findings = ReturnType<typeof createFindings>

function createFindings(deviceId: DeviceId | undefined) {
  const kept: RecomputeDifference[] = []
  let count = 0
  function add(finding: Finding): void {
    count += 1
    if (kept.length < MAX_KEPT) kept.push({ deviceId, ...finding })
  }
  return {
    add,
    addPair(
      { name, ...about }: Omit<Finding, 'stored' | 'recomputed' | 'sentence'> & { readonly name: string },
      stored: string | undefined,
      recomputed: string | undefined,
    ): void {
      const sentence =
        stored === undefined
          ? `${name} is not stored; what follows is "${recomputed}".`
          : recomputed === undefined
            ? `${name} is stored as "${stored}" and does not follow.`
            : `${name} is stored as "${stored}"; what follows is "${recomputed}".`
      add({ ...about, stored, recomputed, sentence })
    },
    list: () => ({ differences: kept, differenceCount: count }),
  }
}

function compareRows(
  stored: Iterable<DerivedRow>,
  derived: readonly DerivedRow[],
  from: number,
  findings: Findings,
): void {
  const missing = new Map(derived.map((row) => [row.key, row]))
  const matched = new Set<string>()
  for (const row of stored) {
    const { key, text, until, ...about } = row
    const again = missing.get(key)
    missing.delete(key)
    const isTwice = matched.has(key)
    matched.add(key)
    if (Math.max(until, again?.until ?? -Infinity) < from || (again?.text === text && !isTwice)) continue
    findings.addPair(about, text, again?.text)
  }
  for (const { key: _key, text, until, ...about } of missing.values()) {
    if (until >= from) findings.addPair(about, undefined, text)
  }
}

/** A row of the log stands under the identity that its bytes say. */
function compareIdentities(found: readonly StoredReading[], findings: Findings): void {
  for (const { id, epoch, seq, reading } of found) {
    if (reading.epoch === epoch && reading.seq === seq) continue
    const about = { what: 'reading', name: `The identity of reading ${id}`, readingId: id } as const
    findings.addPair(about, `epoch ${epoch}, seq ${seq}`, `epoch ${reading.epoch}, seq ${reading.seq}`)
  }
}

function compareTotals(
  database: DatabaseSync,
  lastReadingId: number,
  readingsOfRun: number,
): RecomputedTotals {
  const findings = createFindings(undefined)
  const countOf = (sql: string, ...parameters: number[]) =>
    Number(database.prepare(sql).get(...parameters)?.['n'] ?? 0)
  const rows = database.prepare('SELECT outcome, readings FROM outcome_counts').all()
  const counts = Object.fromEntries(rows.map((row) => [row['outcome'], row['readings']])) as OutcomeCounts
  const { received, accepted, duplicate, held, rejected, pending } = counts
  const compare = (
    what: 'outcome_counts' | 'stored_readings',
    name: string,
    stored: number,
    again: number,
  ) => {
    if (stored !== again) findings.addPair({ what, name }, String(stored), String(again))
  }
  const archived = countOf('SELECT coalesce(sum(readings), 0) AS n FROM archives')
  const readings = archived + countOf('SELECT count(*) AS n FROM readings')
  const heldReadings = countOf('SELECT count(DISTINCT reading_id) AS n FROM holds WHERE is_decided = 0')
  const waiting = countOf('SELECT coalesce(sum(pending), 0) AS n FROM unjudged_devices')
  compare('outcome_counts', 'The count of held readings', held, heldReadings)
  compare('outcome_counts', 'The count of pending readings', pending, waiting)
  compare(
    'outcome_counts',
    'The count of accepted, held and pending readings',
    accepted + held + pending,
    readings,
  )
  const sum = accepted + duplicate + held + rejected + pending
  compare('outcome_counts', 'The count of received readings', received, sum)
  const ofRun = archived + countOf('SELECT count(*) AS n FROM readings WHERE id <= ?', lastReadingId)
  compare('stored_readings', 'The number of readings in the log', ofRun, readingsOfRun)
  return { kind: 'totals', readings, counts, ...findings.list() }
}

function lookUpIn(points: readonly RegisterPoint[]) {
  return {
    lastPointUpTo: (_series: unknown, at: number) => points.findLast((point) => point.at <= at),
    firstPointAfter: (_series: unknown, at: number) => points.find((point) => point.at > at),
  }
}

function describeBorder({ value, before, after, isEstimated }: RegisterAt): string {
  return `${value} between ${describePoint(before)} and ${describePoint(after)}${isEstimated ? ', estimated' : ''}`
}

function describePoint(point: RegisterPoint | undefined): string {
  return point === undefined ? 'nothing' : `${point.value} at ${formatInstant(point.at)}`
}
