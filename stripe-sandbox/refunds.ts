/**
 * Refunds of charges, at most what was paid. One whose customer has the metadata `sandbox_refund=fail` is pending for a minute and then fails:
 * the money is with the merchant again, and the charge no longer refunded.
 */
import type { Stripe } from 'stripe'
import { listOfCharges } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import {
  idText,
  integer,
  metadata,
  oneOf,
  patchMetadata,
  readParameters,
  type ReadersOf,
} from './parameters.ts'
import type { StoredCharge, StoredRefund } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const FAILS_AFTER_MS = 60_000

export type NewRefund = {
  /** All that is left unless given. */
  readonly amount?: number
  readonly reason?: Stripe.Refund['reason']
  readonly metadata?: Record<string, string>
}

export const refundOperations: readonly Operation[] = [
  {
    name: 'create_refund',
    method: 'POST',
    path: '/v1/refunds',
    prepare(context, form) {
      const given = readParameters(form, {
        charge: idText,
        payment_intent: idText,
        amount: integer,
        reason: oneOf(['duplicate', 'fraudulent', 'requested_by_customer']),
        metadata,
      } satisfies ReadersOf<Stripe.RefundCreateParams>)
      if ((given.charge === undefined) === (given.payment_intent === undefined)) {
        throw invalidRequest('Give either charge or payment_intent.', 'parameter_missing', 'charge')
      }
      return (): Stripe.Refund => {
        const charge =
          given.payment_intent === undefined
            ? getCharge(context, given.charge ?? '', 'charge')
            : chargeOfIntent(context, given.payment_intent)
        return refundCharge(context, charge, {
          metadata: patchMetadata(null, given.metadata),
          ...(given.amount === undefined ? {} : { amount: given.amount }),
          ...(given.reason === undefined ? {} : { reason: given.reason }),
        })
      }
    },
  },
  listOfCharges({
    name: 'list_refunds',
    path: '/v1/refunds',
    collection: (state) => state.refunds,
    show: (refund): Stripe.Refund => refund,
  }),
  {
    name: 'retrieve_refund',
    method: 'GET',
    path: '/v1/refunds/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Refund => getRefund(context, id, 'id', 404)
    },
  },
]

export function getRefund(
  context: SandboxContext,
  id: string,
  param: string,
  status: 400 | 404,
): StoredRefund {
  const refund = context.state.refunds.get(id)
  if (refund === undefined) throw resourceMissing('refund', id, param, status)
  return refund
}

export function getCharge({ state }: SandboxContext, id: string, param: string): StoredCharge {
  const charge = state.charges.get(id)
  if (charge === undefined) throw resourceMissing('charge', id, param, 400)
  return charge
}

/** What can still be refunded of a charge. */
export function refundableAmount({ amount_captured, amount_refunded }: StoredCharge): number {
  return amount_captured - amount_refunded
}

/** @throws StripeFailure when the charge did not succeed, is disputed, or has less left than the amount */
export function refundCharge(context: SandboxContext, charge: StoredCharge, given: NewRefund): StoredRefund {
  const left = refundableAmount(charge)
  const amount = given.amount ?? left
  if (!charge.paid) throw invalidRequest('Only a charge that succeeded is refunded.', 'charge_not_refundable')
  if (charge.disputed) throw invalidRequest(`Charge ${charge.id} has been charged back.`, 'charge_disputed')
  if (left === 0)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded')
  if (amount <= 0)
    throw invalidRequest('The amount must be above zero.', 'parameter_invalid_integer', 'amount')
  if (amount > left) {
    throw invalidRequest(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`,
      'amount_too_large',
      'amount',
    )
  }
  const willFail =
    context.state.customers.get(charge.customer)?.customer.metadata['sandbox_refund'] === 'fail'
  const refund = newRefund(context, charge, amount, given, willFail ? 'pending' : 'succeeded')
  context.state.refunds.put(refund)
  const refunded = addToRefunded(context, charge, amount)
  context.emit('refund.created', refund)
  context.emit('charge.refunded', refunded)
  if (willFail) scheduleFailure(context, refund)
  return refund
}

/** Called after a restart as well. */
export function scheduleFailure(context: SandboxContext, { id, created }: StoredRefund): void {
  context.schedule(created * 1000 + FAILS_AFTER_MS, () => {
    const refund = context.state.refunds.get(id)
    const charge = context.state.charges.get(refund?.charge ?? '')
    if (refund?.status !== 'pending' || charge === undefined) return
    const { pending_reason: _, ...rest } = refund
    const failed = { ...rest, status: 'failed', failure_reason: 'expired_or_canceled_card' }
    context.state.refunds.put(failed)
    addToRefunded(context, charge, -refund.amount)
    context.emit('refund.updated', failed)
    context.emit('refund.failed', failed)
  })
}

function addToRefunded({ state }: SandboxContext, charge: StoredCharge, amount: number): StoredCharge {
  const amount_refunded = charge.amount_refunded + amount
  const changed = { ...charge, amount_refunded, refunded: amount_refunded === charge.amount_captured }
  state.charges.put(changed)
  return changed
}

function chargeOfIntent(context: SandboxContext, intentId: string): StoredCharge {
  const intent = context.state.paymentIntents.get(intentId)
  if (intent === undefined) throw resourceMissing('payment_intent', intentId, 'payment_intent', 400)
  if (intent.latest_charge === null || intent.status !== 'succeeded') {
    throw invalidRequest(
      'This PaymentIntent has no successful charge to refund.',
      'payment_intent_unexpected_state',
    )
  }
  return getCharge(context, intent.latest_charge, 'payment_intent')
}

function newRefund(
  context: SandboxContext,
  charge: StoredCharge,
  amount: number,
  given: NewRefund,
  status: 'pending' | 'succeeded',
): StoredRefund {
  return {
    id: context.newId('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: context.nowSecond(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: given.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(status === 'pending' ? { pending_reason: 'processing' } : {}),
    reason: given.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  }
}
