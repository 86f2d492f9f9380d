/** The kinds of objects that the pages list, and what a row says of each. */
import type { ObjectCollection } from '../object-collection.ts'
import type { SandboxState } from '../sandbox-state.ts'
import { formatAmount, methodName } from './page-parts.ts'

export type ObjectKind = {
  readonly slug: string
  readonly title: string
  readonly columns: readonly string[]
  readonly count: (state: SandboxState) => number
  /** The newest first: the id, then what the columns after it say. */
  readonly rows: (state: SandboxState, most: number) => readonly (readonly [string, ...string[]])[]
  /** What the page of one object shows. */
  readonly find: (state: SandboxState, id: string) => unknown
}

function kind<T>(
  slug: string,
  title: string,
  columns: readonly string[],
  collection: (state: SandboxState) => ObjectCollection<T>,
  row: (item: T) => readonly [string, ...string[]],
  shown: (item: T) => unknown = (item) => item,
): ObjectKind {
  return {
    slug,
    title,
    columns: ['Id', ...columns],
    count: (state) => collection(state).size,
    rows: (state, most) => [...(collection(state).newestFirst() ?? [])].slice(0, most).map(row),
    find(state, id) {
      const item = collection(state).get(id)
      return item === undefined ? undefined : shown(item)
    },
  }
}

