/** Webhook endpoints, events and deliveries as the API shows them, and the bodies that are sent, for the document. */
import { Type, type Static } from 'typebox'

import { formatInstant } from '../../core/index.ts'
import {
  anyEventTypes,
  deliveryProblems,
  deliverySorts,
  endpointSorts,
  eventTypes,
  KEPT_ATTEMPTS,
  MAX_DESCRIPTION,
  MAX_OVERLAP_HOURS,
  payloadSchema,
  USUAL_OVERLAP_HOURS,
  webhookEventSorts,
  type AnyEventType,
  type EndpointPatch,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookEvent,
} from '../../webhooks/index.ts'
import { reasonComponent } from '../reason-schema.ts'
import {
  closedObject,
  component,
  CounterNumber,
  GeneratedIdText,
  Instant,
  listQuery,
  nullable,
  pageComponent,
  presentInstant,
  spanMembers,
  withExample,
} from '../schema-parts.ts'

const EventTypeText = Type.Enum([...eventTypes])
const AnyEventTypeText = Type.Enum([...anyEventTypes])
const Url = Type.String({ minLength: 1, maxLength: 2_000, description: 'HTTPS, a server on the internet' })
const Description = Type.String({ maxLength: MAX_DESCRIPTION })
const EventTypes = Type.Array(EventTypeText, { minItems: 1, maxItems: eventTypes.length })
const StateText = Type.Enum(['on', 'off'])

const endpointMembers = {
  id: Type.String(),
  url: Type.String(),
  description: Type.String(),
  eventTypes: nullable(Type.Array(EventTypeText, { description: 'Null for every type, later ones too' })),
  state: StateText,
  offReason: nullable(
    Type.Enum(['by_hand', 'gone', 'failing'], {
      description: 'Somebody switched it off; it answered 410; no delivery succeeded for five days',
    }),
  ),
  offAt: nullable(Instant),
  failingSince: nullable(
    Type.String({
      format: 'date-time',
      description: 'The first attempt that failed since one succeeded; null too once nothing waits',
    }),
  ),
  previousSecretUntil: nullable(
    Type.String({
      format: 'date-time',
      description: 'Until when the secret before signs beside the new one',
    }),
  ),
  createdAt: Instant,
}
export const EndpointComponent = component('WebhookEndpoint', endpointMembers)
export const EndpointPageComponent = pageComponent('WebhookEndpointPage', EndpointComponent)
export const NewEndpointComponent = component('NewWebhookEndpoint', {
  ...endpointMembers,
  secret: Type.String({ description: 'What deliveries are signed with; shown this once' }),
})

const ReasonComponent = reasonComponent('WebhookDeliveryReason', deliveryProblems)
const AttemptComponent = component('WebhookAttempt', {
  attemptedAt: Instant,
  tookMs: CounterNumber,
  status: nullable(Type.Integer({ description: 'Of HTTP; null where no answer came' })),
  problem: nullable(Type.String({ description: 'In English' })),
  problemReason: ReasonComponent.orNull,
  answer: nullable(Type.String({ description: 'How the answer began, 500 characters at most' })),
})
const DeliveryComponent = component('WebhookDelivery', {
  id: CounterNumber,
  eventId: Type.String(),
  eventType: AnyEventTypeText,
  endpointId: Type.String(),
  state: Type.Enum(['waiting', 'delivered', 'failed']),
  attempts: Type.Integer({ minimum: 0, description: 'Since it was begun or last asked for again' }),
  nextAttemptAt: nullable(Instant),
  lastStatus: nullable(Type.Integer()),
  problem: nullable(Type.String({ description: 'In English' })),
  problemReason: ReasonComponent.orNull,
  createdAt: Instant,
  endedAt: nullable(Instant),
  log: Type.Array(AttemptComponent.ref, { description: `The last ${KEPT_ATTEMPTS} attempts, oldest first` }),
})
export const DeliveryPageComponent = pageComponent('WebhookDeliveryPage', DeliveryComponent)

const eventMembers = {
  id: Type.String({ description: 'What `webhook-id` says' }),
  type: AnyEventTypeText,
  subjectId: Type.String({ description: 'The invoice, device or endpoint that it is about' }),
  occurredAt: Instant,
}
const EventComponent = component('WebhookEvent', eventMembers)
export const EventPageComponent = pageComponent('WebhookEventPage', EventComponent)
export const EventWithDeliveriesComponent = component('WebhookEventWithDeliveries', {
  ...eventMembers,
  payload: Type.String({ description: 'JSON, byte for byte the body that is sent' }),
  deliveries: Type.Array(DeliveryComponent.ref),
})
export const ReplayedComponent = component('WebhookReplay', {
  deliveries: Type.Integer({ minimum: 0, description: 'How many were begun' }),
})
export const TestedComponent = component('WebhookTest', {
  eventId: Type.String({ description: '`GET /v1/webhook-events/{id}` says how it was delivered' }),
})

