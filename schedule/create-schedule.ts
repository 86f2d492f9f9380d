/**
 * Runs jobs when they fall due: each alone, the failure of one no matter for the others.
 *
 * The clock is asked once a second, never waited for: one that jumps over a due instant leads to one run, one that jumps
 * back to none. A job that fails is shown and runs again at its next instant; nothing stops the process.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { encodeBase32, SECOND_MS, type Clock, type RandomBytes } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { createCalendarJob } from './calendar-job.ts'
import { scheduleErrors } from './errors.ts'
import { createPauseJob } from './pause-job.ts'
import type { RunningJob } from './running-job.ts'
import type { Job, Schedule } from './schedule-types.ts'

export type ScheduleOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly jobs: readonly Job[]
}

export function createSchedule({ ledger, clock, randomBytes, log, jobs }: ScheduleOptions): Schedule {
  const holder = encodeBase32(randomBytes(16))
  const running = new Map<string, RunningJob>(
    jobs.map((job) => [
      job.name,
      'calendar' in job
        ? createCalendarJob({ ...job, ledger, clock, holder, log })
        : createPauseJob({ ...job, ledger, clock, log }),
    ]),
  )
  let timer: NodeJS.Timeout | undefined
  let lastLookAt = clock.now()
  let isClosed = false

  function getJob(name: string): RunningJob {
    const job = running.get(name)
    if (job === undefined) {
      throw scheduleErrors.job_unknown(`Use a name from the list of jobs; "${name.slice(0, 64)}" is none.`)
    }
    return job
  }

  async function runDue(): Promise<void> {
    const now = clock.now()
    const hasGoneBack = now < lastLookAt
    lastLookAt = now
    await Promise.all([...running.values()].map((job) => job.runDue(hasGoneBack)))
  }

  return {
    start() {
      timer = setInterval(() => void runDue(), SECOND_MS)
    },
    runDue,
    poke(name) {
      const job = getJob(name)
      if (!isClosed) job.poke()
    },
    ask: async (name, note) => await getJob(name).ask(note),
    list: () => Promise.all([...running.values()].map((job) => job.describe())),
    async close() {
      isClosed = true
      clearInterval(timer)
      await Promise.all([...running.values()].map((job) => job.close()))
    },
  }
}
