/**
 * Test cards. What a card does when it is charged hangs on its number, as with Stripe's; a card that a customer got by itself does what the
 * customer's metadata `sandbox_payment` (`decline`, `action`) or an e-mail address with "decline" in it says at that moment.
 */
import type { Stripe } from 'stripe'
import type { SandboxContext } from './operation.ts'
import type { CardBehaviour, StoredCustomer, StoredPaymentMethod } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

export type CardKind = {
  readonly brand: string
  readonly last4: string
  readonly behaviour: CardBehaviour
}

const visa: CardKind = { brand: 'visa', last4: '4242', behaviour: 'works' }

/** Tokens that Stripe takes wherever the id of a payment method goes. */
const testTokens: ReadonlyMap<string, CardKind> = new Map([
  ['pm_card_visa', visa],
  ['pm_card_mastercard', { brand: 'mastercard', last4: '4444', behaviour: 'works' }],
  ['pm_card_chargeCustomerFail', { brand: 'visa', last4: '0341', behaviour: 'declines' }],
  ['pm_card_visa_chargeDeclined', { brand: 'visa', last4: '0002', behaviour: 'declines' }],
  ['pm_card_authenticationRequired', { brand: 'visa', last4: '3184', behaviour: 'asks' }],
])

export function automaticCard(context: SandboxContext, customer: string): StoredPaymentMethod {
  return newCard(context, { ...visa, behaviour: 'by_customer' }, customer)
}

export function newCard(
  context: SandboxContext,
  kind: CardKind,
  customer: string | null,
): StoredPaymentMethod {
  const stored = {
    behaviour: kind.behaviour,
    paymentMethod: cardPaymentMethod(context.newId('pm'), context.nowSecond(), kind, customer),
  }
  context.state.paymentMethods.put(stored)
  return stored
}

/** @throws StripeFailure for an id that is not there */
export function getPaymentMethod(
  context: SandboxContext,
  id: string,
  param = 'payment_method',
  status: 400 | 404 = 404,
): StoredPaymentMethod {
  const stored = context.state.paymentMethods.get(id)
  if (stored === undefined) throw resourceMissing('PaymentMethod', id, param, status)
  return stored
}

/** A test token makes a card of its own each time. @throws StripeFailure for one that is not the customer's */
export function cardToCharge(
  context: SandboxContext,
  idOrToken: string,
  customer: string,
  param: string,
): StoredPaymentMethod {
  const kind = testTokens.get(idOrToken)
  if (kind !== undefined) return newCard(context, kind, null)
  assertAttached(context, idOrToken, customer, param)
  return getPaymentMethod(context, idOrToken, param, 400)
}

/** @throws StripeFailure 400 `resource_missing` */
export function assertAttached(context: SandboxContext, id: string, customer: string, param: string): void {
  if (context.state.paymentMethods.get(id)?.paymentMethod.customer === customer) return
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. It must be attached to the customer.`,
    'resource_missing',
    param,
  )
}

/** A test token makes a card of its own each time. @throws StripeFailure for one that belongs to another customer */
export function attachCard(
  context: SandboxContext,
  idOrToken: string,
  customer: string,
): StoredPaymentMethod {
  const kind = testTokens.get(idOrToken)
  const stored = kind === undefined ? getPaymentMethod(context, idOrToken) : newCard(context, kind, null)
  const owner = stored.paymentMethod.customer
  if (owner !== null && owner !== customer) {
    throw invalidRequest(
      'The payment method you provided has already been attached to a customer.',
      'payment_method_unexpected_state',
      'customer',
    )
  }
  const attached = { ...stored, paymentMethod: { ...stored.paymentMethod, customer } }
  context.state.paymentMethods.put(attached)
  context.emit('payment_method.attached', attached.paymentMethod)
  return attached
}

/** Also no longer the customer's default. @throws StripeFailure for one that is attached to nobody */
export function detachCard(context: SandboxContext, id: string): StoredPaymentMethod {
  const stored = getPaymentMethod(context, id)
  const owner = context.state.customers.get(stored.paymentMethod.customer ?? '')
  if (owner === undefined) {
    throw invalidRequest(
      'The payment method is not attached to a customer.',
      'payment_method_unexpected_state',
    )
  }
  if (owner.customer.invoice_settings.default_payment_method === id) {
    const invoice_settings = { ...owner.customer.invoice_settings, default_payment_method: null }
    context.state.customers.put({ ...owner, customer: { ...owner.customer, invoice_settings } })
  }
  const detached = { ...stored, paymentMethod: { ...stored.paymentMethod, customer: null } }
  context.state.paymentMethods.put(detached)
  context.emit('payment_method.detached', detached.paymentMethod)
  return detached
}

export function behaviourOf({ behaviour }: StoredPaymentMethod, { customer }: StoredCustomer): CardBehaviour {
  if (behaviour !== 'by_customer') return behaviour
  const wish = customer.metadata['sandbox_payment']
  if (wish === 'decline' || /decline/i.test(customer.email ?? '')) return 'declines'
  return wish === 'action' ? 'asks' : 'works'
}

function cardPaymentMethod(
  id: string,
  now: number,
  { brand, last4 }: CardKind,
  customer: string | null,
): StoredPaymentMethod['paymentMethod'] {
  return {
    id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: brand,
      exp_month: 12,
      exp_year: 2040,
      fingerprint: `${brand}${last4}`,
      funding: 'credit',
      generated_from: null,
      last4,
      networks: { available: [brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  } satisfies Stripe.PaymentMethod
}
