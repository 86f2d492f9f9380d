/** The face of `webhooks/`: our own events, sent to servers of a manufacturer by the Standard Webhooks specification. */
export { MAX_DESCRIPTION, MAX_OVERLAP_HOURS, USUAL_OVERLAP_HOURS } from './change-endpoints.ts'
export type { EndpointPatch, EndpointWithSecret } from './change-endpoints.ts'
export { createWebhooks, type Webhooks, type WebhooksOptions } from './create-webhooks.ts'
export { KEPT_ATTEMPTS } from './deliveries.ts'
export { deliveryProblems, type DeliveryReason } from './delivery-problems.ts'
export {
  endpointSorts,
  versionOfEndpoint,
  type EndpointQuery,
  type WebhookEndpoint,
} from './endpoint-rows.ts'
export { webhookErrors } from './errors.ts'
export {
  anyEventTypes,
  eventDataSchemas,
  eventTypes,
  payloadSchema,
  type AnyEventType,
  type EventType,
} from './event-types.ts'
export type { MeteringNews } from './follow-metering.ts'
export type { PaymentFailure } from './note-invoices.ts'
export {
  deliverySorts,
  webhookEventSorts,
  type WebhookDelivery,
  type WebhookEvent,
} from './read-deliveries.ts'
