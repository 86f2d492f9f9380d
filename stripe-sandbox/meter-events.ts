/**
 * Meter events (v1): checked at once, or with `meterRejectsLater` unseen by their sender; counted later. An identifier is taken once in 24 hours, a timestamp is at most 35 days old and five
 * minutes ahead, and an event can be cancelled for 24 hours after it was received. Quantities stay the decimal text that was sent.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { findMeter } from './meters.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { integer, object, oneOf, readParameters, text, type Reader, type ReadersOf } from './parameters.ts'
import type { StoredMeterEvent } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_AGE_SECONDS = (35 * DAY_MS) / 1000
const MAX_AHEAD_SECONDS = 300
const MAX_DIGITS = 15
const MAX_DECIMALS = 12

const payloadReader: Reader<Record<string, string>> = (given, name) => {
  if (typeof given === 'string') throw invalidRequest(`Invalid object: ${name}`, 'parameter_invalid', name)
  return Object.fromEntries(
    Object.entries(given).map(([key, content]) => [key, text(100)(content, `${name}[${key}]`)]),
  )
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
          event_name: text(100),
          payload: payloadReader,
          identifier: text(100),
          timestamp: integer,
        } satisfies ReadersOf<Stripe.Billing.MeterEventCreateParams>,
        ['event_name', 'payload'],
      )
      return (): Stripe.Billing.MeterEvent => {
        const timestamp = given.timestamp ?? context.nowSecond()
        const judged = judge(context, { ...given, timestamp })
        const identifier = given.identifier ?? context.newId('mtrev')
        assertNew(context, identifier)
        const shown: Stripe.Billing.MeterEvent = {
          object: 'billing.meter_event',
          created: context.nowSecond(),
          event_name: given.event_name,
          identifier,
          livemode: false,
          payload: given.payload,
          timestamp,
        }
        context.state.meterEvents.put({
          id: context.newId('mev'),
          shown,
          ...judged,
          receivedAtMs: context.nowMs(),
          isCancelled: false,
        })
        return shown
      }
    },
  },
  {
    name: 'create_meter_event_adjustment',
    method: 'POST',
    path: '/v1/billing/meter_event_adjustments',
    prepare(context, form) {
      const { event_name, cancel, type } = readParameters(
        form,
        {
          event_name: text(100),
          type: oneOf(['cancel']),
          cancel: object({ identifier: text(100) }, ['identifier']),
        } satisfies ReadersOf<Stripe.Billing.MeterEventAdjustmentCreateParams>,
        ['event_name', 'type', 'cancel'],
      )
      return (): Stripe.Billing.MeterEventAdjustment => {
        const event = newestWith(context, cancel.identifier)
        if (event === undefined || event.isCancelled || event.shown.event_name !== event_name) {
          throw invalidRequest('No such meter event.', 'resource_missing', 'cancel[identifier]')
        }
        if (context.nowMs() - event.receivedAtMs > DAY_MS) {
          throw invalidRequest(
            'A meter event can be cancelled for 24 hours after it was received.',
            'parameter_invalid',
            'cancel[identifier]',
          )
        }
        context.state.meterEvents.put({ ...event, isCancelled: true })
        return {
          object: 'billing.meter_event_adjustment',
          cancel,
          event_name,
          livemode: false,
          status: 'complete',
          type,
        } satisfies Stripe.Billing.MeterEventAdjustment
      }
    },
  },
]

type Judged = Pick<StoredMeterEvent, 'meter' | 'customer' | 'quantity' | 'rejectedWith'>

/** @throws StripeFailure 400 for a mistake, unless it is to be found out later */
function judge(context: SandboxContext, given: GivenEvent): Judged {
  try {
    return readEvent(context, given)
  } catch (error) {
    if (!context.settings.meterRejectsLater || !(error instanceof StripeFailure)) throw error
    return { meter: '', customer: '', quantity: '0', rejectedWith: error.body.code ?? '' }
  }
}

type GivenEvent = {
  readonly event_name: string
  readonly payload: Readonly<Record<string, string>>
  readonly timestamp: number
}

function readEvent(context: SandboxContext, { event_name, payload, timestamp }: GivenEvent): Judged {
  const meter = findMeter(context, event_name)
  if (meter === undefined) {
    throw invalidRequest(`There is no active meter for ${event_name}.`, 'no_meter', 'event_name')
  }
  const customer = payload[meter.customer_mapping.event_payload_key]
  if (customer === undefined || context.state.customers.get(customer)?.isDeleted !== false) {
    throw invalidRequest('No such customer.', 'meter_event_customer_not_found', 'payload')
  }
  assertTimestamp(context, timestamp)
  const quantity =
    meter.default_aggregation.formula === 'count'
      ? '1'
      : readQuantity(payload[meter.value_settings.event_payload_key])
  return { meter: meter.id, customer, quantity, rejectedWith: null }
}

function assertTimestamp({ nowSecond }: SandboxContext, timestamp: number): void {
  if (timestamp < nowSecond() - MAX_AGE_SECONDS) {
    throw invalidRequest('The timestamp is more than 35 days ago.', 'timestamp_too_far_in_past', 'timestamp')
  }
  if (timestamp > nowSecond() + MAX_AHEAD_SECONDS) {
    throw invalidRequest('The timestamp is more than five minutes ahead.', 'timestamp_in_future', 'timestamp')
  }
}

function readQuantity(given: string | undefined): string {
  if (given === undefined || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(given)) {
    throw invalidRequest('The value must be a decimal number.', 'meter_event_invalid_value', 'payload')
  }
  const [whole = '', decimals = ''] = given.replace('-', '').split('.')
  const digits = (whole + decimals).replace(/^0+/, '')
  if (digits.length > MAX_DIGITS || decimals.length > MAX_DECIMALS) {
    throw invalidRequest(
      `The value has more than ${MAX_DIGITS} digits or ${MAX_DECIMALS} decimals.`,
      'meter_event_value_too_many_digits',
      'payload',
    )
  }
  return given
}

function assertNew(context: SandboxContext, identifier: string): void {
  const known = newestWith(context, identifier)
  if (known === undefined || context.nowMs() - known.receivedAtMs >= DAY_MS) return
  throw invalidRequest(
    `An event already exists with identifier ${identifier}.`,
    'duplicate_meter_event',
    'identifier',
  )
}

function newestWith({ state }: SandboxContext, identifier: string) {
  return state.meterEvents.get(state.meterEvents.idsWhere('identifier', identifier).at(-1) ?? '')
}
