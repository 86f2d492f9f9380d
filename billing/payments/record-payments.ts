/**
 * Payments that a person records: a transfer, cash, a card outside Stripe. Never more than is open; what settles the invoice
 * makes it paid in the same transaction. A payment is never changed: it is taken back by a row that names it, and an
 * invoice that only it had settled is open again. A payment that Stripe reports is none of these (`markPaid`).
 */
import type { Selectable, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  DAY_MS,
  formatInstant,
  formatMoney,
  generateId,
  getCivilDate,
  moneyOf,
  type CurrencyCode,
  type InputIssue,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges, RecordPaymentInput } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { InvoicePayment } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { issuesOfDate } from '../tax/tax-rate-check.ts'
import { noMoney, readPayments, readRecordedMoney } from './read-payments.ts'
import { isOpenWithout, settlementOf, type SettlementFacts } from './settlement.ts'

type PayableInvoice = SettlementFacts &
  Pick<Selectable<LedgerTables['invoices']>, 'number'> & {
    readonly id: InvoiceId
    readonly currency: CurrencyCode
  }

export function paymentChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'recordPayment' | 'reversePayment'> {
  const { ledger, clock } = context
  return {
    async recordPayment(manufacturerId, invoiceId, input) {
      refuseInput(issuesOfPayment(input, clock.now()))
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const invoice = await readInvoice(transaction, manufacturerId, invoiceId)
          assertTakes(invoice, input.amountMinor)
          const payment = await insertPayment(transaction, context, manufacturerId, invoice, input)
          const isSettled = settlementOf(invoice).openMinor === input.amountMinor
          if (isSettled) await settle(transaction, context, manufacturerId, invoice)
          await context.onMade(transaction, payment.id)
          return payment
        }),
      )
    },

    async reversePayment(manufacturerId, invoiceId, paymentId, reason) {
      refuseInput(issuesOfName(reason, '/reason'))
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const invoice = await readInvoice(transaction, manufacturerId, invoiceId)
          const payment = await getPayment(transaction, invoice, paymentId)
          if (payment.reversal?.reason === reason) return payment
          if (payment.reversal !== undefined) {
            throw billingErrors.payment_already_reversed(
              `Leave it: the payment was taken back at ${formatInstant(payment.reversal.createdAt)} already.`,
            )
          }
          await insertReversal(transaction, context, manufacturerId, payment, reason)
          if (invoice.status === 'paid' && isOpenWithout(invoice, payment.amountMinor)) {
            await reopen(transaction, context, manufacturerId, invoice)
          }
          await context.onInvoiceChanged(transaction, invoice.id)
          return await getPayment(transaction, invoice, paymentId)
        }),
      )
    },
  }
}

function issuesOfPayment(
  { amountMinor, receivedOn, reference }: RecordPaymentInput,
  now: number,
): readonly InputIssue[] {
  const malformed = [
    ...issueUnless(amountMinor > 0n, '/amountMinor', 'Give an amount above zero.'),
    ...(reference === undefined ? [] : issuesOfName(reference, '/reference')),
    ...issuesOfDate(receivedOn, '/receivedOn'),
  ]
  if (malformed.length > 0) return malformed
  // Somewhere on earth it is tomorrow already.
  const isPast = getCivilDate(receivedOn).toZonedDateTime('UTC').epochMilliseconds <= now + DAY_MS
  return issueUnless(isPast, '/receivedOn', 'Record the payment on the day on which the money came.')
}

/** @throws AppError `invoice_not_found` */
async function readInvoice(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  invoiceId: string,
): Promise<PayableInvoice> {
  const row = await tenantLedger(transaction, manufacturerId)
    .selectFrom('invoices')
    .select([
      'invoices.id',
      'invoices.number',
      'invoices.status',
      'invoices.currency',
      'invoices.total_minor',
    ])
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirst()
  if (row === undefined) throw billingErrors.invoice_not_found('Use the id of one of your own invoices.')
  const money = (await readRecordedMoney(transaction, [row.id])).get(row.id) ?? noMoney
  return {
    id: row.id as InvoiceId,
    number: row.number,
    status: row.status,
    currency: row.currency as CurrencyCode,
    totalMinor: row.total_minor,
    ...money,
  }
}