export const EndpointQuery = listQuery(endpointSorts, { state: Type.Optional(StateText) })
export const EventQuery = listQuery(webhookEventSorts, {
  type: Type.Optional(AnyEventTypeText),
  subjectId: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  ...spanMembers,
})
export const DeliveryQuery = listQuery(deliverySorts, {
  state: Type.Optional(Type.Enum(['waiting', 'delivered', 'failed'])),
})

export const EndpointBody = withExample(
  closedObject({
    url: Url,
    description: Type.Optional(Description),
    eventTypes: Type.Optional(EventTypes),
  }),
  {
    url: 'https://hooks.example.com/usance',
    description: 'Books',
    eventTypes: ['invoice.issued', 'invoice.paid'],
  },
)
export const EndpointPatchBody = withExample(
  closedObject(
    {
      url: Type.Optional(Url),
      description: Type.Optional(Description),
      eventTypes: Type.Optional(nullable(EventTypes)),
      state: Type.Optional(StateText),
    },
    { minProperties: 1 },
  ),
  { description: 'Books and fleet', eventTypes: null },
)
export const SecretBody = withExample(
  closedObject({
    overlapHours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_OVERLAP_HOURS,
        description: `How long the secret before signs too; ${USUAL_OVERLAP_HOURS} if left out. While one does, only 0, which ends both at once`,
      }),
    ),
  }),
  { overlapHours: 48 },
)
export const ReplayEventBody = withExample(
  closedObject({
    endpointId: Type.Optional({
      ...GeneratedIdText,
      description: 'Every endpoint that wants it if left out',
    }),
  }),
  {},
)
export const ReplayMissedBody = withExample(closedObject({ since: Instant }), {
  since: '2026-11-01T00:00:00Z',
})

export const webhookComponents = [
  ReasonComponent,
  EndpointComponent,
  EndpointPageComponent,
  NewEndpointComponent,
  AttemptComponent,
  DeliveryComponent,
  DeliveryPageComponent,
  EventComponent,
  EventPageComponent,
  EventWithDeliveriesComponent,
  ReplayedComponent,
  TestedComponent,
]

const summaries: Readonly<Record<AnyEventType, string>> = {
  'invoice.issued': 'An invoice was issued',
  'invoice.paid': 'An invoice is paid, by Stripe or by a payment that somebody recorded',
  'invoice.payment_failed': 'A payment could not be collected',
  'hold.opened': 'A reading or a value was set aside for a person',
  'device.silent': 'A device was not heard of for a day',
  'webhook.test': 'Somebody asked for a test',
}

/** The section `webhooks` of the OpenAPI document. */
export const webhookOperations = Object.fromEntries(
  anyEventTypes.map((type) => [
    type,
    {
      post: {
        operationId: `receive_${type.replaceAll('.', '_')}`,
        summary: summaries[type],
        description: 'Answer 2xx within 15 s. Verify the signature first; see docs/webhooks.md.',
        parameters: ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
          name,
          in: 'header' as const,
          required: true,
          schema: { type: 'string' as const },
        })),
        requestBody: { required: true, content: { 'application/json': { schema: payloadSchema(type) } } },
        responses: { '2XX': { description: 'Received' } },
      },
    },
  ]),
)

export function presentEndpoint(endpoint: WebhookEndpoint): Static<typeof EndpointComponent.schema> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    eventTypes: endpoint.eventTypes === undefined ? null : [...endpoint.eventTypes],
    state: endpoint.state,
    offReason: endpoint.offReason ?? null,
    offAt: presentInstant(endpoint.offAt),
    failingSince: presentInstant(endpoint.failingSince),
    previousSecretUntil: presentInstant(endpoint.previousSecretUntil),
    createdAt: formatInstant(endpoint.createdAt),
  }
}

export function presentEvent({ id, type, subjectId, occurredAt }: WebhookEvent) {
  return { id, type, subjectId, occurredAt: formatInstant(occurredAt) }
}

export function presentDelivery(delivery: WebhookDelivery): Static<typeof DeliveryComponent.schema> {
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    endpointId: delivery.endpointId,
    state: delivery.state,
    attempts: delivery.attempts,
    nextAttemptAt: presentInstant(delivery.nextAttemptAt),
    lastStatus: delivery.lastStatus ?? null,
    problem: delivery.problem ?? null,
    problemReason: delivery.problemReason ?? null,
    createdAt: formatInstant(delivery.createdAt),
    endedAt: presentInstant(delivery.endedAt),
    log: delivery.log.map(({ attemptedAt, tookMs, status, problem, problemReason, answer }) => ({
      attemptedAt: formatInstant(attemptedAt),
      tookMs,
      status: status ?? null,
      problem: problem ?? null,
      problemReason: problemReason ?? null,
      answer: answer ?? null,
    })),
  }
}

/** Absent members stay absent. */
export function toPatch(body: Static<typeof EndpointPatchBody>): EndpointPatch {
  const { url, description, eventTypes, state } = body
  return {
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(eventTypes !== undefined && { eventTypes }),
    ...(state !== undefined && { state }),
  }
}
