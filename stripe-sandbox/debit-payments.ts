/**
 * Payments by SEPA direct debit. The bank answers later: until then the intent is `processing`, its charge `pending`, and the invoice as it was.
 * What was paid may be taken back by the bank; in SEPA that is a dispute, and it is lost as soon as it is there.
 */
import { openDispute } from './disputes.ts'
import { getInvoice } from './invoice-store.ts'
import { changeIntent, newCharge, takeCharged, type PaymentParts } from './open-payment.ts'
import type { SandboxContext } from './operation.ts'
import { resultOf, type ChargeResult } from './payment-objects.ts'
import { getPaymentMethod } from './saved-methods.ts'
import type { DebitBehaviour, StoredCharge, StoredInvoice, StoredPaymentIntent } from './sandbox-state.ts'

export function beginDebit(
  context: SandboxContext,
  stored: StoredInvoice,
  { intent, method }: PaymentParts,
): StoredPaymentIntent {
  const made = newCharge(context, stored, intent, method, { status: 'pending' })
  const processing = changeIntent(context, intent, {
    status: 'processing',
    latest_charge: made.id,
    payment_method: method.paymentMethod.id,
    last_payment_error: null,
    next_action: null,
  })
  context.emit('payment_intent.processing', processing)
  return processing
}

export function endOfDebitMs(context: SandboxContext, intentId: string): number {
  const found = findDebit(context, intentId)
  return found === undefined ? context.nowMs() : found.charge.created * 1000 + found.behaviour.endsAfterMs
}

/** The invoice, when the debit failed; undefined when it was paid, or was none that is under way. */
export function endDebit(context: SandboxContext, intentId: string): StoredInvoice | undefined {
  const found = findDebit(context, intentId)
  if (found === undefined) return undefined
  const { intent, charge, method, payment, behaviour } = found
  const stored = getInvoice(context.state, payment.invoice)
  const { end } = behaviour
  if (end.kind === 'failed') {
    const failed = settle(context, charge, { status: 'failed', code: end.code, message: end.message })
    const unpaid = changeIntent(context, intent, {
      status: 'requires_payment_method',
      last_payment_error: {
        type: 'invalid_request_error',
        code: end.code,
        message: end.message,
        charge: failed.id,
        payment_method: method.paymentMethod,
      },
    })
    context.emit('payment_intent.payment_failed', unpaid)
    return stored
  }
  const paid = settle(context, charge, { status: 'succeeded' })
  takeCharged(context, stored, { intent, payment, method }, paid)
  if (end.kind === 'disputed') openDispute(context, paid.id)
  return undefined
}

function settle(
  context: SandboxContext,
  charge: StoredCharge,
  result: Exclude<ChargeResult, { status: 'pending' }>,
): StoredCharge {
  const settled = { ...charge, ...resultOf(result, charge.amount) }
  context.state.charges.put(settled)
  context.emit(`charge.${result.status}`, settled)
  return settled
}

function findDebit(context: SandboxContext, intentId: string) {
  const { paymentIntents, charges, invoicePayments } = context.state
  const intent = paymentIntents.get(intentId)
  const charge = charges.get(intent?.latest_charge ?? '')
  const [payment] = invoicePayments
    .idsWhere('payment_intent', intentId)
    .flatMap((id) => invoicePayments.get(id) ?? [])
  if (intent?.status !== 'processing' || charge === undefined || payment === undefined) return undefined
  const method = getPaymentMethod(context, charge.payment_method ?? '')
  return { intent, charge, payment, method, behaviour: debitOf(method.behaviour) }
}

function debitOf(behaviour: string | DebitBehaviour): DebitBehaviour {
  if (typeof behaviour === 'object') return behaviour
  throw new TypeError('Only a debit takes days.')
}
