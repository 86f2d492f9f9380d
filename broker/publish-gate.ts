/**
 * The gate that every publish of a device passes before Aedes acknowledges it.
 *
 * Aedes writes PUBACK (or PUBREC) as soon as the callback of `authorizePublish` is called, before anything else sees
 * the message. So the callback goes with the message into the hand-over queue and is called after the commit. A message
 * that cannot count is handed over all the same, with the reason: refusing it would close the connection, and the
 * device would send it again for ever.
 */
import { Buffer } from 'node:buffer'
import type { AedesOptions, Client } from 'aedes'
import type { Clock, InboundMessage, Refusal } from '../core/index.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection, ThrottledMessage } from './device-connection.ts'
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

const nothing = Buffer.alloc(0)
const claimRefusal: Refusal = {
  code: 'claim_session_only',
  detail: 'Subscribe to the credentials topic, then connect again with the secret that comes there.',
}

export function createPublishGate(
  options: PublishGateOptions,
): NonNullable<AedesOptions['authorizePublish']> {
  const { connectionOf, queue, limits, counters, clock } = options

  return (client, packet, callback) => {
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
    let held: ThrottledMessage
    if (packet.topic === device.topics.status && device.claim === undefined) {
      counters.statusMessages += 1
      held = {
        holder: connection,
        message: { deviceId: device.id, topic: packet.topic, payload: nothing, receivedAt: clock.now() },
        byteCount: packet.topic.length,
        packetId,
        release: callback,
        status: parseStatus(payload),
      }
    } else {
      const message = toInboundMessage(
        packet.topic,
        payload,
        packet.retain,
        device,
        limits.maxPayloadBytes,
        clock.now(),
      )
      if (message.refusal !== undefined) counters.refusedMessages += 1
      held = {
        holder: connection,
        message,
        byteCount: message.payload.length + message.topic.length,
        packetId,
        release: callback,
      }
    }
    // QoS 2 keeps the packet until PUBREL, and from here on nobody needs its payload.
    packet.payload = nothing
    if (
      connection.heldMessages >= limits.maxHeldMessagesPerDevice ||
      connection.heldBytes + held.byteCount > limits.maxHeldBytesPerDevice
    ) {
      connection.drop('too_many_held')
      return
    }
    queue.hold(held)
    device.throttle.admit(held)
  }
}

function toInboundMessage(
  topic: string,
  payload: Buffer,
  retain: boolean,
  device: NonNullable<DeviceConnection['device']>,
  maxPayloadBytes: number,
  receivedAt: number,
): InboundMessage {
  const refusal =
    device.claim === undefined
      ? findPublishRefusal({ topic, retain, payload }, device.topics, maxPayloadBytes)
      : claimRefusal
  if (refusal === undefined) {
    return { deviceId: device.id, topic: device.topics.readings, payload, receivedAt }
  }
  // Copied, so that a cut payload does not keep the whole frame in memory.
  const kept = payload.length > maxPayloadBytes ? Buffer.from(payload.subarray(0, maxPayloadBytes)) : payload
  return { deviceId: device.id, topic, payload: kept, receivedAt, refusal }
}
