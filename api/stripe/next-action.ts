/**
 * What a customer can do about an invoice at Stripe, in one word: pure, from what Stripe last said. It says what helps, not what is
 * allowed: the page to pay on is there as long as something is open.
 */
import type { CustomerPayment, InvoiceCollection } from '../../billing/index.ts'

export const nextActions = [
  'none',
  'pay',
  'confirm_payment',
  'save_payment_method',
  'update_payment_method',
  'contact_bank',
  'contact_supplier',
] as const
export type NextAction = (typeof nextActions)[number]

/** Another try with the same card or account cannot succeed. */
const spoiltMethods: ReadonlySet<string> = new Set([
  'expired_card',
  'incorrect_number',
  'invalid_number',
  'incorrect_cvc',
  'invalid_cvc',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'card_not_supported',
  'currency_not_supported',
  'lost_card',
  'stolen_card',
  'pickup_card',
  'invalid_account',
  'debit_not_authorized',
  'account_closed',
  'no_account',
  'bank_account_restricted',
  'bank_account_unusable',
  'sepa_unsupported_account',
  'new_account_information_available',
  'revocation_of_authorization',
  'revocation_of_all_authorizations',
])

/** Only the bank knows why, and Stripe was told no more. */
const refusedByBank: ReadonlySet<string> = new Set([
  'do_not_honor',
  'generic_decline',
  'card_declined',
  'call_issuer',
  'transaction_not_allowed',
  'restricted_card',
  'security_violation',
])

type Told = Pick<
  InvoiceCollection,
  'status' | 'remainingMinor' | 'isProcessing' | 'problem' | 'dispute' | 'nextAttemptAt'
>

type Paying = Pick<CustomerPayment, 'collectionMethod' | 'paymentMethod'>

export function nextActionOf(told: Told | undefined, paying: Paying): NextAction {
  if (told === undefined) return 'none'
  const { status, isProcessing, problem, dispute, remainingMinor, nextAttemptAt } = told
  if (problem?.code === 'settled_without_money') return 'contact_supplier'
  if (dispute === 'open') return 'contact_bank'
  if (status !== 'open' || remainingMinor <= 0n || isProcessing) return 'none'
  if (problem?.kind === 'requires_action' || problem?.code === 'authentication_required')
    return 'confirm_payment'
  const isNothingToCharge =
    paying.collectionMethod === 'charge_automatically' && paying.paymentMethod === undefined
  if (isNothingToCharge && (problem?.code ?? 'payment_failed') === 'payment_failed')
    return 'save_payment_method'
  if (problem === undefined) return nextAttemptAt === undefined ? 'pay' : 'none'
  if (spoiltMethods.has(problem.code)) return 'update_payment_method'
  return refusedByBank.has(problem.code) ? 'contact_bank' : 'pay'
}
