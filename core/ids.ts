/**
 * Identifiers. A branded string per kind, so that a customer's id cannot be passed where a contract's is wanted.
 *
 * Ids that we make are a prefix and 128 random bits in Crockford's base 32 (`con_01J…`); they carry no meaning. A
 * device's id is chosen by its maker and doubles as MQTT client id and topic level, hence its narrow alphabet.
 */
import { coreErrors } from './errors.ts'

type Id<Kind extends string> = string & { readonly __id: Kind }

export type ManufacturerId = Id<'manufacturer'>
export type CustomerId = Id<'customer'>
export type ContractId = Id<'contract'>
export type AssignmentId = Id<'assignment'>
export type TariffId = Id<'tariff'>
export type TaxRateId = Id<'tax_rate'>
export type InvoiceId = Id<'invoice'>
export type PaymentId = Id<'payment'>
export type CreditNoteId = Id<'credit_note'>
export type ManualLineId = Id<'manual_line'>
export type ApiKeyId = Id<'api_key'>
export type PersonId = Id<'person'>
export type MembershipId = Id<'membership'>
export type WebhookEndpointId = Id<'webhook_endpoint'>
export type WebhookEventId = Id<'webhook_event'>
export type ModelId = Id<'model'>
export type DeviceId = Id<'device'>

const prefixes = {
  manufacturer: 'man',
  customer: 'cust',
  contract: 'con',
  assignment: 'asg',
  tariff: 'tar',
  tax_rate: 'tax',
  invoice: 'inv',
  payment: 'pay',
  credit_note: 'crn',
  manual_line: 'mln',
  api_key: 'key',
  person: 'per',
  account: 'acc',
  membership: 'mem',
  webhook_endpoint: 'whe',
  webhook_event: 'evt',
} as const

export type GeneratedIdKind = keyof typeof prefixes

/** Where randomness comes from: `crypto.getRandomValues` in production, a seeded source in tests. */
export type RandomBytes = (length: number) => Uint8Array

export const secureRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))

export function generateId<Kind extends GeneratedIdKind>(kind: Kind, randomBytes: RandomBytes): Id<Kind> {
  return `${prefixes[kind]}_${encodeBase32(randomBytes(16))}` as Id<Kind>
}

/** A device id: 1 to 64 letters, digits, `.`, `_`, `~`, `-`, beginning with a letter or digit. */
export const DEVICE_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$'
const deviceIdPattern = new RegExp(DEVICE_ID_PATTERN)

export function isDeviceId(text: string): text is DeviceId {
  return deviceIdPattern.test(text)
}

/** @throws AppError `id_invalid` */
export function getDeviceId(text: string): DeviceId {
  if (!isDeviceId(text)) {
    throw coreErrors.id_invalid(
      'A device id has 1 to 64 letters, digits, ".", "_", "~" or "-" and begins with a letter or digit.',
    )
  }
  return text
}

/** A register's name, such as `run_s`; the unit comes last. */
export const REGISTER_NAME_PATTERN = '^[a-z][a-z0-9_]{0,63}$'
const registerNamePattern = new RegExp(REGISTER_NAME_PATTERN)

export function isRegisterName(text: string): boolean {
  return registerNamePattern.test(text)
}

/** Lower-case Crockford base 32 (no i, l, o, u). */
export function encodeBase32(bytes: Uint8Array): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  let bits = 0
  let bitCount = 0
  let text = ''
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    bitCount += 8
    while (bitCount >= 5) {
      bitCount -= 5
      text += alphabet[(bits >> bitCount) & 31]
    }
    bits &= (1 << bitCount) - 1
  }
  return bitCount > 0 ? text + alphabet[(bits << (5 - bitCount)) & 31] : text
}
