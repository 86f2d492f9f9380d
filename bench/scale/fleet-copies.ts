/**
 * Fills a metering database with the readings of a large fleet, as if each of its devices had sent the same stream.
 *
 * One device's readings go through the real code into a database of their own, the pattern; every row that they became is
 * then written once per device of the fleet, by SQL, with the device's number and reading ids in place of the pattern's. What a
 * reading becomes is thus never said twice, and what is said here, where an id may stand, is tested against what the
 * real code derives from the same log (`fleet-copies.db.test.ts`).
 *
 * Readings lie in the order in which a fleet reports: the first of every device, then the second of every device, so that the
 * chain of a device is scattered over the whole table. Slots and blocks lie packed in key order; in life their pages are less full.
 */
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant } from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'

/** A point in a device's state: its value alone, or with time, reading id and more behind it. */
type StoredPoint = string | [value: string, at: number, readingId: number | null, ...rest: unknown[]]
type StateDocument = {
  readonly head: [epoch: number, seq: number, readingId: number]
  readonly slots: Readonly<Record<string, [slotAt: number, ...points: StoredPoint[]]>>
}

/** Where the pattern's n-th reading (from 1) of the device with this number (from 1) is. */
function readingIdOf(patternId: number, deviceNo: number, deviceCount: number): number {
  return (patternId - 1) * deviceCount + deviceNo
}

/** The state of the pattern's device with every reading id replaced. */
function copyState(text: string, toId: (patternId: number) => number): string {
  const state = JSON.parse(text) as StateDocument
  const [epoch, seq, headId] = state.head
  const copyPoint = (point: StoredPoint): StoredPoint => {
    if (typeof point === 'string' || point[2] === null) return point
    const [value, at, id, ...rest] = point
    return [value, at, toId(id), ...rest]
  }
  const slots = Object.fromEntries(
    Object.entries(state.slots).map(([register, [slotAt, ...points]]) => [
      register,
      [slotAt, ...points.map(copyPoint)],
    ]),
  )
  return JSON.stringify({ ...state, head: [epoch, seq, toId(headId)], slots })
}

export type FleetCopy = {
  /** Has devices and no readings. */
  readonly file: string
  /** Has one device, whose readings have the ids from 1 on without a gap, all accepted and saved. */
  readonly patternFile: string
  /** Devices of the fleet; those that the file has become some of them, spread over all. */
  readonly deviceCount: number
}

/** Makes the fleet and gives it the pattern's readings. Returns how many are stored. */
export function copyFleet({ file, patternFile, deviceCount }: FleetCopy): number {
  const database = openSqlite(file)
  try {
    // What is interrupted is thrown away.
    database.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF')
    database.prepare('ATTACH ? AS pattern').run(patternFile)
    addDevices(database, deviceCount)
    copyRows(database, deviceCount)
    copyStates(database, deviceCount)
    const stored = Number(database.prepare('SELECT count(*) AS n FROM readings').get()?.['n'])
    assertInvariant(stored > 0, 'The pattern has readings.')
    database
      .prepare("UPDATE outcome_counts SET readings = ? WHERE outcome IN ('received', 'accepted')")
      .run(stored)
    database.prepare("INSERT OR REPLACE INTO cursors VALUES ('checkpoint', ?)").run(stored)
    database.exec('DETACH pattern')
    return stored
  } finally {
    database.close()
  }
}

/** Devices have the numbers 1 to `deviceCount` afterwards. */
function addDevices(database: DatabaseSync, deviceCount: number): void {
  const known = database.prepare('SELECT no FROM devices ORDER BY no DESC').all() as { no: number }[]
  const stride = Math.floor(deviceCount / known.length)
  database.exec('BEGIN')
  // From the last on, so that no number is taken twice on the way.
  for (const [index, { no }] of known.entries()) {
    const spread = (known.length - 1 - index) * stride + 1
    for (const [table, column] of [
      ['devices', 'no'],
      ['device_secrets', 'device_no'],
      ['device_presence', 'device_no'],
    ]) {
      database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).run(spread, no)
    }
  }
  const columns = (
    database.prepare('SELECT name FROM pragma_table_info(?)').all('devices') as { name: string }[]
  )
    .map(({ name }) => name)
    .filter((name) => name !== 'no' && name !== 'id')
    .join(', ')
  database
    .prepare(
      `WITH RECURSIVE fleet (no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM fleet WHERE no < ?)
       INSERT INTO devices (no, id, ${columns})
       SELECT fleet.no, 'fleet-' || fleet.no, ${columns} FROM fleet JOIN (SELECT ${columns} FROM devices WHERE no = 1)
       WHERE fleet.no NOT IN (SELECT no FROM devices)`,
    )
    .run(deviceCount)
  database.exec('COMMIT')
}

/** The loops are nested as written (CROSS JOIN), so that every table is written in the order of its key. */
function copyRows(database: DatabaseSync, deviceCount: number): void {
  const id = (column: string) => `(p.${column} - 1) * ${deviceCount} + d.no`
  const fleet = '(SELECT no FROM devices)'
  database.exec(
    `INSERT INTO readings (id, device_no, epoch, seq, received_at, previous_id, raw)
     SELECT ${id('id')}, d.no, p.epoch, p.seq, p.received_at, ${id('previous_id')}, p.raw
     FROM pattern.readings AS p CROSS JOIN devices AS d ORDER BY p.id, d.no`,
  )
  database.exec(
    `INSERT INTO reading_blocks (device_no, epoch, block, reading_id)
     SELECT d.no, p.epoch, p.block, ${id('reading_id')}
     FROM ${fleet} AS d CROSS JOIN pattern.reading_blocks AS p ORDER BY d.no, p.epoch, p.block`,
  )
  database.exec(
    `INSERT INTO slots (device_no, register, slot_at, first_at, first_value, first_shown, first_reading_id,
       last_at, last_value, last_shown, last_reading_id, placed)
     SELECT d.no, p.register, p.slot_at, p.first_at, p.first_value, p.first_shown, ${id('first_reading_id')},
       p.last_at, p.last_value, p.last_shown, ${id('last_reading_id')}, p.placed
     FROM ${fleet} AS d CROSS JOIN pattern.slots AS p ORDER BY d.no, p.register, p.slot_at`,
  )
}

function copyStates(database: DatabaseSync, deviceCount: number): void {
  const { state } = database.prepare('SELECT state FROM pattern.device_progress').get() as { state: string }
  const insert = database.prepare('INSERT INTO device_progress (device_no, state) VALUES (?, ?)')
  database.exec('BEGIN')
  for (let no = 1; no <= deviceCount; no += 1) {
    insert.run(
      no,
      copyState(state, (patternId) => readingIdOf(patternId, no, deviceCount)),
    )
  }
  database.exec('COMMIT')
}
