/**
 * The gate that every publish of a device passes before it is acknowledged.
 *
 * Plain readings come straight from the connection. Everything else comes from Aedes, which writes PUBACK (or PUBREC) as
 * soon as the callback of `authorizePublish` is called, before anything else sees the message. So the callback goes with
 * the message into the hand-over queue and is called after the commit. A message that cannot count is handed over all
 * the same, with the reason: refusing it would close the connection, and the device would send it again for ever.
 */
import { Buffer } from 'node:buffer'
import type { AedesOptions, Client } from 'aedes'
import { deviceTopics, type Clock, type InboundMessage, type Refusal } from '../core/index.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection, SignedInDevice, ThrottledMessage } from './device-connection.ts'
import type { HandOverQueue } from './hand-over.ts'
import type { BrokerLimits } from './limits.ts'
import { findPublishRefusal } from './publish-rules.ts'
import { parseStatus } from './status-message.ts'

export type PublishGateOptions = {
  readonly connectionOf: (client: Client) => DeviceConnection | undefined
  readonly queue: HandOverQueue
  readonly limits: BrokerLimits
  readonly counters: BrokerCounters
  readonly clock: Clock
}

export type PublishGate = {
  readonly authorizePublish: NonNullable<AedesOptions['authorizePublish']>
  /** Takes what `readings-lane.ts` found. False when the connection was dropped over it. */
  readonly takeReading: (connection: DeviceConnection, payload: Buffer, packetId: number) => boolean
}

const nothing = Buffer.alloc(0)
const claimRefusal: Refusal = {
  code: 'claim_session_only',
  detail: 'Subscribe to the credentials topic, then connect again with the secret that comes there.',
}

export function createPublishGate(options: PublishGateOptions): PublishGate {
  const { connectionOf, queue, limits, counters, clock } = options

  /** False when the connection already holds too much; it is dropped then. */
  function hold(connection: DeviceConnection, device: SignedInDevice, held: ThrottledMessage): boolean {
    if (
      connection.heldMessages >= limits.maxHeldMessagesPerDevice ||
      connection.heldBytes + held.byteCount > limits.maxHeldBytesPerDevice
    ) {
      connection.drop('too_many_held')
      return false
    }
    queue.hold(held)
    device.throttle.admit(held)
    return true
  }

  return {
    takeReading(connection, payload, packetId) {
      const { device } = connection
      if (device === undefined || connection.isDropped) return false
      counters.received += 1
      const { id: deviceId, readingsTopic: topic, claim } = device
      const message: InboundMessage = { deviceId, topic, payload, receivedAt: clock.now() }
      if (claim !== undefined) counters.refusedMessages += 1
      return hold(connection, device, {
        holder: connection,
        message: claim === undefined ? message : { ...message, refusal: claimRefusal },
        byteCount: payload.length + topic.length,
        packetId,
        release: undefined,
        status: undefined,
      })
    },

    authorizePublish(client, packet, callback) {
      const connection = client === null ? undefined : connectionOf(client)
      const device = connection?.device
      // A will has no `cmd`. None gets here, because wills are forgotten at CONNECT; if one did, it must not count.
      if (connection === undefined || device === undefined || packet.cmd !== 'publish') {
        return callback(new Error('only a signed-in device may publish'))
      }
      // The rest of the chunk that got the connection dropped: the device sends it again.
      if (connection.isDropped) return
      counters.received += 1
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
      // For QoS 1 we write PUBACK ourselves (`puback-writer.ts`); Aedes then only has to go on.
      const packetId = packet.qos === 1 ? (packet.messageId ?? 0) : 0
      if (packet.qos === 1) packet.qos = 0
      const { topic, retain } = packet
      const isStatus = device.claim === undefined && topic === deviceTopics.status(device.id)
      const message: InboundMessage = isStatus
        ? { deviceId: device.id, topic, payload: nothing, receivedAt: clock.now() }
        : toInboundMessage({ topic, payload, retain }, device, limits.maxPayloadBytes, clock.now())
      if (isStatus) counters.statusMessages += 1
      if (message.refusal !== undefined) counters.refusedMessages += 1
      // QoS 2 keeps the packet until PUBREL, and from here on nobody needs its payload.
      packet.payload = nothing
      hold(connection, device, {
        holder: connection,
        message,
        byteCount: message.payload.length + topic.length,
        packetId,
        release: callback,
        status: isStatus ? parseStatus(payload) : undefined,
      })
    },
  }
}

function toInboundMessage(
  packet: { readonly topic: string; readonly payload: Buffer; readonly retain: boolean },
  device: SignedInDevice,
  maxPayloadBytes: number,
  receivedAt: number,
): InboundMessage {
  const { topic, payload } = packet
  const refusal =
    device.claim === undefined
      ? findPublishRefusal(packet, device.readingsTopic, maxPayloadBytes)
      : claimRefusal
  if (refusal === undefined) {
    return { deviceId: device.id, topic: device.readingsTopic, payload, receivedAt }
  }
  // Copied, so that a cut payload does not keep the whole frame in memory.
  const kept = payload.length > maxPayloadBytes ? Buffer.from(payload.subarray(0, maxPayloadBytes)) : payload
  return { deviceId: device.id, topic, payload: kept, receivedAt, refusal }
}