/** @throws AppError `invoice_status_invalid`, `payment_exceeds_open` */
function assertTakes(invoice: PayableInvoice, amountMinor: bigint): void {
  const { status, currency } = invoice
  if (status === 'draft' || status === 'void') {
    throw billingErrors.invoice_status_invalid(
      `Record a payment for an invoice that is issued; this one is ${status === 'void' ? 'void' : 'a draft'}.`,
    )
  }
  const { openMinor } = settlementOf(invoice)
  if (amountMinor <= openMinor) return
  const open = formatMoney(moneyOf(openMinor, currency), 'en')
  throw billingErrors.payment_exceeds_open(
    openMinor === 0n
      ? 'Leave it: nothing of this invoice is open.'
      : `Record at most ${open} (${openMinor} in minor units): that is what is open. Give back what came on top.`,
  )
}

async function insertPayment(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, actor }: ChangingContext,
  manufacturerId: ManufacturerId,
  invoice: PayableInvoice,
  { amountMinor, receivedOn, method, reference }: RecordPaymentInput,
): Promise<InvoicePayment> {
  const id = generateId('payment', randomBytes)
  await transaction
    .insertInto('invoice_payments')
    .values({
      id,
      invoice_id: invoice.id,
      amount_minor: amountMinor,
      currency: invoice.currency,
      received_on: receivedOn,
      method,
      reference: reference ?? null,
      reverses_id: null,
      reason: null,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      created_at: clock.now(),
    })
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'invoice.payment_recorded',
    subject: { kind: 'invoice', id: invoice.id },
    after: {
      paymentId: id,
      amountMinor: amountMinor.toString(),
      currency: invoice.currency,
      receivedOn,
      method,
      reference: reference ?? null,
    },
    at: clock.now(),
  })
  return await getPayment(transaction, invoice, id)
}

async function insertReversal(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, actor }: ChangingContext,
  manufacturerId: ManufacturerId,
  payment: InvoicePayment,
  reason: string,
): Promise<void> {
  await transaction
    .insertInto('invoice_payments')
    .values({
      id: generateId('payment', randomBytes),
      invoice_id: payment.invoiceId,
      amount_minor: payment.amountMinor,
      currency: payment.currency,
      received_on: null,
      method: null,
      reference: null,
      reverses_id: payment.id,
      reason,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      created_at: clock.now(),
    })
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'invoice.payment_reversed',
    subject: { kind: 'invoice', id: payment.invoiceId },
    before: {
      paymentId: payment.id,
      amountMinor: payment.amountMinor.toString(),
      currency: payment.currency,
    },
    reason,
    at: clock.now(),
  })
}

async function settle(
  transaction: Transaction<LedgerTables>,
  { clock, actor, onInvoiceChanged, onPaid }: ChangingContext,
  manufacturerId: ManufacturerId,
  invoice: PayableInvoice,
): Promise<void> {
  const paidAt = clock.now()
  await transaction
    .updateTable('invoices')
    .set({ status: 'paid', paid_at: paidAt })
    .where('id', '=', invoice.id)
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'invoice.paid',
    subject: { kind: 'invoice', id: invoice.id },
    before: { status: invoice.status },
    after: { status: 'paid', paidAt: formatInstant(paidAt) },
    at: paidAt,
  })
  await onInvoiceChanged(transaction, invoice.id)
  await onPaid(transaction, invoice.id)
}

async function reopen(
  transaction: Transaction<LedgerTables>,
  { clock, actor }: ChangingContext,
  manufacturerId: ManufacturerId,
  invoice: PayableInvoice,
): Promise<void> {
  await transaction
    .updateTable('invoices')
    .set({ status: 'issued', paid_at: null })
    .where('id', '=', invoice.id)
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'invoice.reopened',
    subject: { kind: 'invoice', id: invoice.id },
    before: { status: invoice.status },
    after: { status: 'issued' },
    at: clock.now(),
  })
}

/** @throws AppError `payment_not_found` */
async function getPayment(
  transaction: Transaction<LedgerTables>,
  invoice: PayableInvoice,
  paymentId: string,
): Promise<InvoicePayment> {
  const payment = (await readPayments(transaction, invoice.id)).find(({ id }) => id === paymentId)
  if (payment === undefined) {
    throw billingErrors.payment_not_found('Use the id of a payment of this invoice that was recorded here.')
  }
  return payment
}