export const objectKinds: readonly ObjectKind[] = [
  kind(
    'invoices',
    'Invoices',
    ['Number', 'State', 'Total', 'Remaining', 'Customer'],
    (state) => state.invoices,
    ({ invoice }) => [
      invoice.id,
      invoice.number ?? '',
      invoice.status,
      formatAmount(invoice.total, invoice.currency),
      formatAmount(invoice.amount_remaining, invoice.currency),
      invoice.customer_name ?? invoice.customer,
    ],
    ({ invoice, lines }) => ({ ...invoice, lines: { ...invoice.lines, data: lines } }),
  ),
  kind(
    'customers',
    'Customers',
    ['Name', 'E-mail', 'Balance'],
    (state) => state.customers,
    ({ customer, isDeleted }) => [
      customer.id,
      `${customer.name ?? ''}${isDeleted ? ' (deleted)' : ''}`,
      customer.email ?? '',
      customer.currency === null || customer.currency === undefined
        ? ''
        : formatAmount(customer.balance, customer.currency),
    ],
    ({ customer, taxIds }) => ({ ...customer, tax_ids: taxIds }),
  ),
  kind(
    'credit-notes',
    'Credit notes',
    ['Number', 'State', 'Total', 'Invoice'],
    (state) => state.creditNotes,
    ({ creditNote }) => [
      creditNote.id,
      creditNote.number,
      creditNote.status,
      formatAmount(creditNote.total, creditNote.currency),
      creditNote.invoice,
    ],
    ({ creditNote, lines }) => ({ ...creditNote, lines: { ...creditNote.lines, data: lines } }),
  ),
  kind(
    'payment-methods',
    'Payment methods',
    ['What', 'Customer'],
    (state) => state.paymentMethods,
    (stored) => [stored.paymentMethod.id, methodName(stored), stored.paymentMethod.customer ?? ''],
    ({ paymentMethod }) => paymentMethod,
  ),
  kind(
    'charges',
    'Charges',
    ['State', 'Amount', 'Refunded', 'Disputed'],
    (state) => state.charges,
    (charge) => [
      charge.id,
      charge.status,
      formatAmount(charge.amount, charge.currency),
      formatAmount(charge.amount_refunded, charge.currency),
      charge.disputed ? 'yes' : '',
    ],
  ),
  kind(
    'payment-intents',
    'Payment intents',
    ['State', 'Amount'],
    (state) => state.paymentIntents,
    (intent) => [intent.id, intent.status, formatAmount(intent.amount, intent.currency)],
  ),
  kind(
    'invoice-payments',
    'Invoice payments',
    ['State', 'Requested', 'Invoice'],
    (state) => state.invoicePayments,
    (payment) => [
      payment.id,
      payment.status,
      formatAmount(payment.amount_requested, payment.currency),
      payment.invoice,
    ],
  ),
  kind(
    'payment-records',
    'Payments from elsewhere',
    ['Method', 'Amount', 'Customer'],
    (state) => state.paymentRecords,
    (record) => [
      record.id,
      record.payment_method_details?.custom?.display_name ?? '',
      formatAmount(record.amount.value, record.amount.currency),
      record.customer_details?.customer ?? '',
    ],
  ),
  kind(
    'refunds',
    'Refunds',
    ['State', 'Amount', 'Charge'],
    (state) => state.refunds,
    (refund) => [refund.id, refund.status ?? '', formatAmount(refund.amount, refund.currency), refund.charge],
  ),
  kind(
    'disputes',
    'Disputes',
    ['State', 'Amount', 'Charge'],
    (state) => state.disputes,
    (dispute) => [dispute.id, dispute.status, formatAmount(dispute.amount, dispute.currency), dispute.charge],
  ),
  kind(
    'balance-transactions',
    'Balance transactions',
    ['Kind', 'Amount', 'Customer'],
    (state) => state.balanceTransactions,
    (transaction) => [
      transaction.id,
      transaction.type,
      formatAmount(transaction.amount, transaction.currency),
      transaction.customer,
    ],
  ),
  kind(
    'setup-intents',
    'Setup intents',
    ['State', 'Customer'],
    (state) => state.setupIntents,
    (intent) => [intent.id, intent.status, intent.customer],
  ),
  kind(
    'checkout-sessions',
    'Checkout sessions',
    ['State', 'Customer'],
    (state) => state.checkoutSessions,
    (session) => [session.id, session.status ?? '', session.customer],
  ),
  kind(
    'portal-sessions',
    'Portal sessions',
    ['Customer'],
    (state) => state.portalSessions,
    (session) => [session.id, session.customer],
  ),
  kind(
    'tax-rates',
    'Tax rates',
    ['Name', 'Percentage'],
    (state) => state.taxRates,
    (rate) => [rate.id, rate.display_name, `${rate.percentage}${rate.inclusive ? ' included' : ''}`],
  ),
  kind(
    'products',
    'Products',
    ['Name'],
    (state) => state.products,
    (product) => [product.id, product.name],
  ),
  kind(
    'meters',
    'Meters',
    ['Event name', 'Formula'],
    (state) => state.meters,
    (meter) => [meter.id, meter.event_name, meter.default_aggregation.formula],
  ),
  kind(
    'meter-events',
    'Meter events',
    ['Event name', 'Quantity', 'Customer', 'State'],
    (state) => state.meterEvents,
    (event) => [
      event.id,
      event.shown.event_name,
      event.quantity,
      event.customer,
      event.rejectedWith ?? (event.isCancelled ? 'cancelled' : ''),
    ],
    ({ shown }) => shown,
  ),
  kind(
    'webhook-endpoints',
    'Webhook endpoints',
    ['State', 'URL'],
    (state) => state.webhookEndpoints,
    ({ endpoint }) => [endpoint.id, endpoint.status, endpoint.url],
    ({ endpoint }) => endpoint,
  ),
  kind(
    'events',
    'Events',
    ['Type', 'Not delivered to'],
    (state) => state.events,
    (event) => [event.id, event.type, event.pending_webhooks === 0 ? '' : String(event.pending_webhooks)],
  ),
  kind(
    'deliveries',
    'Deliveries',
    ['State', 'Attempts', 'Last answer'],
    (state) => state.deliveries,
    (delivery) => [
      delivery.id,
      delivery.state,
      String(delivery.attempts),
      delivery.lastStatus === null ? '' : String(delivery.lastStatus),
    ],
  ),
]
