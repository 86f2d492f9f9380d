/** Meter events and their cancelling: the endpoints of v1, and those of v2, which feed the same meters. */
import type { Stripe } from 'stripe'
import type { Operation } from './operation.ts'
import { integer, object, oneOf, readParameters, text, type Reader, type ReadersOf } from './parameters.ts'
import { cancelMeterEvent, payloadReader, recordMeterEvent } from './record-meter-event.ts'
import { invalidRequest } from './stripe-failure.ts'

const eventReaders = { event_name: text(100), payload: payloadReader, identifier: text(100) }
const adjustmentReaders = {
  event_name: text(100),
  type: oneOf(['cancel']),
  cancel: object({ identifier: text(100) }, ['identifier']),
} satisfies ReadersOf<Stripe.Billing.MeterEventAdjustmentCreateParams> &
  ReadersOf<Stripe.V2.Billing.MeterEventAdjustmentCreateParams>

/** An instant of RFC 3339, in milliseconds since 1970. */
const instant: Reader<number> = (given, name) => {
  const isInstant =
    typeof given === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(given) &&
    !Number.isNaN(Date.parse(given))
  if (!isInstant) throw invalidRequest(`Invalid timestamp: ${name}`, 'parameter_invalid', name)
  return Date.parse(given)
}

export const meterEventOperations: readonly Operation[] = [
  {
    name: 'create_meter_event',
    method: 'POST',
    path: '/v1/billing/meter_events',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          ...eventReaders,
          timestamp: integer,
        } satisfies ReadersOf<Stripe.Billing.MeterEventCreateParams>,
        ['event_name', 'payload'],
      )
      return (): Stripe.Billing.MeterEvent => recordMeterEvent(context, given, true)
    },
  },
  {
    name: 'create_meter_event_adjustment',
    method: 'POST',
    path: '/v1/billing/meter_event_adjustments',
    prepare(context, form) {
      const { event_name, cancel, type } = readParameters(form, adjustmentReaders, [
        'event_name',
        'type',
        'cancel',
      ])
      return (): Stripe.Billing.MeterEventAdjustment => {
        cancelMeterEvent(context, event_name, cancel.identifier)
        return {
          object: 'billing.meter_event_adjustment',
          cancel,
          event_name,
          livemode: false,
          status: 'complete',
          type,
        }
      }
    },
  },
  {
    name: 'create_v2_meter_event',
    method: 'POST',
    path: '/v2/billing/meter_events',
    prepare(context, form) {
      const { timestamp: atMs, ...given } = readParameters(
        form,
        {
          ...eventReaders,
          timestamp: instant,
        } satisfies ReadersOf<Stripe.V2.Billing.MeterEventCreateParams>,
        ['event_name', 'payload'],
      )
      return (): Stripe.V2.Billing.MeterEvent => {
        const timestamp = Math.floor((atMs ?? context.nowMs()) / 1000)
        const { identifier } = recordMeterEvent(context, { ...given, timestamp }, false)
        return {
          object: 'v2.billing.meter_event',
          created: new Date(context.nowMs()).toISOString(),
          event_name: given.event_name,
          identifier,
          livemode: false,
          payload: given.payload,
          timestamp: new Date(atMs ?? context.nowMs()).toISOString(),
        }
      }
    },
  },
  {
    name: 'create_v2_meter_event_adjustment',
    method: 'POST',
    path: '/v2/billing/meter_event_adjustments',
    prepare(context, form) {
      const { event_name, cancel, type } = readParameters(form, adjustmentReaders, [
        'event_name',
        'type',
        'cancel',
      ])
      return (): Stripe.V2.Billing.MeterEventAdjustment => {
        cancelMeterEvent(context, event_name, cancel.identifier)
        return {
          id: context.newId('mtr_evtadj'),
          object: 'v2.billing.meter_event_adjustment',
          cancel,
          created: new Date(context.nowMs()).toISOString(),
          event_name,
          livemode: false,
          status: 'complete',
          type,
        }
      }
    },
  },
]
