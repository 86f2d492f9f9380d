/** The errors of our own webhooks. */
import { declareErrors } from '../core/index.ts'

export const webhookErrors = declareErrors({
  webhooks_not_configured: { kind: 'precondition', title: 'Webhooks are not set up on this server' },
  webhook_input_invalid: { kind: 'validation', title: 'The input cannot be taken as it is' },
  webhook_url_refused: { kind: 'validation', title: 'Nothing is sent to this address' },
  webhook_endpoints_too_many: {
    kind: 'conflict',
    title: 'There are as many webhook endpoints as there may be',
  },
  webhook_endpoint_not_found: { kind: 'not_found', title: 'No such webhook endpoint' },
  webhook_endpoint_off: { kind: 'conflict', title: 'The webhook endpoint is switched off' },
  webhook_secret_overlaps: { kind: 'conflict', title: 'The secret before the present one still signs' },
  webhook_event_not_found: { kind: 'not_found', title: 'No such webhook event' },
})
