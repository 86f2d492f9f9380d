/**
 * A job of the calendar: once for each due instant over all processes that share the ledger (`job-rows.ts`).
 *
 * Between due instants the ledger is not asked: `lookAt` says when it is worth it. A run renews its lease every minute.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { MINUTE_MS, type Clock } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { describeFailure } from './describe-failure.ts'
import { nextDueAfter } from './due-instants.ts'
import { claimJob, finishRun, lastDueOf, leaseOf, renewClaim, type Claim } from './job-rows.ts'
import { createTurns, refuseRunning, type Note, type RunningJob } from './running-job.ts'
import type { Job } from './schedule-types.ts'

type CalendarJobOptions = Extract<Job, { readonly calendar: unknown }> & {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  /** This process. */
  readonly holder: string
  readonly log: Logger
}

export function createCalendarJob(options: CalendarJobOptions): RunningJob {
  const { name, calendar, run, ledger, clock, holder, log } = options
  const turns = createTurns()
  let lookAt = 0

  /** Undefined when it is not to be run now. */
  async function claim(isAsked: boolean, note?: Note): Promise<Claim | undefined> {
    const attempt = await ledger.transaction().execute(async (transaction) => {
      const now = clock.now()
      const found = await claimJob(transaction, { name, calendar, holder, now, isAsked })
      if (found.kind === 'claimed') await note?.(transaction)
      return found
    })
    if (attempt.kind === 'held') lookAt = attempt.until
    if (attempt.kind === 'not_due') lookAt = attempt.nextAt ?? Infinity
    return attempt.kind === 'claimed' ? attempt.claim : undefined
  }

  async function runClaimed(claimed: Claim): Promise<void> {
    lookAt = 0
    const renewing = setInterval(() => {
      renewClaim(ledger, name, holder, clock.now()).catch((error: unknown) => {
        log.error({ err: error, job: name }, 'the lease of a job could not be renewed')
      })
    }, MINUTE_MS)
    const result = await run(claimed).then(
      (detail) => ({ outcome: 'done' as const, detail }),
      (error: unknown) => {
        log.error({ err: error, job: name }, 'a job failed; it runs again at its next instant')
        return { outcome: 'failed' as const, detail: describeFailure(error) }
      },
    )
    clearInterval(renewing)
    await finishRun(ledger, name, holder, { ...result, at: clock.now() })
  }

  async function attemptRun(isAsked: boolean): Promise<void> {
    try {
      const claimed = await claim(isAsked)
      if (claimed !== undefined) await runClaimed(claimed)
    } catch (error) {
      reportLedger(error)
    }
  }

  function reportLedger(error: unknown): void {
    log.error({ err: error, job: name }, 'the ledger took no claim or no end of a run')
  }

  return {
    async runDue(hasClockGoneBack) {
      if (hasClockGoneBack) lookAt = 0
      if (clock.now() >= lookAt) await turns.take(() => attemptRun(false))
    },
    poke: () => turns.poke(() => attemptRun(true)),
    async ask(note) {
      if (turns.isRunning()) refuseRunning(name)
      const claimed = await claim(true, note)
      if (claimed === undefined) refuseRunning(name)
      turns.queue(() => runClaimed(claimed).catch(reportLedger))
    },
    async describe() {
      const row = await ledger.selectFrom('jobs').selectAll().where('name', '=', name).executeTakeFirst()
      const now = clock.now()
      return {
        name,
        schedule: `${calendar.cron} ${calendar.timeZone}`,
        lastStartedAt: row?.last_started_at ?? undefined,
        lastFinishedAt: row?.last_finished_at ?? undefined,
        lastOutcome: row?.last_outcome ?? undefined,
        lastDetail: row?.last_detail ?? undefined,
        nextRunAt: nextDueAfter(calendar, row === undefined ? now : lastDueOf(row, now)),
        isRunning: row !== undefined && leaseOf(row, now) !== undefined,
      }
    },
    close: () => turns.close(),
  }
}
