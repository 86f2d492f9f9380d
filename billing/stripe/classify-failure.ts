/**
 * What a failed request to Stripe means for the one who sent it. The question that matters is whether it may have
 * been carried out: `unknown` says "perhaps", everything else says "no".
 */
import { Stripe } from 'stripe'
import { pushProblems, type SaidPushProblem } from './push-problems.ts'

export type Failure =
  /** Too many requests; nothing was done. */
  | { readonly kind: 'rate_limited'; readonly problem: SaidPushProblem }
  /** The key is not let in; nothing was done, and the document is not at fault. */
  | { readonly kind: 'unauthorized'; readonly problem: SaidPushProblem }
  /** Perhaps done. `isAnswered`: Stripe itself said 5xx, which it repeats for the same key. */
  | { readonly kind: 'unknown'; readonly isAnswered: boolean; readonly problem: SaidPushProblem }
  /** Stripe refused this request and will again. */
  | { readonly kind: 'refused'; readonly problem: SaidPushProblem }
  /** Not an answer of Stripe: our own mistake. */
  | { readonly kind: 'foreign' }

export function classifyFailure(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) return { kind: 'foreign' }
  const { statusCode } = error
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return { kind: 'rate_limited', problem: pushProblems.say('stripe_busy') }
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return { kind: 'unauthorized', problem: pushProblems.say('key_refused') }
  }
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return { kind: 'unknown', isAnswered: false, problem: pushProblems.say('stripe_unreachable') }
  }
  if (
    error instanceof Stripe.errors.StripeAPIError &&
    (statusCode === undefined || statusCode === 409 || statusCode >= 500)
  ) {
    return {
      kind: 'unknown',
      isAnswered: statusCode !== undefined && statusCode >= 500,
      problem: pushProblems.say('stripe_failed'),
    }
  }
  const { code } = error
  const stripeMessage = error.message.slice(0, 300)
  const problem =
    code === undefined
      ? pushProblems.say('refused', { stripeMessage })
      : pushProblems.say('refused_with_code', { stripeCode: code, stripeMessage })
  return { kind: 'refused', problem }
}
