import { stripeErrors } from '../../billing/index.ts'
import type { ApiStripe } from '../api-options.ts'

/** @throws AppError `stripe_not_configured` on an installation where nothing goes to Stripe */
export function connectedStripe(stripe: ApiStripe | undefined): ApiStripe {
  if (stripe === undefined) throw stripeErrors.stripe_not_configured('Set USANCE_SECRET_KEY first.')
  return stripe
}
