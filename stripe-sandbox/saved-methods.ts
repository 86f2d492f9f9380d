/** Payment methods of customers, whatever their kind: found, attached, detached. Test tokens stand for cards and accounts. */
import { cardTokens, newCard } from './cards.ts'
import { newDebit } from './debits.ts'
import type { SandboxContext } from './operation.ts'
import type { StoredPaymentMethod } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'
import { testAccounts } from './test-accounts.ts'

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

/** A test token makes a method of its own each time. @throws StripeFailure for one that is not the customer's */
export function methodToCharge(
  context: SandboxContext,
  idOrToken: string,
  customer: string,
  param: string,
): StoredPaymentMethod {
  const made = methodOfToken(context, idOrToken)
  if (made !== undefined) return made
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

/** A test token makes a method of its own each time. @throws StripeFailure for one that belongs to another customer */
export function attachMethod(
  context: SandboxContext,
  idOrToken: string,
  customer: string,
): StoredPaymentMethod {
  const stored = methodOfToken(context, idOrToken) ?? getPaymentMethod(context, idOrToken)
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
export function detachMethod(context: SandboxContext, id: string): StoredPaymentMethod {
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

function methodOfToken(context: SandboxContext, token: string): StoredPaymentMethod | undefined {
  const card = cardTokens.get(token)
  if (card !== undefined) return newCard(context, card, null)
  const account = testAccounts.find((each) => each.token === token)
  return account && newDebit(context, account, null)
}
