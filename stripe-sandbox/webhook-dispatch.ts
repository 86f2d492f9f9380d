/**
 * Sends events to those that want them: the endpoints of the API by their types, and the one that was given as an option. Keeps a record of
 * each delivery, from which `pending_webhooks` is counted and which a restart goes on with.
 */
import type { Stripe } from 'stripe'
import type { Logger } from 'pino'
import type { Delivery, SandboxState } from './sandbox-state.ts'
import {
  createWebhookDelivery,
  type DeliveryAddress,
  type DeliveryDisorder,
  type WebhookTarget,
} from './webhook-delivery.ts'
import { endpointsFor, validSecrets } from './webhook-endpoints.ts'

/** The id of the endpoint that was given as an option. */
const OPTION = 'webhook'

export type WebhookDispatch = {
  /** Who wants events of this type now. */
  readonly endpointsFor: (type: string) => string[]
  readonly dispatch: (event: Stripe.Event, endpoints: readonly string[]) => void
  readonly setWebhook: (target: WebhookTarget) => void
  /** Goes on with what a restart interrupted. */
  readonly resume: () => void
  readonly close: () => Promise<void>
}

export function createWebhookDispatch(parts: {
  readonly state: SandboxState
  readonly nowMs: () => number
  readonly schedule: (atMs: number, work: () => void) => void
  readonly log: Logger
  readonly retryMs: number
  readonly disorder: DeliveryDisorder | undefined
  readonly webhook: WebhookTarget | undefined
  /** False: nothing is kept of events and deliveries. */
  readonly isKept: boolean
  readonly flush: () => void
}): WebhookDispatch {
  const { state, nowMs, isKept } = parts
  let target = parts.webhook

  function addressOf(endpoint: string): DeliveryAddress | undefined {
    if (endpoint !== OPTION) {
      const stored = state.webhookEndpoints.get(endpoint)
      return stored === undefined
        ? undefined
        : { url: stored.endpoint.url, secrets: validSecrets(stored, nowMs()) }
    }
    if (target === undefined) return undefined
    const { url, secret, previousSecret } = target
    return { url, secrets: previousSecret === undefined ? [secret] : [secret, previousSecret] }
  }

  const delivery = createWebhookDelivery({
    ...parts,
    addressOf,
    onChange(event, changed) {
      if (!isKept) return
      state.deliveries.put(changed)
      const open = state.deliveries
        .idsWhere('event', event.id)
        .filter((id) => state.deliveries.get(id)?.state !== 'delivered')
      const known = state.events.get(event.id)
      if (known !== undefined && known.pending_webhooks !== open.length) {
        state.events.put({ ...known, pending_webhooks: open.length })
      }
      parts.flush()
    },
  })

  function resume(): void {
    for (const id of state.deliveries.idsWhere('state', 'pending')) {
      const pending = state.deliveries.get(id)
      const event = state.events.get(pending?.event ?? '')
      if (pending === undefined || event === undefined || addressOf(pending.endpoint) === undefined) continue
      delivery.deliver(event, pending)
    }
  }

  return {
    endpointsFor: (type) => [...(target === undefined ? [] : [OPTION]), ...endpointsFor({ state }, type)],
    dispatch(event, endpoints) {
      for (const endpoint of endpoints) {
        const started: Delivery = {
          id: `${event.id} ${endpoint}`,
          event: event.id,
          endpoint,
          state: 'pending',
          attempts: 0,
          lastStatus: null,
        }
        if (isKept) state.deliveries.put(started)
        delivery.deliver(event, started)
      }
    },
    setWebhook(next) {
      target = next
      delivery.forgetWaits()
      resume()
    },
    resume,
    close: () => delivery.close(),
  }
}
