/**
 * From a webhook's raw bytes to what it hints at. An event is believed only as a hint: that something may have changed about an
 * invoice, a payment, a customer or a Checkout session. Which it is follows from the kind of its object, and the ids in it say whether it can
 * be about anything of ours; nothing else of it is used.
 *
 * The SDK refuses old signatures but takes any that lies in the future; here both are refused.
 */
import { Stripe } from 'stripe'
import { SECOND_MS } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { stripeErrors } from './errors.ts'

const SIGNATURE_TOLERANCE_S = 300

export type EventHint = {
  readonly kind: LedgerTables['stripe_events']['about_kind']
  /** Of the invoice, the payment intent, the customer or the session. */
  readonly id: string
  /** It is ours if this is; undefined where the event does not say whose it is. */
  readonly owner: { readonly kind: 'invoice' | 'customer'; readonly id: string } | undefined
}

/**
 * @param secrets one, or two while a secret is rolled
 * @throws AppError `stripe_signature_invalid`, `stripe_event_invalid`
 */
export function verifyWebhook(
  rawBody: Uint8Array,
  signature: string | undefined,
  secrets: readonly string[],
  now: number,
): Stripe.Event {
  const seconds = (signature ?? '').split(',').filter((part) => part.startsWith('t='))
  const signedAt = seconds.length === 1 ? Number(/^t=(\d{1,12})$/.exec(seconds[0] ?? '')?.[1]) : Number.NaN
  const ageSeconds = Math.floor(now / SECOND_MS) - signedAt
  const isFresh = Math.abs(ageSeconds) <= SIGNATURE_TOLERANCE_S
  let cause: unknown = new Error('signed too long ago or in the future')
  for (const secret of isFresh ? secrets : []) {
    try {
      return assertEvent(
        Stripe.webhooks.constructEvent(
          rawBody,
          signature ?? '',
          secret,
          SIGNATURE_TOLERANCE_S,
          undefined,
          now,
        ),
      )
    } catch (error) {
      if (error instanceof SyntaxError)
        throw stripeErrors.stripe_event_invalid('Send a Stripe event as JSON.', { cause: error })
      if (!(error instanceof Stripe.errors.StripeError)) throw error
      cause = error
    }
  }
  throw stripeErrors.stripe_signature_invalid(
    'Sign the raw body with the endpoint’s secret, within five minutes of the clock here.',
    { cause },
  )
}

/** The signature covers any bytes; what they say is looked at here. */
function assertEvent(event: Stripe.Event): Stripe.Event {
  const shape: {
    readonly id?: unknown
    readonly object?: unknown
    readonly data?: { readonly object?: { readonly object?: unknown } }
  } | null = event
  if (
    shape === null ||
    shape.object !== 'event' ||
    typeof shape.id !== 'string' ||
    typeof shape.data?.object?.object !== 'string'
  ) {
    throw stripeErrors.stripe_event_invalid('Send a Stripe event with an id and an object.')
  }
  return event
}

/** Undefined for what cannot concern anything of ours. */
export function hintOf({ data }: Stripe.Event): EventHint | undefined {
  const object: Readonly<Record<string, unknown>> = { ...data.object }
  switch (object['object']) {
    case 'invoice':
      return aboutInvoice(object['id'])
    case 'credit_note':
    case 'invoice_payment':
      return aboutInvoice(object['invoice'])
    // Whatever is paid of an invoice is paid by its customer.
    case 'payment_intent':
      return ofCustomer('payment', object['id'], object['customer'])
    case 'charge':
      return ofCustomer('payment', object['payment_intent'], object['customer'])
    case 'refund':
    case 'dispute': {
      const id = idOf(object['payment_intent'])
      return id === undefined ? undefined : { kind: 'payment', id, owner: undefined }
    }
    case 'checkout.session':
      return object['mode'] === 'setup' ? ofCustomer('checkout', object['id'], object['customer']) : undefined
    case 'customer':
      return ofCustomer('customer', object['id'], object['id'])
    case 'payment_method':
    case 'setup_intent':
      return ofCustomer('customer', object['customer'], object['customer'])
    default:
      return undefined
  }
}

function aboutInvoice(invoice: unknown): EventHint | undefined {
  const id = idOf(invoice)
  return id === undefined ? undefined : { kind: 'invoice', id, owner: { kind: 'invoice', id } }
}

function ofCustomer(kind: EventHint['kind'], about: unknown, customer: unknown): EventHint | undefined {
  const id = idOf(about)
  const ownerId = idOf(customer)
  if (id === undefined || ownerId === undefined) return undefined
  return { kind, id, owner: { kind: 'customer', id: ownerId } }
}

function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined
  return typeof value.id === 'string' ? value.id : undefined
}
