/**
 * What a copy of the metering database holds, for the manifest of a backup: how much of everything, and which archive
 * files it points at. Reads a file that nobody else has open; any older schema will do.
 */
import { openSqlite } from '../../db/index.ts'
import type { OutcomeCounts } from '../metering-types.ts'

export type MeteringSnapshot = {
  /** Readings stored in the database itself. */
  readonly readings: number
  readonly outcomes: OutcomeCounts
}

export function readMeteringSnapshot(file: string): MeteringSnapshot {
  const database = openSqlite(file, { readOnly: true })
  try {
    const { readings } = database.prepare('SELECT count(*) AS readings FROM readings').get() as {
      readings: number
    }
    const rows = database.prepare('SELECT outcome, readings FROM outcome_counts').all()
    const outcomes = Object.fromEntries(rows.map((row) => [row['outcome'], row['readings']])) as OutcomeCounts
    return { readings, outcomes }
  } finally {
    database.close()
  }
}
