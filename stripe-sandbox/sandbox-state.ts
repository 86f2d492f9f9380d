/**
 * Everything that the sandbox remembers. Objects are Stripe's own types, so that an SDK whose shapes have drifted does not compile; references
 * are kept as ids and expanded in answers only.
 */
import type { Stripe } from 'stripe'
import { createObjectCollection, type Indices, type ObjectCollection } from './object-collection.ts'

export type SandboxInvoice = Stripe.Invoice & {
  readonly customer: string
  readonly status: Stripe.Invoice.Status
  /** Only in answers that were asked for it, never in events. */
  readonly amount_paid_off_stripe?: never
}

/** `invoice.lines` is left empty here; answers show the first page of `lines`. */
export type StoredInvoice = {
  readonly invoice: SandboxInvoice
  readonly lines: readonly Stripe.InvoiceLineItem[]
  /** The part of `amount_paid` that came elsewhere. */
  readonly paidElsewhere: number
}

/** The balance is kept by currency; `customer.balance` is that of `customer.currency`. */
export type StoredCustomer = {
  readonly customer: Stripe.Customer
  readonly taxIds: readonly (Stripe.TaxId & { readonly type: string })[]
  readonly balances: Readonly<Record<string, number>>
  readonly isDeleted: boolean
}

/** What happens when a card is charged; `by_customer` looks at the customer's metadata and e-mail each time. */
export type CardBehaviour = 'works' | 'declines' | 'asks' | 'by_customer'

/** What becomes of a debit, and how long after it was begun; a disputed one is paid first. */
export type DebitBehaviour = {
  readonly endsAfterMs: number
  readonly end:
    | { readonly kind: 'paid' | 'disputed' }
    | { readonly kind: 'failed'; readonly code: string; readonly message: string }
}

export type StoredPaymentMethod = {
  readonly paymentMethod: Stripe.PaymentMethod & { readonly customer: string | null }
  readonly behaviour: CardBehaviour | DebitBehaviour
  /** Of a debit that was saved on a page. */
  readonly mandate?: string
}

export type StoredInvoicePayment = Stripe.InvoicePayment & {
  readonly invoice: string
  readonly payment: { readonly payment_intent?: string; readonly payment_record?: string }
}
export type StoredPaymentIntent = Stripe.PaymentIntent & {
  readonly latest_charge: string | null
  readonly customer: string
}
export type StoredCharge = Stripe.Charge & { readonly payment_intent: string; readonly customer: string }
export type StoredRefund = Stripe.Refund & { readonly charge: string; readonly payment_intent: string }
export type StoredDispute = Stripe.Dispute & { readonly charge: string; readonly payment_intent: string }
export type StoredSetupIntent = Stripe.SetupIntent & {
  readonly customer: string
  readonly payment_method: string | null
  readonly payment_method_types: readonly string[]
}
export type StoredCheckoutSession = Stripe.Checkout.Session & {
  readonly customer: string
  readonly setup_intent: string
}
export type StoredBalanceTransaction = Stripe.CustomerBalanceTransaction & { readonly customer: string }

export type StoredMeterEvent = {
  readonly id: string
  readonly shown: Stripe.Billing.MeterEvent
  readonly meter: string
  readonly customer: string
  /** As a decimal number, exactly what was sent. */
  readonly quantity: string
  readonly receivedAtMs: number
  readonly isCancelled: boolean
  /** Why it never counts; null for one that does. */
  readonly rejectedWith: string | null
}

/** `creditNote.lines` is left empty here. */
export type StoredCreditNote = {
  readonly creditNote: Stripe.CreditNote & { readonly customer: string; readonly invoice: string }
  readonly lines: readonly Stripe.CreditNoteLineItem[]
}

export type StoredWebhookEndpoint = {
  /** Without its secret. */
  readonly endpoint: Stripe.WebhookEndpoint
  readonly secret: string
  readonly previous: { readonly secret: string; readonly validUntilMs: number } | null
}

/** One event on its way to one endpoint. */
export type Delivery = {
  readonly id: string
  readonly event: string
  /** The id of an endpoint, or `webhook` for the one that was given as an option. */
  readonly endpoint: string
  readonly state: 'pending' | 'delivered' | 'given_up' | 'lost'
  readonly attempts: number
  /** Null before the first attempt and after one without an answer. */
  readonly lastStatus: number | null
}

export type StoredAnswer = {
  readonly fingerprint: string
  readonly status: number
  readonly body: string
  readonly storedAt: number
}

/** A request that changed something: not a replay, not a refusal. */
export type Mutation = {
  readonly operation: string
  readonly path: string
  readonly idempotencyKey: string | undefined
  readonly objectId: string | undefined
}

type Kinds = {
  readonly customers: StoredCustomer
  readonly invoices: StoredInvoice
  readonly taxRates: Stripe.TaxRate
  readonly products: Stripe.Product
  readonly balanceTransactions: StoredBalanceTransaction
  readonly paymentMethods: StoredPaymentMethod
  readonly invoicePayments: StoredInvoicePayment
  readonly paymentIntents: StoredPaymentIntent
  readonly paymentRecords: Stripe.PaymentRecord
  readonly charges: StoredCharge
  readonly refunds: StoredRefund
  readonly disputes: StoredDispute
  readonly creditNotes: StoredCreditNote
  readonly setupIntents: StoredSetupIntent
  readonly checkoutSessions: StoredCheckoutSession
  readonly portalSessions: Stripe.BillingPortal.Session
  readonly meters: Stripe.Billing.Meter
  readonly meterEvents: StoredMeterEvent
  readonly webhookEndpoints: StoredWebhookEndpoint
  readonly events: Stripe.Event
  readonly deliveries: Delivery
}

