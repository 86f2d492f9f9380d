/**
 * Moving what the write-ahead log holds into the database file, apart from the commits that put it there.
 *
 * SQLite does it inside whichever COMMIT finds the log long enough, and that commit, with everybody who waits for it, then takes
 * tens of milliseconds, after a long read hundreds. So a busy writer leaves it to another connection (`deferCheckpoints`,
 * `checkpointWal`), which holds nobody up. The log begins anew only with a commit that finds all of it moved, and beside a
 * busy writer the other connection is always a little behind: now and then the writer moves that little itself.
 */
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant } from '../core/index.ts'

/** Beyond so many pages of 4 KiB the writer does it in its own commit all the same: nothing grows without bound. */
const MOST_PAGES = 16_384

export type WalState = {
  /** Pages in the log. */
  readonly pages: number
  /** How many of them the database file holds too. */
  readonly movedPages: number
}

export function deferCheckpoints(database: DatabaseSync): void {
  database.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`)
}

/** Moves what no reader still needs; waits for nobody. */
export function checkpointWal(database: DatabaseSync): WalState {
  const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
  assertInvariant(row !== undefined, 'SQLite answers a checkpoint with its counts.')
  return { pages: Number(row['log']), movedPages: Number(row['checkpointed']) }
}
