/** Events: list and retrieve. They keep the object as it was when the event happened. */
import type { Stripe } from 'stripe'
import { API_VERSION, type Operation, type SandboxContext } from './operation.ts'
import { pageOf, pageReaders } from './pagination.ts'
import { range, readParameters, text } from './parameters.ts'
import { resourceMissing } from './stripe-failure.ts'

export const eventOperations: readonly Operation[] = [
  {
    name: 'list_events',
    method: 'GET',
    path: '/v1/events',
    prepare({ state }, form) {
      const { type, created, ...page } = readParameters(form, {
        type: text(100),
        created: range,
        ...pageReaders,
      })
      return () => {
        const found = [...state.events.values()].filter(
          (event) =>
            (type === undefined || event.type === type) && (created === undefined || created(event.created)),
        )
        return pageOf(found.reverse(), page, '/v1/events')
      }
    },
  },
  {
    name: 'retrieve_event',
    method: 'GET',
    path: '/v1/events/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return () => {
        const event = state.events.get(id)
        if (event === undefined) throw resourceMissing('event', id, 'id')
        return event
      }
    },
  },
]

export function newEvent(
  context: Pick<SandboxContext, 'newId' | 'nowSecond'>,
  type: Stripe.Event['type'],
  object: Stripe.Invoice | Stripe.Customer,
  pendingWebhooks: number,
): Stripe.Event {
  const event: Stripe.EventBase = {
    id: context.newId('evt'),
    object: 'event',
    api_version: API_VERSION,
    created: context.nowSecond(),
    data: { object: structuredClone(object) },
    livemode: false,
    pending_webhooks: pendingWebhooks,
    request: null,
    type,
  }
  return event as Stripe.Event
}
