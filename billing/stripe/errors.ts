import { declareErrors } from '../../core/index.ts'

/** The errors of the Stripe connection. */
export const stripeErrors = declareErrors({
  stripe_live_key_refused: { kind: 'precondition', title: 'A live Stripe key was refused' },
  stripe_connection_unconfirmed: {
    kind: 'conflict',
    title: 'Connecting the account has consequences to confirm',
  },
  stripe_key_invalid: { kind: 'validation', title: 'Not a Stripe secret key' },
  stripe_webhook_secret_invalid: { kind: 'validation', title: 'Not a Stripe webhook secret' },
  stripe_not_configured: { kind: 'precondition', title: 'No Stripe account is connected' },
  stripe_encryption_key_invalid: {
    kind: 'precondition',
    title: 'The key that protects secrets is not usable',
  },
  stripe_secret_unreadable: { kind: 'precondition', title: 'A stored Stripe secret cannot be read' },
  stripe_signature_invalid: { kind: 'unauthenticated', title: 'The webhook is not signed by Stripe' },
  stripe_event_invalid: { kind: 'validation', title: 'Not a Stripe event' },
  stripe_event_foreign: { kind: 'forbidden', title: 'The event is of another mode or a connected account' },
  stripe_unreachable: { kind: 'dependency', title: 'Stripe cannot be reached' },
  stripe_customer_unknown: { kind: 'validation', title: 'Not a customer of the Stripe account' },
  stripe_customer_taken: { kind: 'conflict', title: 'Linked to another customer' },
  stripe_step_not_found: { kind: 'not_found', title: 'No such step of a push' },
  stripe_step_not_parked: { kind: 'conflict', title: 'The step is not parked' },
})
