/**
 * Webhook endpoints of the API, and which of them an event goes to. The secret is shown once, when the endpoint is created; rolling it keeps
 * the old one valid for a time, in which both sign. Only this stand-in's own API version is taken.
 */
import type { Stripe } from 'stripe'
import { matchesType } from './events.ts'
import { listOperation } from './list-operation.ts'
import { API_VERSION, type Operation, type SandboxContext } from './operation.ts'
import {
  emptyable,
  list,
  metadata,
  oneOf,
  patchMetadata,
  readParameters,
  text,
  truth,
  webUrl,
  type Reader,
  type ReadersOf,
} from './parameters.ts'
import type { StoredWebhookEndpoint } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const enabledEvents: Reader<string[]> = (given, name) => {
  const types = list(text(100))(given, name)
  if (types.length === 0 || types.some((type) => type !== '*' && !/^[a-z_.]+$/.test(type))) {
    throw invalidRequest('enabled_events are types of events, or * alone.', 'parameter_invalid', name)
  }
  return [...types]
}

export const webhookEndpointOperations: readonly Operation[] = [
  {
    name: 'create_webhook_endpoint',
    method: 'POST',
    path: '/v1/webhook_endpoints',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          url: webUrl,
          enabled_events: enabledEvents,
          api_version: oneOf([API_VERSION]),
          description: emptyable(text(500)),
          metadata,
        } satisfies ReadersOf<Stripe.WebhookEndpointCreateParams>,
        ['url', 'enabled_events'],
      )
      return (): Stripe.WebhookEndpoint => {
        const secret = newSecret(context)
        const endpoint: Stripe.WebhookEndpoint = {
          id: context.newId('we'),
          object: 'webhook_endpoint',
          api_version: given.api_version ?? null,
          application: null,
          created: context.nowSecond(),
          description: given.description ?? null,
          enabled_events: given.enabled_events,
          livemode: false,
          metadata: patchMetadata(null, given.metadata),
          status: 'enabled',
          url: given.url,
        }
        context.state.webhookEndpoints.put({ endpoint, secret, previous: null })
        return { ...endpoint, secret } satisfies Stripe.WebhookEndpoint
      }
    },
  },
  listOperation({
    name: 'list_webhook_endpoints',
    path: '/v1/webhook_endpoints',
    readers: {},
    collection: (state) => state.webhookEndpoints,
    show: ({ endpoint }) => endpoint,
  }),
  {
    name: 'retrieve_webhook_endpoint',
    method: 'GET',
    path: '/v1/webhook_endpoints/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.WebhookEndpoint => getEndpoint(context, id).endpoint
    },
  },
  {
    name: 'update_webhook_endpoint',
    method: 'POST',
    path: '/v1/webhook_endpoints/{id}',
    prepare(context, form, id) {
      const given = readParameters(form, {
        url: webUrl,
        enabled_events: enabledEvents,
        description: emptyable(text(500)),
        disabled: truth,
        metadata,
      } satisfies ReadersOf<Stripe.WebhookEndpointUpdateParams>)
      return (): Stripe.WebhookEndpoint => {
        const stored = getEndpoint(context, id)
        const { disabled, metadata: patch, ...plain } = given
        const endpoint = {
          ...stored.endpoint,
          ...plain,
          ...(disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' }),
          metadata: patchMetadata(stored.endpoint.metadata, patch),
        }
        context.state.webhookEndpoints.put({ ...stored, endpoint })
        return endpoint
      }
    },
  },
  {
    name: 'delete_webhook_endpoint',
    method: 'DELETE',
    path: '/v1/webhook_endpoints/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.DeletedWebhookEndpoint => {
        getEndpoint(context, id)
        context.state.webhookEndpoints.delete(id)
        return { id, object: 'webhook_endpoint', deleted: true } satisfies Stripe.DeletedWebhookEndpoint
      }
    },
  },
]

/** Ids of the enabled endpoints that want events of this type. */
export function endpointsFor({ state }: Pick<SandboxContext, 'state'>, type: string): string[] {
  return [...state.webhookEndpoints.all()]
    .filter(
      ({ endpoint }) =>
        endpoint.status === 'enabled' &&
        endpoint.enabled_events.some((pattern) => matchesType(type, pattern)),
    )
    .map(({ endpoint }) => endpoint.id)
}

/** The newest first; an old one only while it is valid. */
export function validSecrets({ secret, previous }: StoredWebhookEndpoint, nowMs: number): string[] {
  return previous !== null && nowMs < previous.validUntilMs ? [secret, previous.secret] : [secret]
}

/** Gives the endpoint a new secret and returns it; the old one goes on signing for `keepOldMs`. */
export function rollSecret(context: SandboxContext, id: string, keepOldMs: number): string {
  const stored = getEndpoint(context, id)
  const secret = newSecret(context)
  const previous = { secret: stored.secret, validUntilMs: context.nowMs() + keepOldMs }
  context.state.webhookEndpoints.put({ ...stored, secret, previous })
  return secret
}

function newSecret(context: SandboxContext): string {
  return `${context.newId('whsec')}${context.newId('').slice(1)}`
}

function getEndpoint({ state }: SandboxContext, id: string): StoredWebhookEndpoint {
  const stored = state.webhookEndpoints.get(id)
  if (stored === undefined) throw resourceMissing('webhook_endpoint', id, 'webhook_endpoint')
  return stored
}
