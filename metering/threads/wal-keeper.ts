/**
 * Keeps the write-ahead log short without making a commit wait for it: after commits, but not more often than `PASS_MS`, a
 * thread of its own moves the log into the database file; when little is left, the writer moves the rest, and the log begins
 * anew. The thread starts only once there is a log worth moving.
 */
import { stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { WalState } from '../../db/sqlite-index.ts'

const PASS_MS = 250
const PAGE_BYTES = 4_096
/** About 4 MiB; SQLite's own measure. */
const WORTH_MOVING_PAGES = 1_000
/** So few take the writer a few milliseconds. */
const LITTLE_PAGES = 250

export type WalKeeperParts = {
  readonly file: string
  /** Moves what it can, on a thread of its own. */
  readonly checkpoint: () => Promise<WalState>
  /** Moves the rest between two commits. */
  readonly finish: () => Promise<unknown>
  readonly log: Logger
}

export function createWalKeeper({ file, checkpoint, finish, log }: WalKeeperParts) {
  let nextAt = 0
  let underWay: Promise<void> | undefined

  async function pass(): Promise<void> {
    try {
      const { size } = await stat(`${file}-wal`)
      if (size < WORTH_MOVING_PAGES * PAGE_BYTES) return
      const { pages, movedPages } = await checkpoint()
      if (pages >= WORTH_MOVING_PAGES && pages - movedPages <= LITTLE_PAGES) await finish()
    } catch (error) {
      // Nothing is lost by it: the log stays, and the next pass tries again.
      log.warn({ err: error }, 'the write-ahead log could not be moved into the database file')
    } finally {
      nextAt = performance.now() + PASS_MS
      underWay = undefined
    }
  }

  return {
    afterCommit(): void {
      if (underWay === undefined && performance.now() >= nextAt) underWay = pass()
    },
    /** Resolves when no pass is under way. */
    whenIdle: (): Promise<void> => underWay ?? Promise.resolve(),
  }
}
