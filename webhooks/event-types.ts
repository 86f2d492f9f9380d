/**
 * What is told to others, and what each says: `{ type, timestamp, data }` by the Standard Webhooks specification. A schema for each
 * type, for the API's document and for the tests. Members are added over time, never renamed or removed; amounts are exact
 * decimals and minor units, both as text.
 */
import { Type, type Static, type TProperties } from 'typebox'

const Instant = Type.String({ format: 'date-time' })
const Link = (description: string) => Type.String({ description })
const AmountText = Type.String({ pattern: '^-?[0-9]+([.][0-9]+)?$', description: 'In major units, exact' })
const MinorText = Type.String({ pattern: '^-?[0-9]+$', description: 'In minor units of the currency' })
const closed = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false })
const nullableText = (description: string) => Type.Union([Type.String({ description }), Type.Null()])

const links = {
  apiUrl: Link('Where the API shows it'),
  pageUrl: Link('Where people see it'),
}

const invoiceMembers = {
  invoiceId: Type.String(),
  number: Type.String(),
  status: Type.Enum(['issued', 'paid', 'void', 'uncollectible']),
  customerId: Type.String(),
  contractId: Type.String(),
  currency: Type.String(),
  total: AmountText,
  totalMinor: MinorText,
  tax: AmountText,
  taxMinor: MinorText,
  period: closed({ from: Instant, to: Instant }),
  dueOn: nullableText('Civil date'),
  issuedAt: Instant,
  paidAt: Type.Union([Instant, Type.Null()]),
  ...links,
}

export const eventDataSchemas = {
  'invoice.issued': closed(invoiceMembers),
  'invoice.paid': closed(invoiceMembers),
  'invoice.payment_failed': closed({
    ...invoiceMembers,
    failure: closed({
      code: nullableText('What the payment side calls it, "card_declined"'),
      detail: Type.String(),
      nextAttemptAt: Type.Union([Instant, Type.Null()]),
    }),
  }),
  'hold.opened': closed({
    deviceId: Type.String(),
    register: nullableText('Null where a whole reading is held'),
    code: Type.String({ description: 'Has a page under /problems' }),
    detail: Type.String(),
    heldAt: Instant,
    ...links,
  }),
  'device.silent': closed({
    deviceId: Type.String(),
    lastSeenAt: Type.Union([Instant, Type.Null()]),
    silentSince: Type.String({ format: 'date-time', description: 'When it was last seen, else registered' }),
    ...links,
  }),
  'webhook.test': closed({ endpointId: Type.String(), message: Type.String() }),
} as const

export type AnyEventType = keyof typeof eventDataSchemas
/** What an endpoint can choose; a test goes to the endpoint that is tested, whatever it chose. */
export type EventType = Exclude<AnyEventType, 'webhook.test'>
export type EventData<Type extends AnyEventType> = Static<(typeof eventDataSchemas)[Type]>

export const anyEventTypes = Object.keys(eventDataSchemas) as readonly AnyEventType[]
export const eventTypes = anyEventTypes.filter((type): type is EventType => type !== 'webhook.test')

/** The whole body of one type. */
export function payloadSchema<Type extends AnyEventType>(type: Type) {
  return closed({ type: Type.Literal(type), timestamp: Instant, data: eventDataSchemas[type] })
}

export function isEventType(text: string): text is EventType {
  return eventTypes.some((type) => type === text)
}
