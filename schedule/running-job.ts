/**
 * One job in this process: at most one run at a time, and at most one more that a poke asked for meanwhile.
 *
 * The two kinds differ in `begin`: what must be done before a run (a claim in the ledger, or nothing) and what to do with
 * its result. `begin` never rejects.
 */
import type { Transaction } from 'kysely'
import type { LedgerTables } from '../db/index.ts'
import { scheduleErrors } from './errors.ts'
import type { JobState } from './schedule-types.ts'

export type Note = (transaction: Transaction<LedgerTables>) => Promise<void>

export type RunningJob = {
  runDue(hasClockGoneBack: boolean): Promise<void>
  poke(): void
  ask(note: Note): Promise<void>
  describe(): Promise<JobState>
  close(): Promise<void>
}

export type Turns = {
  isRunning(): boolean
  /** Resolves when the turn has ended; without effect while another is under way. */
  take(turn: () => Promise<void>): Promise<void>
  /** Takes the turn at once or after the one under way; without effect if another waits already. */
  poke(turn: () => Promise<void>): void
  /** The same, but whatever waits. */
  queue(turn: () => Promise<void>): void
  close(): Promise<void>
}

export function createTurns(): Turns {
  let current: Promise<void> | undefined
  const waiting: (() => Promise<void>)[] = []
  let isClosed = false

  async function work(turn: () => Promise<void>): Promise<void> {
    let next: (() => Promise<void>) | undefined = turn
    while (next !== undefined) {
      await next()
      next = isClosed ? undefined : waiting.shift()
    }
    current = undefined
  }

  async function take(turn: () => Promise<void>): Promise<void> {
    if (isClosed || current !== undefined) return
    current = work(turn)
    await current
  }

  function queue(turn: () => Promise<void>): void {
    if (current === undefined) void take(turn)
    else waiting.push(turn)
  }

  return {
    isRunning: () => current !== undefined,
    take,
    queue,
    poke(turn) {
      if (waiting.length === 0) queue(turn)
    },
    async close() {
      isClosed = true
      await current
    },
  }
}

export function refuseRunning(name: string): never {
  throw scheduleErrors.job_running(`Wait until "${name}" has ended its run, then ask again.`)
}
