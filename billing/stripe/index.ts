/** The face of `billing/stripe/`: issued invoices go to Stripe exactly once, and payments come back. */
export {
  createStripeInbox,
  type StripeInbox,
  type StripeInboxParts,
  type StripeSyncReport,
  type StripeWebhook,
} from './create-stripe-inbox.ts'
export {
  createStripePusher,
  type PushReport,
  type StripePusher,
  type StripePusherParts,
} from './create-stripe-pusher.ts'
export { stripeErrors } from './errors.ts'
export { readMinimumCharge } from './minimum-charges.ts'
export { enqueueInvoicePush } from './outbox.ts'
export { followPayments } from './paid-outside.ts'
export { createSecretStore, type SecretStore, type StripeCredentials } from './secrets.ts'
export type { StripeOptions } from './stripe-client.ts'
