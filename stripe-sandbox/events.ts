/** Events: list and retrieve, thirty days back. They keep the object as it was when the event happened, which costs nothing: objects are never changed in place. */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { fits, listOperation } from './list-operation.ts'
import { API_VERSION, type EventObject, type Operation, type SandboxContext } from './operation.ts'
import { list, range, readParameters, text, truth, type ReadersOf } from './parameters.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const MAX_TYPES = 20
const MAX_AGE_SECONDS = (30 * DAY_MS) / 1000

export const eventOperations: readonly Operation[] = [
  listOperation({
    name: 'list_events',
    path: '/v1/events',
    readers: {
      type: text(100),
      types: list(text(100)),
      created: range,
      delivery_success: truth,
    } satisfies ReadersOf<Stripe.EventListParams>,
    collection: (state) => state.events,
    check({ type, types = [] }) {
      if (type !== undefined && types.length > 0) {
        throw invalidRequest('Give either type or types.', 'parameters_exclusive', 'types')
      }
      if (types.length > MAX_TYPES) {
        throw invalidRequest(`At most ${MAX_TYPES} types.`, 'parameter_invalid', 'types')
      }
    },
    isWanted(event, { type, types, created, delivery_success }, context) {
      const patterns = type === undefined ? types : [type]
      return (
        isYoung(context, event) &&
        patterns?.some((pattern) => matchesType(event.type, pattern)) !== false &&
        created?.(event.created) !== false &&
        fits(delivery_success, event.pending_webhooks === 0)
      )
    },
    show: (event) => event,
  }),
  {
    name: 'retrieve_event',
    method: 'GET',
    path: '/v1/events/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Event => {
        const event = context.state.events.get(id)
        if (event === undefined || !isYoung(context, event)) throw resourceMissing('event', id, 'id')
        return event
      }
    },
  },
]

function isYoung({ nowSecond }: SandboxContext, { created }: Stripe.Event): boolean {
  return created > nowSecond() - MAX_AGE_SECONDS
}

/** A pattern is a type, or the beginning of one with an asterisk: `invoice.*`, and `*` for all. */
export function matchesType(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}

export function newEvent<Type extends Stripe.Event['type']>(
  context: Pick<SandboxContext, 'newId' | 'nowSecond'>,
  type: Type,
  object: EventObject<Type>,
  pendingWebhooks: number,
): Stripe.Event {
  const event = {
    id: context.newId('evt'),
    object: 'event',
    api_version: API_VERSION,
    created: context.nowSecond(),
    data: { object },
    livemode: false,
    pending_webhooks: pendingWebhooks,
    request: null,
    type,
  } satisfies Stripe.EventBase
  // The parameters tie the object to the type; TypeScript does not see that their pair is a member of the union.
  return event as Stripe.Event
}
