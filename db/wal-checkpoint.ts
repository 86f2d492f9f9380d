/**
 * Moving what the write-ahead log holds into the database file, apart from the commits that put it there.
 *
 * SQLite does it inside whichever COMMIT finds the log long enough, and that commit, with everybody who waits for it, then takes
 * tens of milliseconds, after a long read hundreds. So a busy writer leaves it to another connection (`deferCheckpoints`,
 * `checkpointWal`), which holds nobody up. The log begins anew only with a commit that finds all of it moved, and beside a
 * busy writer the other connection is always a little behind: now and then the writer moves that little itself.
 */
import { statfsSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant } from '../core/index.ts'

const PAGE_BYTES = 4_096
/** SQLite's own measure. */
const FEWEST_PAGES = 1_000
const MOST_PAGES = 16_384
/** Of what is free on the disk the log may take so much. A disk that the log has filled has no room to move it to. */
const SHARE_OF_FREE = 1 / 8

export type WalState = {
  /** Pages in the log. */
  readonly pages: number
  /** How many of them the database file holds too. */
  readonly movedPages: number
}

/**
 * Beyond 4 to 64 MiB, by what the disk has free now, the writer moves the log in its own commit all the same: nothing grows
 * without bound. To be called again now and then, since disks fill.
 */
export function deferCheckpoints(database: DatabaseSync): void {
  const file = database.location()
  assertInvariant(file !== null, 'A database with a write-ahead log is a file.')
  const { bavail, bsize } = statfsSync(path.dirname(file))
  const affordable = Math.floor((bavail * bsize * SHARE_OF_FREE) / PAGE_BYTES)
  database.exec(`PRAGMA wal_autocheckpoint = ${Math.min(Math.max(affordable, FEWEST_PAGES), MOST_PAGES)}`)
}

/** Moves what no reader still needs; waits for nobody. */
export function checkpointWal(database: DatabaseSync): WalState {
  const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
  assertInvariant(row !== undefined, 'SQLite answers a checkpoint with its counts.')
  return { pages: Number(row['log']), movedPages: Number(row['checkpointed']) }
}
