/** Recorded payments and sent reminders as they are read, and what payments sum to. */
import { sql, type Kysely, type Selectable } from 'kysely'
import type { Actor, CurrencyCode, InvoiceId, PaymentId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, InvoicePayment } from '../billing-types.ts'
import { settlementOf, type Settlement, type SettlementFacts } from './settlement.ts'

type PaymentRow = Selectable<LedgerTables['invoice_payments']>

/** The money of an invoice that is known by itself, and what was given back of it. */
export type RecordedMoney = Pick<
  SettlementFacts,
  'recordedMinor' | 'collectedMinor' | 'refundedMinor' | 'creditedMinor' | 'creditedBeforePaymentMinor'
>

export const noMoney: RecordedMoney = {
  recordedMinor: 0n,
  collectedMinor: 0n,
  refundedMinor: 0n,
  creditedMinor: 0n,
  creditedBeforePaymentMinor: 0n,
}

export function paymentReads({ ledger }: BillingContext): Pick<Billing, 'listPayments' | 'listReminders'> {
  return {
    async listPayments(tenant, invoiceId) {
      return await readPayments(tenantLedger(ledger, tenant), invoiceId)
    },

    async listReminders(tenant, invoiceId) {
      const rows = await tenantLedger(ledger, tenant)
        .selectFrom('invoice_reminders')
        .selectAll('invoice_reminders')
        .where('invoice_reminders.invoice_id', '=', invoiceId)
        .orderBy('invoice_reminders.level')
        .execute()
      return rows.map((row) => ({
        level: Number(row.level),
        openMinor: row.open_minor,
        mailCount: Number(row.mail_count),
        remindedAt: row.reminded_at,
      }))
    },
  }
}

/** In the order in which they were recorded. */
export async function readPayments(
  ledger: Kysely<LedgerTables>,
  invoiceId: string,
): Promise<readonly InvoicePayment[]> {
  const rows = await ledger
    .selectFrom('invoice_payments')
    .selectAll('invoice_payments')
    .where('invoice_payments.invoice_id', '=', invoiceId)
    .orderBy('invoice_payments.created_at')
    .orderBy('invoice_payments.id')
    .execute()
  const reversals = new Map(rows.map((row) => [row.reverses_id, row]))
  return rows.flatMap((row) => toPayment(row, reversals.get(row.id)))
}

/** For each of the invoices that has any. */
export async function readRecordedMoney(
  ledger: Kysely<LedgerTables>,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, RecordedMoney>> {
  const payments = await ledger
    .selectFrom('invoice_payments')
    .select('invoice_payments.invoice_id')
    .select(sql<bigint>`sum(iif(reverses_id IS NULL, amount_minor, -amount_minor))`.as('recorded_minor'))
    .where('invoice_payments.invoice_id', 'in', invoiceIds)
    .groupBy('invoice_payments.invoice_id')
    .execute()
  const credits = await ledger
    .selectFrom('credit_notes')
    .innerJoin('invoices', 'invoices.id', 'credit_notes.invoice_id')
    .select('credit_notes.invoice_id')
    .select(sql<bigint>`sum(credit_notes.total_minor)`.as('credited_minor'))
    .select(
      sql<bigint>`sum(iif(credit_notes.issued_at <= invoices.paid_at, credit_notes.total_minor, 0))`.as(
        'before_payment_minor',
      ),
    )
    .where('credit_notes.invoice_id', 'in', invoiceIds)
    .where('credit_notes.issued_at', 'is not', null)
    .groupBy('credit_notes.invoice_id')
    .execute()
  const money = new Map<string, RecordedMoney>(
    payments.map((row) => [row.invoice_id, { ...noMoney, recordedMinor: row.recorded_minor }]),
  )
  const states = await ledger
    .selectFrom('stripe_payment_states')
    .select(['invoice_id', 'collected_minor', 'refunded_minor'])
    .where('stripe_payment_states.invoice_id', 'in', invoiceIds)
    .execute()
  for (const row of states) {
    money.set(row.invoice_id, {
      ...(money.get(row.invoice_id) ?? noMoney),
      collectedMinor: row.collected_minor,
      refundedMinor: row.refunded_minor,
    })
  }
  for (const row of credits) {
    money.set(row.invoice_id, {
      ...(money.get(row.invoice_id) ?? noMoney),
      creditedMinor: row.credited_minor,
      creditedBeforePaymentMinor: row.before_payment_minor,
    })
  }
  return money
}

/** What of an invoice is paid and open, as this transaction sees it. */
export async function readSettlement(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<Settlement> {
  const { status, total_minor: totalMinor } = await ledger
    .selectFrom('invoices')
    .select(['status', 'total_minor'])
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  const money = (await readRecordedMoney(ledger, [invoiceId])).get(invoiceId) ?? noMoney
  return settlementOf({ status, totalMinor, ...money })
}

/** Nothing for a row that takes another back. */
function toPayment(row: PaymentRow, reversal: PaymentRow | undefined): readonly InvoicePayment[] {
  if (row.received_on === null || row.method === null) return []
  return [
    {
      id: row.id as PaymentId,
      invoiceId: row.invoice_id as InvoiceId,
      amountMinor: row.amount_minor,
      currency: row.currency as CurrencyCode,
      receivedOn: row.received_on,
      method: row.method,
      reference: row.reference ?? undefined,
      madeBy: actorOf(row),
      createdAt: row.created_at,
      reversal:
        reversal === undefined
          ? undefined
          : { reason: reversal.reason ?? '', madeBy: actorOf(reversal), createdAt: reversal.created_at },
    },
  ]
}

function actorOf({ actor_kind: kind, actor_id: id, actor_name: name }: PaymentRow): Actor {
  return { kind, id, name }
}
