/**
 * The wire format, version 1 (design §4): topics, limits, and the types that a decoded message has. `decode-reading.ts` turns
 * bytes into these types; `reading-schema.ts` is the JSON Schema of a reading, and a property test keeps the two in step.
 */
import type { DeviceId } from './ids.ts'

/** Registers are whole numbers below this. */
export const REGISTER_LIMIT = 2n ** 53n

/** Readings a message may hold; a longer backlog goes in several messages. */
export const MAX_READINGS_PER_MESSAGE = 1_000
export const MAX_REGISTERS_PER_READING = 64
export const MAX_EVENTS_PER_READING = 64
export const MAX_LABELS_PER_EVENT = 16
/** In Unicode code points. */
export const MAX_TEXT_LENGTH = 128

export type ReadingTime =
  | { readonly kind: 'device_time'; readonly at: number; readonly isSynced: boolean }
  | { readonly kind: 'age'; readonly ageS: number }
  | { readonly kind: 'none' }

export type UsageEvent = {
  readonly id: string
  readonly type: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  readonly labels: Readonly<Record<string, string>>
  /** Present while the session still runs: `to` is its last sign of life, and a later report may extend it. */
  readonly isOpen?: true
}

export type Exchange = {
  readonly register: string
  readonly final: bigint
  readonly start: bigint
  readonly at: number
}

export type RegisterValue = { readonly register: string; readonly value: bigint }

export type Reading = {
  readonly epoch: number
  readonly seq: number
  readonly time: ReadingTime
  readonly registers: readonly RegisterValue[]
  readonly events: readonly UsageEvent[]
  readonly exchanges: readonly Exchange[]
}

/** Why a message or one element of it was not taken. The code is stable; the detail says what to do. */
export type Refusal = { readonly code: RefusalCode; readonly detail: string }

export const refusalTitles = {
  payload_too_large: 'The payload is larger than allowed',
  payload_not_json: 'The payload is not JSON',
  payload_not_utf8: 'The payload is not UTF-8 text',
  reading_malformed: 'The reading does not have the documented form',
  version_unsupported: 'The wire format version is not supported',
  sequence_missing: 'The reading has no epoch or sequence number',
  register_not_whole: 'A register is not a whole number',
  register_negative: 'A register is negative',
  register_too_large: 'A register is 2^53 or more',
  register_unknown: "The device's model has no such register",
  device_unknown: 'The device is not registered',
  topic_not_own: 'The topic is not one of this device',
  retain_not_allowed: 'Readings cannot be retained messages',
  claim_session_only: 'A session opened with a claim code can only fetch the secret of its device',
  message_poison: 'The message could not be stored although the store is healthy',
} as const

export type RefusalCode = keyof typeof refusalTitles

/** A message as the broker hands it over. `receivedAt` is stamped once, by the broker, in milliseconds. */
export type InboundMessage = {
  readonly deviceId: DeviceId
  readonly topic: string
  readonly payload: Uint8Array
  readonly receivedAt: number
  /** Set when the broker already knows that the message cannot count; it is kept in quarantine all the same. */
  readonly refusal?: Refusal
}

/** Some dozen readings and more, as devices send that were offline: nobody else is to wait while it is stored. */
export function isLongMessage({ payload }: Pick<InboundMessage, 'payload'>): boolean {
  return payload.length > LONG_MESSAGE_BYTES
}

const LONG_MESSAGE_BYTES = 8_192

/** What a device is told on `devices/{device}/problems`. */
export type DeviceProblem = {
  readonly deviceId: DeviceId
  readonly code: string
  readonly detail: string
  readonly epoch?: number
  readonly seq?: number
  readonly register?: string
}

/** The answer to a hand-over: every message of the batch is durable. A failed hand-over rejects instead. */
export type HandOverResult = { readonly problems: readonly DeviceProblem[] }

/**
 * The seam between broker and metering. Resolves once the whole batch is committed; rejects with an `AppError` of
 * kind `dependency` when nothing of it may be relied on (the same batch may then be handed over again). A batch with long
 * messages may be handed over while another one is under way.
 */
export type HandOver = (batch: readonly InboundMessage[]) => Promise<HandOverResult>

/** What a device shows at sign-in. A certificate has been checked before: it chains to the configured CA and names the device. */
export type DeviceCredential =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'certificate'; readonly fingerprint256: string }

/** A session opened with a claim code. It may do nothing but fetch the device's own secret. */
export type ClaimSession = {
  /** Makes the secret that the device signs in with from now on. Rejects with an `AppError` when it may not. */
  issueSecret(): Promise<string>
}

/**
 * The seam of signing in: true when the device may connect with this credential now, a claim session when it is a
 * claim code that the device may use. Must take the same time for devices that do not exist. Rejects when that cannot
 * be said at the moment.
 */
export type Authenticate = (deviceId: string, credential: DeviceCredential) => Promise<boolean | ClaimSession>

export const deviceTopics = {
  readings: (device: string) => `devices/${device}/readings`,
  status: (device: string) => `devices/${device}/status`,
  entitlement: (device: string) => `devices/${device}/entitlement`,
  problems: (device: string) => `devices/${device}/problems`,
  /** Where a claim session gets its secret: `{ "v": 1, "deviceId", "secret" }`. */
  credentials: (device: string) => `devices/${device}/credentials`,
} as const
