/**
 * What a failed request to Stripe means for the one who sent it. The question that matters is whether it may have
 * been carried out: `unknown` says "perhaps", everything else says "no".
 */
import { Stripe } from 'stripe'

export type Failure =
  /** Too many requests; nothing was done. */
  | { readonly kind: 'rate_limited'; readonly sentence: string }
  /** The key is not let in; nothing was done, and the document is not at fault. */
  | { readonly kind: 'unauthorized'; readonly sentence: string }
  /** Perhaps done. `isAnswered`: Stripe itself said 5xx, which it repeats for the same key. */
  | { readonly kind: 'unknown'; readonly isAnswered: boolean; readonly sentence: string }
  /** Stripe refused this request and will again. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** Not an answer of Stripe: our own mistake. */
  | { readonly kind: 'foreign' }

export function classifyFailure(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) return { kind: 'foreign' }
  const { statusCode } = error
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return { kind: 'rate_limited', sentence: 'Stripe asked to slow down; it will be tried again.' }
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return { kind: 'unauthorized', sentence: 'Stripe refused the key; enter a key that may write invoices.' }
  }
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return {
      kind: 'unknown',
      isAnswered: false,
      sentence: 'Stripe could not be reached; it will be tried again.',
    }
  }
  if (
    error instanceof Stripe.errors.StripeAPIError &&
    (statusCode === undefined || statusCode === 409 || statusCode >= 500)
  ) {
    return {
      kind: 'unknown',
      isAnswered: statusCode !== undefined && statusCode >= 500,
      sentence: 'Stripe answered with an error of its own; it will be tried again.',
    }
  }
  const code = error.code === undefined ? '' : ` (${error.code})`
  return {
    kind: 'refused',
    sentence: `Stripe refused the document${code}: ${error.message.slice(0, 300)}`,
  }
}
