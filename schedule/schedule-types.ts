/** The words of the schedule's face. */
import type { Transaction } from 'kysely'
import type { LedgerTables } from '../db/index.ts'
import type { Calendar } from './due-instants.ts'
import type { Claim } from './job-rows.ts'

type JobCommon = {
  readonly name: string
  /** What it did, in a sentence for the list, or nothing. What it throws ends this run only. */
  readonly run: (claim: Claim) => Promise<string | undefined>
}

/**
 * A job of the calendar runs once for each instant that falls due, whichever process does it; a job with a pause runs in
 * this process again and again, with so many milliseconds between a run's end and the next, and is remembered in memory.
 */
export type Job = JobCommon & ({ readonly calendar: Calendar } | { readonly everyMs: number })

export type JobState = {
  readonly name: string
  /** For people: "* * * * * UTC" or "every 5 s". */
  readonly schedule: string
  readonly lastStartedAt: number | undefined
  readonly lastFinishedAt: number | undefined
  readonly lastOutcome: 'done' | 'failed' | undefined
  readonly lastDetail: string | undefined
  readonly nextRunAt: number | undefined
  readonly isRunning: boolean
}

export type Schedule = {
  /** Begins to look, once a second, for what has fallen due. */
  start(): void
  /** Looks once and resolves when what it began has ended; for tests, and what `start` does. */
  runDue(): Promise<void>
  /** Runs the job now, or once more right after the run under way. @throws AppError `job_unknown` */
  poke(name: string): void
  /**
   * Begins a run that somebody asked for. `note` writes why in the transaction of the claim.
   * @throws AppError `job_unknown`, `job_running`
   */
  ask(name: string, note: (transaction: Transaction<LedgerTables>) => Promise<void>): Promise<void>
  list(): Promise<readonly JobState[]>
  /** Waits for the runs under way and starts no other. */
  close(): Promise<void>
}
