/**
 * What a copy of the metering database holds, for the manifest of a backup: how much of everything, and which archive
 * files it points at. Reads a file that nobody else has open; any older schema will do.
 */
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../db/sqlite-index.ts'
import type { OutcomeCounts } from '../metering-types.ts'

export type MeteringSnapshot = {
  /** Readings stored in the database itself. */
  readonly readings: number
  readonly archivedReadings: number
  readonly outcomes: OutcomeCounts
  /** Paths relative to the database's folder. */
  readonly archives: readonly { readonly file: string; readonly sizeBytes: number; readonly sha256: string }[]
}

export function readMeteringSnapshot(file: string): MeteringSnapshot {
  const database = openSqlite(file, { readOnly: true })
  try {
    const { readings } = database.prepare('SELECT count(*) AS readings FROM readings').get() as {
      readings: number
    }
    const rows = database.prepare('SELECT outcome, readings FROM outcome_counts').all()
    const outcomes = Object.fromEntries(rows.map((row) => [row['outcome'], row['readings']])) as OutcomeCounts
    const archives = listArchives(database)
    return {
      readings,
      archivedReadings: archives.reduce((sum, archive) => sum + archive.readings, 0),
      outcomes,
      archives: archives.map(({ readings: _count, ...archive }) => archive),
    }
  } finally {
    database.close()
  }
}

function listArchives(database: DatabaseSync) {
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'archives'").get() !== undefined
  if (!hasTable) return []
  const rows = database.prepare('SELECT file, size_bytes, sha256, readings FROM archives ORDER BY no').all()
  return rows.map((row) => ({
    file: path.posix.join('archives', String(row['file'])),
    sizeBytes: Number(row['size_bytes']),
    sha256: String(row['sha256']),
    readings: Number(row['readings']),
  }))
}
