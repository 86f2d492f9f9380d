/** Which published message can count, and what is kept of one that cannot. Pure. */
import type { Refusal } from '../core/index.ts'

/** Undefined for a message on the device's own readings topic that metering may judge. */
export function findPublishRefusal(
  packet: { readonly topic: string; readonly retain: boolean; readonly payload: { readonly length: number } },
  readingsTopic: string,
  maxPayloadBytes: number,
): Refusal | undefined {
  if (packet.topic !== readingsTopic) {
    return {
      code: 'topic_not_own',
      detail: `Publish readings on "${readingsTopic}"; this device may use no other topic.`,
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
