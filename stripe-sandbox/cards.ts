/**
 * Test cards. What a card does when it is charged hangs on its number, as with Stripe's; a card that a customer got by itself does what the
 * customer's metadata `sandbox_payment` (`decline`, `action`) or an e-mail address with "decline" in it says at that moment.
 */
import type { Stripe } from 'stripe'
import type { SandboxContext } from './operation.ts'
import type { CardBehaviour, DebitBehaviour, StoredCustomer, StoredPaymentMethod } from './sandbox-state.ts'

export type CardKind = {
  readonly brand: string
  readonly last4: string
  readonly behaviour: CardBehaviour
}

const visa: CardKind = { brand: 'visa', last4: '4242', behaviour: 'works' }

/** Tokens that Stripe takes wherever the id of a payment method goes. */
export const cardTokens: ReadonlyMap<string, CardKind> = new Map([
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

export function behaviourOf(
  { behaviour }: StoredPaymentMethod,
  { customer }: StoredCustomer,
): CardBehaviour | DebitBehaviour {
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
