/** Which steps are due, for the pusher. */
import { sql, type Kysely } from 'kysely'
import type { ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { customerSteps, toOutboxStep, type OutboxStep, type StepName } from './outbox-steps.ts'

export type Wanted = { readonly kind: StepName; readonly limit: number }

/**
 * Of each kind so many, the longest due first. A document waits until its customer is there and told of what changed, and everything of a
 * manufacturer until there is a key; what is in the hands of this process already (`underWay`) is left out.
 */
export async function findDueSteps(
  ledger: Kysely<LedgerTables>,
  wanted: readonly Wanted[],
  {
    now,
    setAside,
    underWay,
  }: {
    readonly now: number
    readonly setAside: ReadonlySet<ManufacturerId>
    readonly underWay: ReadonlySet<bigint>
  },
): Promise<readonly OutboxStep[]> {
  const [first, ...others] = wanted.map(({ kind, limit }) =>
    ledger
      .selectFrom(
        selectDue(ledger, kind, now, setAside)
          .limit(limit + underWay.size)
          .as('due'),
      )
      .selectAll('due'),
  )
  if (first === undefined) return []
  const rows = await others.reduce((query, other) => query.unionAll(other), first).execute()
  const left = new Map(wanted.map(({ kind, limit }) => [kind, limit]))
  return rows
    .filter(({ id, step }) => {
      const room = left.get(step) ?? 0
      if (underWay.has(id) || room === 0) return false
      left.set(step, room - 1)
      return true
    })
    .map(toOutboxStep)
}

function selectDue(
  ledger: Kysely<LedgerTables>,
  kind: StepName,
  now: number,
  setAside: ReadonlySet<ManufacturerId>,
) {
  return ledger
    .selectFrom('outbox_steps as step')
    .selectAll('step')
    .where('step.state', '=', 'waiting')
    .where('step.manufacturer_id', 'in', withKey(ledger))
    .where('step.step', '=', kind)
    .where('step.next_attempt_at', '<=', now)
    .$if(setAside.size > 0, (query) => query.where('step.manufacturer_id', 'not in', [...setAside]))
    .$if(kind === 'create_invoice', (query) =>
      query
        .where((where) =>
          where.exists(
            where
              .selectFrom('stripe_customers')
              .select('customer_id')
              .whereRef('stripe_customers.customer_id', '=', 'step.customer_id'),
          ),
        )
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('outbox_steps as own')
                .select('own.id')
                .whereRef('own.subject_id', '=', 'step.customer_id')
                .where('own.state', '=', 'waiting')
                .where('own.step', 'in', customerSteps),
            ),
          ),
        ),
    )
    .orderBy('step.next_attempt_at')
    .orderBy('step.id')
}

function withKey(ledger: Kysely<LedgerTables>) {
  return ledger.selectFrom('manufacturers').select('id').where('stripe_key_encrypted', 'is not', null)
}

/** Of manufacturers that have a key. */
export async function readWaiting(
  ledger: Kysely<LedgerTables>,
): Promise<{ readonly waiting: number; readonly nextAttemptAt: number | undefined }> {
  const row = await ledger
    .selectFrom('outbox_steps')
    .select([
      sql<bigint>`count(*)`.as('waiting'),
      sql<number | null>`min(next_attempt_at)`.as('next_attempt_at'),
    ])
    .where('state', '=', 'waiting')
    .where('manufacturer_id', 'in', withKey(ledger))
    .executeTakeFirstOrThrow()
  return { waiting: Number(row.waiting), nextAttemptAt: row.next_attempt_at ?? undefined }
}
