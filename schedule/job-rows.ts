/**
 * Who takes which due instant of a job: decided in the ledger, in one transaction, so that of two processes one runs it.
 *
 * A run holds its job for a lease and renews it. A process that died leaves a lease that runs out; whoever finds it so
 * runs the same due instant again, so a job must bear to be run twice in that case. A lease or a due instant that lies further
 * ahead than it can is the trace of a clock that was wrong and counts as past.
 */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { DAY_MS, MINUTE_MS } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { dueInstants, lastDueWithin, nextDueAfter, type Calendar } from './due-instants.ts'

const LEASE_MS = 5 * MINUTE_MS
/** Counting more of them would take longer than anybody gains by it. */
const MAX_COUNTED = 1_000

export type JobRow = Selectable<LedgerTables['jobs']>

export type Claim = {
  /** The newest instant that fell due; undefined for a run that somebody asked for. */
  readonly dueAt: number | undefined
  /** How many earlier instants fell due and were not run, 1,000 at most. */
  readonly missed: number
}

export type Attempt =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'held'; readonly until: number }
  | { readonly kind: 'not_due'; readonly nextAt: number | undefined }

export type ClaimInput = {
  readonly name: string
  readonly calendar: Calendar
  readonly holder: string
  readonly now: number
  /** Runs it also when nothing has fallen due. */
  readonly isAsked: boolean
}

export async function claimJob(transaction: Transaction<LedgerTables>, input: ClaimInput): Promise<Attempt> {
  const { name, calendar, holder, now, isAsked } = input
  const row = await findOrCreateRow(transaction, name, now)
  const heldUntil = leaseOf(row, now)
  if (heldUntil !== undefined) return { kind: 'held', until: heldUntil }
  const after = lastDueOf(row, now)
  const dueAt = lastDueWithin(calendar, after + 1, now + 1)
  const wasAbandoned = row.held_by !== null
  if (dueAt === undefined && !isAsked && !wasAbandoned) {
    return { kind: 'not_due', nextAt: nextDueAfter(calendar, after) }
  }
  await transaction
    .updateTable('jobs')
    .set({
      last_due_at: dueAt ?? after,
      last_started_at: now,
      held_by: holder,
      held_until_at: now + LEASE_MS,
    })
    .where('name', '=', name)
    .execute()
  const missed =
    dueAt === undefined
      ? 0
      : Math.max(0, dueInstants(calendar, after + 1, now + 1, MAX_COUNTED + 1).length - 1)
  return { kind: 'claimed', claim: { dueAt: dueAt ?? (wasAbandoned ? after : undefined), missed } }
}

export async function renewClaim(
  ledger: Kysely<LedgerTables>,
  name: string,
  holder: string,
  now: number,
): Promise<void> {
  await ledger
    .updateTable('jobs')
    .set({ held_until_at: now + LEASE_MS })
    .where('name', '=', name)
    .where('held_by', '=', holder)
    .execute()
}

/** Does nothing for a run whose lease another process has taken over meanwhile. */
export async function finishRun(
  ledger: Kysely<LedgerTables>,
  name: string,
  holder: string,
  result: { readonly outcome: 'done' | 'failed'; readonly detail: string | undefined; readonly at: number },
): Promise<void> {
  await ledger
    .updateTable('jobs')
    .set({
      last_finished_at: result.at,
      last_outcome: result.outcome,
      last_detail: result.detail ?? null,
      held_by: null,
      held_until_at: null,
    })
    .where('name', '=', name)
    .where('held_by', '=', holder)
    .execute()
}

/** Until when another may not take it; undefined if nobody is at it. */
export function leaseOf({ held_until_at: until }: JobRow, now: number): number | undefined {
  return until !== null && until > now && until <= now + LEASE_MS ? until : undefined
}

/** After which instant the next one counts. */
export function lastDueOf({ last_due_at: at }: JobRow, now: number): number {
  return at > now + DAY_MS ? now : at
}

/** A job that is seen for the first time has missed nothing. */
async function findOrCreateRow(
  transaction: Transaction<LedgerTables>,
  name: string,
  now: number,
): Promise<JobRow> {
  const row = await transaction.selectFrom('jobs').selectAll().where('name', '=', name).executeTakeFirst()
  if (row !== undefined) return row
  return await transaction
    .insertInto('jobs')
    .values({ name, last_due_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()
}
