/**
 * How much the metering store holds of each kind, and from when: for operators, sampled about once a minute.
 *
 * Every figure costs a bounded number of rows, however large the store is: row ids tell how many rows were ever appended, the ends
 * of a table how old it is, and where neither does, a fixed sample is counted. So some figures are estimates, which
 * `isEstimate` says. Nothing is billed or decided by them. Each figure is read by a statement of its own, so that no read
 * transaction pins the write-ahead log.
 */
import type { DatabaseSync } from 'node:sqlite'

export const storeKinds = ['readings', 'slots', 'holds', 'quarantine', 'changes', 'archives'] as const
export type StoreKind = (typeof storeKinds)[number]

export type KindFigures = {
  readonly rows: number
  readonly isEstimate: boolean
  /** Undefined while there are no rows. */
  readonly oldestAt: number | undefined
  readonly newestAt: number | undefined
}

export type StoreFigures = {
  /** Of kind `archives` the rows are readings in archive files. */
  readonly kinds: Readonly<Record<StoreKind, KindFigures>>
  /** Of the newest 100,000 holds those that wait for a decision. */
  readonly openHolds: number
  readonly devices: number
  readonly archiveFiles: number
  readonly archiveBytes: number
  /** Space inside the file that deleted rows left and new ones will take. */
  readonly freeBytes: number
}

/** Counting stops here; a table that large is reported as this many rows. */
const MAX_COUNTED = 100_000
const SAMPLED_DEVICES = 32
const MAX_SLOTS_PER_DEVICE = 2_000

type Ends = { first: number | null; last: number | null }

export function openStoreFigures(database: DatabaseSync) {
  const endsOf = (table: string) =>
    database.prepare(`SELECT (SELECT min(id) FROM ${table}) AS first, (SELECT max(id) FROM ${table}) AS last`)
  const ageOf = (table: string, column: string) =>
    database.prepare(`SELECT ${column} AS at FROM ${table} WHERE id = ?`)

  const tables = {
    readings: { ends: endsOf('readings'), age: ageOf('readings', 'received_at') },
    quarantine: { ends: endsOf('quarantine'), age: ageOf('quarantine', 'received_at') },
    changes: { ends: endsOf('usage_changes'), age: ageOf('usage_changes', 'to_at') },
    holds: { ends: endsOf('holds'), age: ageOf('holds', 'held_at') },
  }
  const countHolds = database.prepare(
    `SELECT count(*) AS n, count(*) FILTER (WHERE is_decided = 0) AS open
     FROM (SELECT is_decided FROM holds ORDER BY id DESC LIMIT ${MAX_COUNTED})`,
  )
  const lastDevice = database.prepare('SELECT max(no) AS last FROM devices')
  const sampleSlots = database.prepare(
    `SELECT count(*) AS n, min(slot_at) AS first, max(slot_at) AS last
     FROM (SELECT slot_at FROM slots WHERE device_no = ? LIMIT ${MAX_SLOTS_PER_DEVICE})`,
  )
  const archives = database.prepare(
    `SELECT count(*) AS files, coalesce(sum(size_bytes), 0) AS bytes, coalesce(sum(readings), 0) AS readings,
       min(oldest_received_at) AS first, max(newest_received_at) AS last FROM archives`,
  )
  const freePages = database.prepare('PRAGMA freelist_count')
  const pageSize = database.prepare('PRAGMA page_size')

  function agesOf({ ends, age }: (typeof tables)['readings']) {
    const { first, last } = ends.get() as Ends
    const at = (id: number | null) =>
      id === null ? undefined : (age.get(id) as { at: number } | undefined)?.at
    return { first, last, oldestAt: at(first), newestAt: at(last) }
  }

  /** Rows that are only ever appended, and removed at most from the old end: their ids have no gaps. */
  function appended(table: (typeof tables)['readings']): KindFigures {
    const { first, last, oldestAt, newestAt } = agesOf(table)
    const rows = first === null || last === null ? 0 : last - first + 1
    return { rows, isEstimate: false, oldestAt, newestAt }
  }

  /** Ids begin at 1 and have no gaps; what is missing of them was archived. */
  function readings(archivedReadings: number): KindFigures {
    const { last, oldestAt, newestAt } = agesOf(tables.readings)
    return { rows: (last ?? 0) - archivedReadings, isEstimate: false, oldestAt, newestAt }
  }

  function holds(rows: number): KindFigures {
    const { oldestAt, newestAt } = agesOf(tables.holds)
    return { rows, isEstimate: rows === MAX_COUNTED, oldestAt, newestAt }
  }

  function slots(devices: number): KindFigures {
    const step = Math.max(1, devices / SAMPLED_DEVICES)
    let sampled = 0
    let counted = 0
    let oldestAt = Infinity
    let newestAt = -Infinity
    let isCut = false
    for (let place = 1; Math.floor(place) <= devices; place += step) {
      const { n, first, last } = sampleSlots.get(Math.floor(place)) as Ends & { n: number }
      sampled += 1
      counted += n
      isCut ||= n === MAX_SLOTS_PER_DEVICE
      oldestAt = Math.min(oldestAt, first ?? Infinity)
      newestAt = Math.max(newestAt, last ?? -Infinity)
    }
    return {
      rows: sampled === 0 ? 0 : Math.round((counted * devices) / sampled),
      isEstimate: isCut || sampled < devices,
      oldestAt: counted === 0 ? undefined : oldestAt,
      newestAt: counted === 0 ? undefined : newestAt,
    }
  }

  return {
    readStoreFigures(): StoreFigures {
      const devices = (lastDevice.get() as { last: number | null }).last ?? 0
      const held = countHolds.get() as { n: number; open: number }
      const archived = archives.get() as Ends & { files: number; bytes: number; readings: number }
      const bytesPerPage = Number(pageSize.get()?.['page_size'])
      return {
        kinds: {
          readings: readings(archived.readings),
          slots: slots(devices),
          holds: holds(held.n),
          quarantine: appended(tables.quarantine),
          changes: appended(tables.changes),
          archives: {
            rows: archived.readings,
            isEstimate: false,
            oldestAt: archived.first ?? undefined,
            newestAt: archived.last ?? undefined,
          },
        },
        openHolds: held.open,
        devices,
        archiveFiles: archived.files,
        archiveBytes: archived.bytes,
        freeBytes: Number(freePages.get()?.['freelist_count']) * bytesPerPage,
      }
    },
  }
}
