/**
 * Billing meters and their summaries. Values are exact decimals of at most 15 significant digits; days and hours are UTC; what was sent counts
 * after a lag, and a cancelled event never. A summary's value is a JSON number as at Stripe, made from the exact sum at the very end.
 */
import type { Stripe } from 'stripe'
import { Rational } from '../core/index.ts'
import { getLivingCustomer } from './customer-store.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, pageReaders } from './pagination.ts'
import { idText, integer, object, oneOf, readParameters, text, type ReadersOf } from './parameters.ts'
import type { StoredMeterEvent } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const MINUTE_SECONDS = 60
const windowSeconds = { hour: 3_600, day: 86_400 } as const

export const meterOperations: readonly Operation[] = [
  {
    name: 'create_meter',
    method: 'POST',
    path: '/v1/billing/meters',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          display_name: text(250),
          event_name: text(100),
          default_aggregation: object({ formula: oneOf(['sum', 'count', 'last']) }, ['formula']),
          customer_mapping: object({ type: oneOf(['by_id']), event_payload_key: text(100) }, [
            'type',
            'event_payload_key',
          ]),
          value_settings: object({ event_payload_key: text(100) }, ['event_payload_key']),
        } satisfies ReadersOf<Stripe.Billing.MeterCreateParams>,
        ['display_name', 'event_name', 'default_aggregation'],
      )
      return (): Stripe.Billing.Meter => {
        if (findMeter(context, given.event_name) !== undefined) {
          throw invalidRequest(
            `There is an active meter for ${given.event_name} already.`,
            'resource_already_exists',
            'event_name',
          )
        }
        const now = context.nowSecond()
        const meter: Stripe.Billing.Meter = {
          id: context.newId('mtr'),
          object: 'billing.meter',
          created: now,
          customer_mapping: given.customer_mapping ?? {
            type: 'by_id',
            event_payload_key: 'stripe_customer_id',
          },
          default_aggregation: given.default_aggregation,
          display_name: given.display_name,
          event_name: given.event_name,
          event_time_window: null,
          livemode: false,
          status: 'active',
          status_transitions: { deactivated_at: null },
          updated: now,
          value_settings: given.value_settings ?? { event_payload_key: 'value' },
        }
        context.state.meters.put(meter)
        return meter
      }
    },
  },
  listOperation({
    name: 'list_meters',
    path: '/v1/billing/meters',
    readers: { status: oneOf(['active', 'inactive']) } satisfies ReadersOf<Stripe.Billing.MeterListParams>,
    collection: (state) => state.meters,
    isWanted: (meter, { status }) => fits<string>(status, meter.status),
    show: (meter) => meter,
  }),
  {
    name: 'retrieve_meter',
    method: 'GET',
    path: '/v1/billing/meters/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Billing.Meter => getMeter(context, id)
    },
  },
  {
    name: 'list_event_summaries',
    method: 'GET',
    path: '/v1/billing/meters/{id}/event_summaries',
    prepare(context, form, id) {
      const { customer, start_time, end_time, value_grouping_window, ...page } = readParameters(
        form,
        {
          customer: idText,
          start_time: integer,
          end_time: integer,
          value_grouping_window: oneOf(['hour', 'day']),
          ...pageReaders,
        } satisfies ReadersOf<Stripe.Billing.MeterListEventSummariesParams>,
        ['customer', 'start_time', 'end_time'],
      )
      const step = value_grouping_window === undefined ? MINUTE_SECONDS : windowSeconds[value_grouping_window]
      for (const [name, second] of Object.entries({ start_time, end_time })) {
        if (second % step !== 0) {
          throw invalidRequest(`${name} must be aligned to ${step} seconds (UTC).`, 'parameter_invalid', name)
        }
      }
      if (end_time <= start_time) {
        throw invalidRequest('end_time must be after start_time.', 'parameter_invalid', 'end_time')
      }
      getLivingCustomer(context.state, customer, 'customer', 400)
      return (): Stripe.ApiList<Stripe.Billing.MeterEventSummary> => {
        const meter = getMeter(context, id)
        const length = value_grouping_window === undefined ? end_time - start_time : step
        const summaries = summarize(context, meter, customer, { start: start_time, end: end_time, length })
        return pageOf(summaries.reverse(), page, `/v1/billing/meters/${id}/event_summaries`)
      }
    },
  },
]

export function findMeter({ state }: SandboxContext, eventName: string): Stripe.Billing.Meter | undefined {
  return state.meters
    .idsWhere('event_name', eventName)
    .flatMap((id) => state.meters.get(id) ?? [])
    .find(({ status }) => status === 'active')
}

function getMeter({ state }: SandboxContext, id: string): Stripe.Billing.Meter {
  const meter = state.meters.get(id)
  if (meter === undefined) throw resourceMissing('billing meter', id, 'id')
  return meter
}

/** One for each window that has events, the oldest first. */
function summarize(
  context: SandboxContext,
  meter: Stripe.Billing.Meter,
  customer: string,
  { start, end, length }: { readonly start: number; readonly end: number; readonly length: number },
): Stripe.Billing.MeterEventSummary[] {
  const counted = context.state.meterEvents
    .idsWhere('meter_customer', `${meter.id} ${customer}`)
    .flatMap((id) => context.state.meterEvents.get(id) ?? [])
    .filter(
      (event) => isCounted(context, event) && event.shown.timestamp >= start && event.shown.timestamp < end,
    )
  const windows = Map.groupBy(
    counted,
    ({ shown }) => start + Math.floor((shown.timestamp - start) / length) * length,
  )
  return [...windows]
    .sort(([left], [right]) => left - right)
    .map(([from, events]) => ({
      id: `mtrusg_${meter.id.slice(4)}_${from}`,
      object: 'billing.meter_event_summary',
      aggregated_value: Number(aggregate(meter, events)),
      end_time: from + length,
      livemode: false,
      meter: meter.id,
      start_time: from,
    }))
}

/** After the lag. */
export function isProcessed(
  { nowMs, settings }: SandboxContext,
  { receivedAtMs }: StoredMeterEvent,
): boolean {
  return nowMs() - receivedAtMs >= settings.meterLagMs
}

function isCounted(context: SandboxContext, event: StoredMeterEvent): boolean {
  return !event.isCancelled && event.rejectedWith === null && isProcessed(context, event)
}

function aggregate(meter: Stripe.Billing.Meter, events: readonly StoredMeterEvent[]): string {
  switch (meter.default_aggregation.formula) {
    case 'count':
      return String(events.length)
    case 'last':
      return events.reduce((last, event) => (event.shown.timestamp >= last.shown.timestamp ? event : last))
        .quantity
    default:
      return events
        .reduce((sum, { quantity }) => sum.plus(Rational.parseExact(quantity)), Rational.zero)
        .toString()
  }
}
