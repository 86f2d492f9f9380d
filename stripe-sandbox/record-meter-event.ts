/**
 * What v1 and v2 have in common in meter events. They are checked at once, or with `meterRejectsLater` in v1 unseen by their sender; counted later.
 * An identifier is taken once in 24 hours, a timestamp is at most 35 days old and five minutes ahead, and an event can be cancelled for 24 hours
 * after it was received. Quantities stay the decimal text that was sent.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { findMeter } from './meters.ts'
import type { SandboxContext } from './operation.ts'
import { text, type Reader } from './parameters.ts'
import type { StoredMeterEvent } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_AGE_SECONDS = (35 * DAY_MS) / 1000
const MAX_AHEAD_SECONDS = 300
const MAX_DIGITS = 15
const MAX_DECIMALS = 12

export const payloadReader: Reader<Record<string, string>> = (given, name) => {
  if (typeof given === 'string') throw invalidRequest(`Invalid object: ${name}`, 'parameter_invalid', name)
  return Object.fromEntries(
    Object.entries(given).map(([key, content]) => [key, text(100)(content, `${name}[${key}]`)]),
  )
}

export type NewMeterEvent = {
  readonly event_name: string
  readonly payload: Record<string, string>
  readonly identifier?: string
  /** In whole seconds; now unless given. */
  readonly timestamp?: number
}

/** @throws StripeFailure 400 for a mistake, unless it may be found out later and is to be */
export function recordMeterEvent(
  context: SandboxContext,
  given: NewMeterEvent,
  mayRejectLater: boolean,
): Stripe.Billing.MeterEvent {
  const timestamp = given.timestamp ?? context.nowSecond()
  const judged = judge(context, { ...given, timestamp }, mayRejectLater)
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

/** @throws StripeFailure 400 when there is none of that name, or too long ago */
export function cancelMeterEvent(context: SandboxContext, eventName: string, identifier: string): void {
  const event = newestWith(context, identifier)
  if (event === undefined || event.isCancelled || event.shown.event_name !== eventName) {
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
}

type Judged = Pick<StoredMeterEvent, 'meter' | 'customer' | 'quantity' | 'rejectedWith'>

function judge(context: SandboxContext, given: GivenEvent, mayRejectLater: boolean): Judged {
  try {
    return readEvent(context, given)
  } catch (error) {
    const isLater = mayRejectLater && context.settings.meterRejectsLater
    if (!isLater || !(error instanceof StripeFailure)) throw error
    return { meter: '', customer: '', quantity: '0', rejectedWith: error.body.code ?? '' }
  }
}

type GivenEvent = NewMeterEvent & { readonly timestamp: number }

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
