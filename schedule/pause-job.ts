/**
 * A job that runs again a while after it has ended, in this process only: for pushers that claim what they push by
 * themselves. It costs the ledger nothing while there is nothing to do; what is known of its runs ends with the process.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { SECOND_MS, type Clock } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { describeFailure } from './describe-failure.ts'
import { createTurns, refuseRunning, type RunningJob } from './running-job.ts'
import type { Job, JobState } from './schedule-types.ts'

type PauseJobOptions = Extract<Job, { readonly everyMs: number }> & {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly log: Logger
}

export function createPauseJob({ name, everyMs, run, ledger, clock, log }: PauseJobOptions): RunningJob {
  const turns = createTurns()
  let nextRunAt = clock.now() + everyMs
  let last: Pick<JobState, 'lastStartedAt' | 'lastFinishedAt' | 'lastOutcome' | 'lastDetail'> = {
    lastStartedAt: undefined,
    lastFinishedAt: undefined,
    lastOutcome: undefined,
    lastDetail: undefined,
  }

  async function turn(): Promise<void> {
    last = { ...last, lastStartedAt: clock.now() }
    try {
      const lastDetail = await run({ dueAt: undefined, missed: 0 })
      last = { ...last, lastOutcome: 'done', lastDetail }
    } catch (error) {
      log.error({ err: error, job: name }, 'a job failed; it runs again after its pause')
      last = { ...last, lastOutcome: 'failed', lastDetail: describeFailure(error) }
    }
    last = { ...last, lastFinishedAt: clock.now() }
    nextRunAt = clock.now() + everyMs
  }

  return {
    async runDue() {
      const now = clock.now()
      // A clock that was set back must not stretch the pause.
      nextRunAt = Math.min(nextRunAt, now + everyMs)
      if (now >= nextRunAt) await turns.take(turn)
    },
    poke: () => turns.poke(turn),
    async ask(note) {
      if (turns.isRunning()) refuseRunning(name)
      await ledger.transaction().execute(note)
      turns.poke(turn)
    },
    describe: async () => ({
      name,
      schedule: `every ${everyMs / SECOND_MS} s`,
      ...last,
      nextRunAt,
      isRunning: turns.isRunning(),
    }),
    close: () => turns.close(),
  }
}