export type SandboxState = { readonly [Kind in keyof Kinds]: ObjectCollection<Kinds[Kind]> } & {
  /** By idempotency key, the oldest first. */
  readonly answers: Map<string, StoredAnswer>
  /** By endpoint and idempotency key, the oldest first. */
  readonly v2Answers: Map<string, StoredAnswer>
  readonly mutations: Mutation[]
}

/** Told of every change; an item that is undefined is gone. */
export type StateListeners = {
  readonly onChange: (kind: string, id: string, item: unknown) => void
  readonly onInvoice: (id: string, item: StoredInvoice | undefined) => void
  readonly onCustomer: (id: string, item: StoredCustomer | undefined) => void
}

export function createSandboxState({ onChange, onInvoice, onCustomer }: StateListeners): SandboxState {
  function collection<Kind extends keyof Kinds>(
    kind: Kind,
    idOf: (item: Kinds[Kind]) => string,
    indices: Indices<Kinds[Kind]> = {},
    listener: (id: string, item: Kinds[Kind] | undefined) => void = () => undefined,
  ): ObjectCollection<Kinds[Kind]> {
    return createObjectCollection({
      idOf,
      indices,
      onChange(id, item) {
        onChange(kind, id, item)
        listener(id, item)
      },
    })
  }
  return {
    customers: collection(
      'customers',
      ({ customer }) => customer.id,
      { email: ({ customer, isDeleted }) => (isDeleted ? null : customer.email) },
      onCustomer,
    ),
    invoices: collection(
      'invoices',
      ({ invoice }) => invoice.id,
      {
        customer: ({ invoice }) => invoice.customer,
        number: ({ invoice }) => invoice.number,
        status: ({ invoice }) => invoice.status,
      },
      onInvoice,
    ),
    taxRates: collection('taxRates', ({ id }) => id, { content: taxRateKey }),
    products: collection('products', ({ id }) => id),
    balanceTransactions: collection('balanceTransactions', ({ id }) => id, {
      customer: ({ customer }) => customer,
    }),
    paymentMethods: collection('paymentMethods', ({ paymentMethod }) => paymentMethod.id, {
      customer: ({ paymentMethod }) => paymentMethod.customer,
    }),
    invoicePayments: collection('invoicePayments', ({ id }) => id, {
      invoice: ({ invoice }) => invoice,
      payment_intent: ({ payment }) => payment.payment_intent,
      payment_record: ({ payment }) => payment.payment_record,
    }),
    paymentIntents: collection('paymentIntents', ({ id }) => id, { customer: ({ customer }) => customer }),
    paymentRecords: collection('paymentRecords', ({ id }) => id),
    charges: collection('charges', ({ id }) => id, {
      customer: ({ customer }) => customer,
      payment_intent: ({ payment_intent }) => payment_intent,
    }),
    refunds: collection('refunds', ({ id }) => id, {
      charge: ({ charge }) => charge,
      payment_intent: ({ payment_intent }) => payment_intent,
    }),
    disputes: collection('disputes', ({ id }) => id, {
      charge: ({ charge }) => charge,
      payment_intent: ({ payment_intent }) => payment_intent,
    }),
    creditNotes: collection('creditNotes', ({ creditNote }) => creditNote.id, {
      customer: ({ creditNote }) => creditNote.customer,
      invoice: ({ creditNote }) => creditNote.invoice,
    }),
    setupIntents: collection('setupIntents', ({ id }) => id, { customer: ({ customer }) => customer }),
    checkoutSessions: collection('checkoutSessions', ({ id }) => id, {
      customer: ({ customer }) => customer,
    }),
    portalSessions: collection('portalSessions', ({ id }) => id),
    meters: collection('meters', ({ id }) => id, { event_name: ({ event_name }) => event_name }),
    meterEvents: collection('meterEvents', ({ id }) => id, {
      identifier: ({ shown }) => shown.identifier,
      meter_customer: ({ meter, customer }) => `${meter} ${customer}`,
    }),
    webhookEndpoints: collection('webhookEndpoints', ({ endpoint }) => endpoint.id),
    events: collection('events', ({ id }) => id),
    deliveries: collection('deliveries', ({ id }) => id, {
      event: ({ event }) => event,
      state: ({ state }) => state,
    }),
    answers: new Map(),
    v2Answers: new Map(),
    mutations: [],
  }
}

/** What two tax rates have in common that are the same one. */
export function taxRateKey(
  rate: Pick<
    Stripe.TaxRate,
    | 'display_name'
    | 'percentage'
    | 'inclusive'
    | 'country'
    | 'tax_type'
    | 'description'
    | 'jurisdiction'
    | 'state'
  >,
): string {
  const { display_name, percentage, inclusive, country, tax_type, description, jurisdiction, state } = rate
  return JSON.stringify([
    display_name,
    percentage,
    inclusive,
    country,
    tax_type,
    description,
    jurisdiction,
    state,
  ])
}
