/**
 * The broker's limits and their safe defaults: the one place that says how much of anything a peer may take.
 *
 * Two of them hang together: messages may be held for `giveUpMs` before their connection is closed, and a connection that
 * holds many is not read, so that a ping behind them is not heard. So the smallest keep-alive taken, times 1.5, must outlast
 * the hold.
 */
import type { InputIssue } from '../core/index.ts'
import { brokerErrors } from './errors.ts'

export type BrokerLimits = {
  /** Connections of all kinds, signed in or not; more are closed at once. */
  readonly maxConnections: number
  /** New connections from one address (IPv6: one /64) in the long run. Everything behind one NAT shares this. */
  readonly connectionsPerAddressPerSecond: number
  /** How many may come at once after a quiet time. */
  readonly connectionBurstPerAddress: number
  /** After so many refused sign-ins an address is not let in until a minute's share is free again. */
  readonly failedLoginsPerAddressPerMinute: number
  /** Time for a complete CONNECT (and for a TLS or WebSocket handshake before it). */
  readonly connectTimeoutMs: number
  /** How long a session with a claim code has to fetch the secret of its device. */
  readonly maxClaimSessionMs: number
  /** A CONNECT with a shorter keep-alive is refused; 0 (none) is allowed, TCP keep-alive then finds dead peers. */
  readonly minKeepaliveS: number
  /** Largest remaining length of a CONNECT. */
  readonly maxConnectFrameBytes: number
  /** Largest remaining length of any other MQTT packet; the connection is cut at the header of a larger one. */
  readonly maxFrameBytes: number
  /** Largest payload that can count; a larger one within the frame limit is acknowledged and quarantined, cut to this. */
  readonly maxPayloadBytes: number
  /** Messages of one device in the long run. Above it the device is slowed down; nothing is dropped. */
  readonly messagesPerDevicePerSecond: number
  /** How many may come at once after a quiet time. */
  readonly messageBurstPerDevice: number
  /** Messages taken from one connection and not yet committed. Reading pauses at a quarter of it; above it the connection is dropped. */
  readonly maxHeldMessagesPerDevice: number
  /** The same in bytes of payload and topic. One read of a socket brings up to 128 KiB. */
  readonly maxHeldBytesPerDevice: number
  /** Messages held from all devices together. At it the broker stops reading from everyone until a batch is committed. */
  readonly maxHeldMessages: number
  readonly maxHeldBytes: number
  /** Messages and bytes per hand-over. */
  readonly maxBatchMessages: number
  readonly maxBatchBytes: number
  /** How long a batch that cannot be committed is retried before everyone who waits is disconnected without acknowledgement. */
  readonly giveUpMs: number
  /** How long a peer may leave its socket unread before it is dropped. */
  readonly drainTimeoutMs: number
  /** The most that `close()` waits for held messages to be committed. */
  readonly closeTimeoutMs: number
}

export const defaultBrokerLimits: BrokerLimits = {
  maxConnections: 20_000,
  connectionsPerAddressPerSecond: 100,
  connectionBurstPerAddress: 2_000,
  failedLoginsPerAddressPerMinute: 120,
  connectTimeoutMs: 10_000,
  maxClaimSessionMs: 60_000,
  minKeepaliveS: 10,
  maxConnectFrameBytes: 4_096,
  maxFrameBytes: 262_144,
  maxPayloadBytes: 196_608,
  messagesPerDevicePerSecond: 2_000,
  messageBurstPerDevice: 10_000,
  maxHeldMessagesPerDevice: 5_000,
  maxHeldBytesPerDevice: 1_048_576,
  maxHeldMessages: 200_000,
  maxHeldBytes: 268_435_456,
  maxBatchMessages: 5_000,
  maxBatchBytes: 524_288,
  giveUpMs: 5_000,
  drainTimeoutMs: 20_000,
  closeTimeoutMs: 7_000,
}

/** Defaults with the given ones on top. @throws AppError `broker_limits_invalid` with one issue per mistake */
export function resolveBrokerLimits(given: Partial<BrokerLimits> = {}): BrokerLimits {
  const limits = { ...defaultBrokerLimits, ...given }
  const issues: InputIssue[] = Object.entries(limits)
    .filter(([, limit]) => !Number.isSafeInteger(limit) || limit < 1)
    .map(([name]) => ({ pointer: `/${name}`, detail: `Set ${name} to a whole number of at least 1.` }))
  if (limits.giveUpMs >= limits.minKeepaliveS * 1_500) {
    issues.push({ pointer: '/giveUpMs', detail: 'Set giveUpMs below 1.5 times minKeepaliveS.' })
  }
  if (limits.maxPayloadBytes > limits.maxFrameBytes) {
    issues.push({ pointer: '/maxPayloadBytes', detail: 'Set maxPayloadBytes to at most maxFrameBytes.' })
  }
  if (issues.length > 0) {
    throw brokerErrors.broker_limits_invalid(issues.map((issue) => issue.detail).join(' '), { issues })
  }
  return limits
}
