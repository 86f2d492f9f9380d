/** What the API needs of the connection to Stripe. What is taken up again by hand is sent at once. */
import type { ApiStripe } from '../api/index.ts'
import type { StripeConnection } from '../billing/index.ts'
import type { Config } from './config.ts'

/** A sandbox has no dashboard. */
const dashboards: Readonly<Record<string, string>> = {
  'https://api.stripe.com': 'https://dashboard.stripe.com',
}

export function toApiStripe(
  { pushDesk, paymentDesk, accountDesk }: Pick<StripeConnection, 'pushDesk' | 'paymentDesk' | 'accountDesk'>,
  { stripeUrl }: Pick<Config, 'stripeUrl'>,
  poke: (job: string) => void,
): ApiStripe {
  return {
    pushDesk: {
      ...pushDesk,
      async retry(...step) {
        await pushDesk.retry(...step)
        poke('stripe_push')
      },
    },
    paymentDesk,
    accountDesk,
    dashboard: dashboards[stripeUrl],
  }
}
