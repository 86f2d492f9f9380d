/** The face of `billing/stripe/`: issued documents go to Stripe exactly once, and what becomes of them comes back. */
export type { AccountDesk, LeftInvoice } from './account-desk.ts'
export { connectStripe, type StripeConnection } from './connect-stripe.ts'
export {
  createStripeInbox,
  type PaymentProblem,
  type StripeInbox,
  type StripeInboxParts,
  type StripeSyncReport,
  type StripeWebhook,
} from './create-stripe-inbox.ts'
export {
  createStripePusher,
  type ParkedStep,
  type PushReport,
  type StripePusher,
} from './create-stripe-pusher.ts'
export { stripeErrors } from './errors.ts'
export { followInvoice } from './follow-documents.ts'
export type { CustomerPayment, InvoiceCollection, PaymentDesk } from './payment-desk.ts'
export type { PushDesk, PushStep } from './push-desk.ts'
export { pushProblems, type PushReason } from './push-problems.ts'
export { readMinimumCharge } from './minimum-charges.ts'
export { createSecretStore, type SecretStore, type StripeCredentials } from './secrets.ts'
export type { StripeOptions } from './stripe-client.ts'
export type { StripeParts, StripePusherParts } from './stripe-parts.ts'
export { createStripeSweeper, type StripeSweeper, type SweepReport } from './sweep.ts'
