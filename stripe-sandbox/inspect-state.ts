/** What tests look at: all objects as they are, without asking the API. */
import type { Stripe } from 'stripe'
import type { FaultThatHappened } from './faults.ts'
import { isProcessed } from './meters.ts'
import type { SandboxContext } from './operation.ts'
import type { Delivery, Mutation } from './sandbox-state.ts'

export type SandboxContents = Troubles & {
  /** Deleted ones as well. */
  readonly customers: readonly Stripe.Customer[]
  /** With all their lines. */
  readonly invoices: readonly Stripe.Invoice[]
  readonly taxRates: readonly Stripe.TaxRate[]
  readonly balanceTransactions: readonly Stripe.CustomerBalanceTransaction[]
  readonly paymentMethods: readonly Stripe.PaymentMethod[]
  readonly invoicePayments: readonly Stripe.InvoicePayment[]
  readonly paymentIntents: readonly Stripe.PaymentIntent[]
  readonly paymentRecords: readonly Stripe.PaymentRecord[]
  readonly charges: readonly Stripe.Charge[]
  readonly refunds: readonly Stripe.Refund[]
  readonly disputes: readonly Stripe.Dispute[]
  /** With all their lines. */
  readonly creditNotes: readonly Stripe.CreditNote[]
  readonly setupIntents: readonly Stripe.SetupIntent[]
  readonly checkoutSessions: readonly Stripe.Checkout.Session[]
  readonly meters: readonly Stripe.Billing.Meter[]
  readonly meterEvents: readonly Stripe.Billing.MeterEvent[]
  /** Those whose mistake was found out later, once it was. */
  readonly rejectedMeterEvents: readonly {
    readonly code: string
    readonly event: Stripe.Billing.MeterEvent
  }[]
  readonly webhookEndpoints: readonly Stripe.WebhookEndpoint[]
  readonly events: readonly Stripe.Event[]
  readonly deliveries: readonly Delivery[]
  /** Requests that changed something, in order; replays and refusals are not among them. */
  readonly mutations: readonly Mutation[]
}

/** What went wrong because it was ordered. */
export type Troubles = {
  /** The last thousand that were ordered. */
  readonly faults: readonly FaultThatHappened[]
  /** How many requests the rate limits have refused. */
  readonly refusedByLimits: number
}

export function inspectState(context: SandboxContext): Omit<SandboxContents, keyof Troubles> {
  const { state } = context
  return {
    customers: [...state.customers.all()].map(({ customer }) => customer),
    invoices: [...state.invoices.all()].map(({ invoice, lines }) => ({
      ...invoice,
      lines: { ...invoice.lines, data: [...lines] },
    })),
    taxRates: [...state.taxRates.all()],
    balanceTransactions: [...state.balanceTransactions.all()],
    paymentMethods: [...state.paymentMethods.all()].map(({ paymentMethod }) => paymentMethod),
    invoicePayments: [...state.invoicePayments.all()],
    paymentIntents: [...state.paymentIntents.all()],
    paymentRecords: [...state.paymentRecords.all()],
    charges: [...state.charges.all()],
    refunds: [...state.refunds.all()],
    disputes: [...state.disputes.all()],
    creditNotes: [...state.creditNotes.all()].map(({ creditNote, lines }) => ({
      ...creditNote,
      lines: { ...creditNote.lines, data: [...lines] },
    })),
    setupIntents: [...state.setupIntents.all()],
    checkoutSessions: [...state.checkoutSessions.all()],
    meters: [...state.meters.all()],
    meterEvents: [...state.meterEvents.all()].map(({ shown }) => shown),
    rejectedMeterEvents: [...state.meterEvents.all()].flatMap((event) =>
      event.rejectedWith === null || !isProcessed(context, event)
        ? []
        : [{ code: event.rejectedWith, event: event.shown }],
    ),
    webhookEndpoints: [...state.webhookEndpoints.all()].map(({ endpoint }) => endpoint),
    events: [...state.events.all()],
    deliveries: [...state.deliveries.all()],
    mutations: [...state.mutations],
  }
}
