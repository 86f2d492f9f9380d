/**
 * Events of invoices, noted in the transaction that issues one, makes it paid, or learns that a payment failed. Invoices of one turn are
 * noted together: a billing run issues hundreds in a transaction.
 */
import type { Selectable, Transaction } from 'kysely'
import {
  assertInvariant,
  formatInstant,
  moneyOf,
  moneyToDecimal,
  type CurrencyCode,
  type InvoiceId,
  type ManufacturerId,
} from '../core/index.ts'
import { gatherCalls, type LedgerTables } from '../db/index.ts'
import type { EventData } from './event-types.ts'
import { noteEvents, type NewEvent } from './note-events.ts'
import type { WebhooksContext } from './webhooks-context.ts'

/** A payment that the payment side could not collect. */
export type PaymentFailure = {
  /** What the payment side calls it, "card_declined". */
  readonly code: string | undefined
  readonly detail: string
  /** When the payment side tries again by itself, if it does. */
  readonly nextAttemptAt: number | undefined
}

type Tell = (transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) => Promise<void>

export type InvoiceEvents = {
  readonly noteInvoiceIssued: Tell
  readonly noteInvoicePaid: Tell
  noteInvoiceFailed(
    transaction: Transaction<LedgerTables>,
    invoiceId: InvoiceId,
    failure: PaymentFailure,
  ): Promise<void>
}

type InvoiceData = EventData<'invoice.issued'>
type InvoiceRow = Selectable<LedgerTables['invoices']>
type ToEvent = (
  common: Omit<Extract<NewEvent, { type: 'invoice.issued' }>, 'type'>,
  row: InvoiceRow,
) => NewEvent

export function invoiceEvents(
  context: Pick<WebhooksContext, 'clock' | 'randomBytes' | 'publicUrl'>,
): InvoiceEvents {
  const { clock, randomBytes, publicUrl } = context

  async function note(
    transaction: Transaction<LedgerTables>,
    invoiceIds: readonly InvoiceId[],
    toEvent: ToEvent,
  ): Promise<undefined[]> {
    const now = clock.now()
    const rows = await transaction.selectFrom('invoices').selectAll().where('id', 'in', invoiceIds).execute()
    const rowOf = new Map(rows.map((row) => [row.id, row]))
    const events = invoiceIds.map((id) => {
      const row = rowOf.get(id)
      assertInvariant(row !== undefined, `The invoice ${id} is there when it is told of.`)
      const common = {
        manufacturerId: row.manufacturer_id as ManufacturerId,
        subjectId: id,
        occurredAt: now,
        data: toInvoiceData(row, publicUrl),
      }
      return toEvent(common, row)
    })
    await noteEvents(transaction, randomBytes, events, now)
    return invoiceIds.map(() => undefined)
  }

  const noteIssued = gatherCalls((transaction: Transaction<LedgerTables>, ids: readonly InvoiceId[]) =>
    note(transaction, ids, (common) => ({ ...common, type: 'invoice.issued' })),
  )

  return {
    noteInvoiceIssued: async (transaction, invoiceId) => await noteIssued(transaction, invoiceId),
    async noteInvoicePaid(transaction, invoiceId) {
      await note(transaction, [invoiceId], (common) => ({ ...common, type: 'invoice.paid' }))
    },
    async noteInvoiceFailed(transaction, invoiceId, { code, detail, nextAttemptAt }) {
      const failure = {
        code: code ?? null,
        detail,
        nextAttemptAt: nextAttemptAt === undefined ? null : formatInstant(nextAttemptAt),
      }
      await note(transaction, [invoiceId], ({ data, ...common }) => ({
        ...common,
        type: 'invoice.payment_failed',
        data: { ...data, failure },
      }))
    },
  }
}

function toInvoiceData(row: InvoiceRow, publicUrl: string): InvoiceData {
  const { id, number, status, issued_at: issuedAt } = row
  assertInvariant(
    status !== 'draft' && number !== null && issuedAt !== null,
    `The invoice ${id} is issued when it is told of.`,
  )
  const currency = row.currency as CurrencyCode
  const decimalOf = (amountMinor: bigint) => moneyToDecimal(moneyOf(amountMinor, currency))
  return {
    invoiceId: id,
    number,
    status,
    customerId: row.customer_id,
    contractId: row.contract_id,
    currency,
    total: decimalOf(row.total_minor),
    totalMinor: row.total_minor.toString(),
    tax: decimalOf(row.tax_minor),
    taxMinor: row.tax_minor.toString(),
    period: { from: formatInstant(row.period_from_at), to: formatInstant(row.period_to_at) },
    dueOn: row.due_on,
    issuedAt: formatInstant(issuedAt),
    paidAt: row.paid_at === null ? null : formatInstant(row.paid_at),
    apiUrl: `${publicUrl}/v1/invoices/${id}`,
    pageUrl: `${publicUrl}/app/bills/${id}`,
  }
}
