/**
 * Disputes: a control call opens one for a charge, as a bank would, and another closes it, won or lost. One of a debit is lost at once: SEPA has no
 * appeal. The API only shows them.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { listOfCharges } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { readParameters } from './parameters.ts'
import { getCharge, refundableAmount } from './refunds.ts'
import type { StoredCharge, StoredDispute } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const ANSWER_DAYS = 7

export const disputeOperations: readonly Operation[] = [
  listOfCharges({
    name: 'list_disputes',
    path: '/v1/disputes',
    collection: (state) => state.disputes,
    show: (dispute): Stripe.Dispute => dispute,
  }),
  {
    name: 'retrieve_dispute',
    method: 'GET',
    path: '/v1/disputes/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Dispute => getDispute(context, id)
    },
  },
]

/** @throws StripeFailure for a charge that did not succeed or is disputed already */
export function openDispute(context: SandboxContext, chargeId: string, amount?: number): StoredDispute {
  const charge = getCharge(context, chargeId, 'charge')
  const left = refundableAmount(charge)
  if (!charge.paid || charge.disputed || left === 0) {
    throw invalidRequest(
      'Only a charge that was paid and is not disputed yet can be disputed.',
      'charge_disputed',
    )
  }
  if (amount !== undefined && (amount <= 0 || amount > left)) {
    throw invalidRequest(`Between 1 and ${left} can be disputed.`, 'parameter_invalid', 'amount')
  }
  const dispute = newDispute(context, charge, amount ?? left)
  context.state.disputes.put(dispute)
  context.state.charges.put({ ...charge, disputed: true })
  context.emit('charge.dispute.created', dispute)
  context.emit('charge.dispute.funds_withdrawn', dispute)
  if (dispute.status === 'lost') context.emit('charge.dispute.closed', dispute)
  return dispute
}

/** @throws StripeFailure for one that is closed */
export function closeDispute(context: SandboxContext, id: string, result: 'won' | 'lost'): StoredDispute {
  const dispute = getDispute(context, id)
  if (dispute.status !== 'needs_response')
    throw invalidRequest('The dispute is closed.', 'status_transition_invalid')
  const closed = { ...dispute, status: result }
  context.state.disputes.put(closed)
  context.emit('charge.dispute.closed', closed)
  if (result === 'won') context.emit('charge.dispute.funds_reinstated', closed)
  return closed
}

function getDispute({ state }: SandboxContext, id: string): StoredDispute {
  const dispute = state.disputes.get(id)
  if (dispute === undefined) throw resourceMissing('dispute', id, 'dispute')
  return dispute
}

function newDispute(context: SandboxContext, charge: StoredCharge, amount: number): StoredDispute {
  const isDebit = charge.payment_method_details?.type === 'sepa_debit'
  const brand = charge.payment_method_details?.card?.brand ?? 'visa'
  return {
    id: context.newId('du'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: context.nowSecond(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: context.nowSecond() + (ANSWER_DAYS * DAY_MS) / 1000,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    network_reason_code: null,
    payment_intent: charge.payment_intent,
    payment_method_details: isDebit
      ? { type: 'sepa_debit' }
      : {
          type: 'card',
          card: { brand, case_type: 'chargeback', network: brand, network_reason_code: null },
        },
    reason: 'general',
    status: isDebit ? 'lost' : 'needs_response',
  }
}

const noEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  appeal: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
