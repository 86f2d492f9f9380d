/** Everything that speaks with Stripe, on one set of connections, so that together it keeps Stripe's pace. */
import { createAccountDesk, type AccountDesk } from './account-desk.ts'
import { createStripeInbox, type StripeInbox, type StripeInboxParts } from './create-stripe-inbox.ts'
import { createStripePusher, type StripePusher } from './create-stripe-pusher.ts'
import { createPaymentDesk, type PaymentDesk } from './payment-desk.ts'
import { createPushDesk, type PushDesk } from './push-desk.ts'
import { createSecretStore, type SecretStore } from './secrets.ts'
import { createStripeClients } from './stripe-client.ts'
import type { StripePusherParts } from './stripe-parts.ts'
import { createStripeSweeper, type StripeSweeper } from './sweep.ts'

export type StripeConnection = {
  readonly secrets: SecretStore
  readonly accountDesk: AccountDesk
  readonly pusher: StripePusher
  readonly inbox: StripeInbox
  readonly sweeper: StripeSweeper
  readonly pushDesk: PushDesk
  readonly paymentDesk: PaymentDesk
}

export function connectStripe(parts: StripeInboxParts & StripePusherParts): StripeConnection {
  const secrets = createSecretStore(parts)
  const clients = createStripeClients(secrets, parts.stripeOptions)
  const inbox = createStripeInbox(parts, clients)
  const pusher = createStripePusher(parts, clients)
  return {
    secrets,
    accountDesk: createAccountDesk(parts, secrets, clients),
    pusher,
    pushDesk: createPushDesk(parts, clients),
    paymentDesk: createPaymentDesk(parts, clients, pusher),
    inbox,
    sweeper: createStripeSweeper({ ...parts, inbox }, clients),
  }
}
