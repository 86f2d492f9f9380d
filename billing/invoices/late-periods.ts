/**
 * Which issued invoices have something changed behind them: usage or events that arrived, were released or rejected later, and
 * assignments, pauses and tariffs that people change. Usage is followed from metering by a cursor, so that nobody compares every old
 * period; an invoice named without need costs one rating.
 *
 * The ledger is written before the cursor moves, so after a crash a page is noted twice and none is missed.
 */
import type { Kysely, Transaction } from 'kysely'
import type { ContractId, InvoiceId, Period, TariffId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { contractPeriodAt, type DatedContract } from '../contracts/contract-periods.ts'
import { billingErrors } from '../errors.ts'
import { intersect } from '../spans.ts'

const CURSOR = 'late_usage'
const CHANGES_AT_ONCE = 5_000

/** Goes on where it stopped, until nothing is left. Runs beside others note the same more than once. */
export async function noticeLateUsage({
  ledger,
  metering: { feed },
  clock,
}: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>): Promise<void> {
  let position = await feed.readCursor(CURSOR)
  for (;;) {
    const page = await feed.readLateChanges(position, CHANGES_AT_ONCE)
    const byDevice = Map.groupBy(page.changes, ({ deviceId }) => deviceId)
    for (const [deviceId, changes] of byDevice) {
      const span = {
        from: Math.min(...changes.map(({ from }) => from)),
        to: Math.max(...changes.map(({ to }) => to)),
      }
      await noteLatePeriods(ledger, deviceId, span, clock.now())
    }
    if (page.position > position) await feed.moveCursor(CURSOR, page.position)
    position = page.position
    if (page.isLast) return
  }
}

/** Notes the invoices of contracts that had the device in the span, for their periods that the span touches. */
async function noteLatePeriods(
  ledger: Kysely<LedgerTables>,
  deviceId: string,
  span: Period,
  now: number,
): Promise<void> {
  await ledger
    .insertInto('late_periods')
    .columns(['invoice_id', 'noticed_at'])
    .expression((all) =>
      all
        .selectFrom('assignments')
        .innerJoin('invoices', 'invoices.contract_id', 'assignments.contract_id')
        .where('assignments.device_id', '=', deviceId)
        .where('assignments.from_at', '<', span.to)
        .where((where) =>
          where.or([where('assignments.to_at', 'is', null), where('assignments.to_at', '>', span.from)]),
        )
        .where('invoices.kind', '=', 'period')
        .where('invoices.status', 'not in', ['draft', 'void'])
        .where('invoices.period_from_at', '<', span.to)
        .where('invoices.period_to_at', '>', span.from)
        .select((select) => ['invoices.id', select.val(now).as('noticed_at')])
        .distinct(),
    )
    .execute()
}

/**
 * Notes the contract's invoices behind which something but usage has changed in the span: those of the periods that it touches, and the one
 * before, which has charged the fees in advance of the first of them.
 */
export async function noteChangedPeriods(
  transaction: Transaction<LedgerTables>,
  contract: DatedContract & Pick<Contract, 'id'>,
  { from, to = Infinity }: { readonly from: number; readonly to?: number | undefined },
  now: number,
): Promise<void> {
  const changed = intersect({ from, to }, { from: contract.startsAt, to: contract.endsAt ?? Infinity })
  if (changed === undefined) return
  const first = contractPeriodAt(contract, changed.from)
  await transaction
    .insertInto('late_periods')
    .columns(['invoice_id', 'noticed_at'])
    .expression((all) =>
      all
        .selectFrom('invoices')
        .where('contract_id', '=', contract.id)
        .where('kind', '=', 'period')
        .where('status', 'not in', ['draft', 'void'])
        .where('period_from_at', '<', Math.min(changed.to, Number.MAX_SAFE_INTEGER))
        .where('period_to_at', '>=', first.from)
        .select((select) => ['id', select.val(now).as('noticed_at')]),
    )
    .execute()
}

/**
 * Notes the newest invoice of each contract that has or had the tariff: it has charged the fees in advance of the first period that a new version may
 * price.
 */
export async function noteChangedTariff(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('late_periods')
    .columns(['invoice_id', 'noticed_at'])
    .expression((all) =>
      all
        .selectFrom('invoices')
        .where('kind', '=', 'period')
        .where('status', 'not in', ['draft', 'void'])
        .where('period_to_at', '=', (invoices) =>
          invoices
            .selectFrom('invoices as own')
            .select((own) => own.fn.max('own.period_to_at').as('to_at'))
            .whereRef('own.contract_id', '=', 'invoices.contract_id')
            .where('own.kind', '=', 'period')
            .where('own.status', 'not in', ['draft', 'void']),
        )
        .where('contract_id', 'in', (contracts) =>
          contracts.selectFrom('contract_tariffs').select('contract_id').where('tariff_id', '=', tariffId),
        )
        .select((select) => ['id', select.val(now).as('noticed_at')]),
    )
    .execute()
}

/** `noticedAt` is the first time since the last correction. */
export type LatePeriod = {
  readonly invoiceId: InvoiceId
  readonly upToNo: bigint
  readonly noticedAt: number
}

/** The contract's invoices with something changed behind them, in order of their periods. */
export const readLatePeriods = gatherCalls(
  async (ledger: Kysely<LedgerTables>, contractIds: readonly ContractId[]) => {
    const rows = await ledger
      .selectFrom('late_periods')
      .innerJoin('invoices', 'invoices.id', 'late_periods.invoice_id')
      .where('invoices.contract_id', 'in', contractIds)
      .where('invoices.status', '<>', 'void')
      .select(({ fn }) => [
        'invoices.id as invoice_id',
        'invoices.contract_id',
        fn.max('late_periods.no').as('up_to_no'),
        fn.min('late_periods.noticed_at').as('noticed_at'),
      ])
      .groupBy('invoices.id')
      .orderBy('invoices.period_from_at')
      .execute()
    const ofContract = Map.groupBy(rows, (row) => row.contract_id)
    return contractIds.map((id): readonly LatePeriod[] =>
      (ofContract.get(id) ?? []).map((row) => ({
        invoiceId: row.invoice_id as InvoiceId,
        upToNo: row.up_to_no,
        noticedAt: row.noticed_at,
      })),
    )
  },
)

/**
 * Invoices in whose periods something may turn out to have ended by the mere passing of time, so that nothing arrives that would tell: each is
 * looked at again with the next bill.
 */
export async function noteMayStillEnd(
  transaction: Transaction<LedgerTables>,
  invoiceIds: readonly InvoiceId[],
  now: number,
): Promise<void> {
  if (invoiceIds.length === 0) return
  const rows = invoiceIds.map((id) => ({ invoice_id: id, noticed_at: now }))
  await transaction.insertInto('late_periods').values(rows).execute()
}

/** A run beside this one may have settled it already. @throws AppError `billing_basis_changed` */
export async function assertStillLate(
  transaction: Transaction<LedgerTables>,
  late: readonly LatePeriod[],
): Promise<void> {
  for (const { upToNo } of late) {
    const row = await transaction
      .selectFrom('late_periods')
      .select('no')
      .where('no', '=', upToNo)
      .executeTakeFirst()
    if (row !== undefined) continue
    throw billingErrors.billing_basis_changed('Run billing again: what came late has just been corrected.')
  }
}

/** Part of the transaction that issues the correction: what was noted up to then is settled. */
export async function settleLatePeriods(
  transaction: Transaction<LedgerTables>,
  settled: readonly LatePeriod[],
): Promise<void> {
  for (const { invoiceId, upToNo } of settled) {
    await transaction
      .deleteFrom('late_periods')
      .where('invoice_id', '=', invoiceId)
      .where('no', '<=', upToNo)
      .execute()
  }
}
