/** Which published message can count, and what is kept of one that cannot. Pure. */
import { deviceTopics, type DeviceId, type Refusal } from '../core/index.ts'

export type DeviceTopics = {
  readonly readings: string
  readonly status: string
  readonly entitlement: string
  readonly problems: string
  readonly credentials: string
}

export function topicsOf(deviceId: DeviceId): DeviceTopics {
  return {
    readings: deviceTopics.readings(deviceId),
    status: deviceTopics.status(deviceId),
    entitlement: deviceTopics.entitlement(deviceId),
    problems: deviceTopics.problems(deviceId),
    credentials: deviceTopics.credentials(deviceId),
  }
}

/** Undefined for a message on the device's own readings topic that metering may judge. */
export function findPublishRefusal(
  packet: { readonly topic: string; readonly retain: boolean; readonly payload: { readonly length: number } },
  topics: DeviceTopics,
  maxPayloadBytes: number,
): Refusal | undefined {
  if (packet.topic !== topics.readings) {
    return {
      code: 'topic_not_own',
      detail: `Publish readings on "${topics.readings}"; this device may use no other topic.`,
    }
  }
  if (packet.retain) {
    return { code: 'retain_not_allowed', detail: 'Publish readings without the retain flag.' }
  }
  if (packet.payload.length > maxPayloadBytes) {
    return {
      code: 'payload_too_large',
      detail: `Send at most ${maxPayloadBytes} bytes per message; split the backlog into several messages.`,
    }
  }
  return undefined
}
