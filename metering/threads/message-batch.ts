/**
 * A batch of messages on its way to the writer's thread: all payloads in one buffer that is transferred, not copied
 * message by message.
 */
import { deviceTopics, type DeviceId, type InboundMessage, type Refusal } from '../../core/index.ts'

export type MessageBatch = {
  readonly deviceIds: readonly string[]
  readonly receivedAt: Float64Array
  /** Where each payload ends in `payloads`. */
  readonly ends: Uint32Array
  readonly payloads: Uint8Array<ArrayBuffer>
  /** Messages that the broker refused, by their place; only they have a topic other than the device's own. */
  readonly refused: ReadonlyMap<number, { readonly topic: string; readonly refusal: Refusal }>
}

export function packMessages(messages: readonly InboundMessage[]): MessageBatch {
  const deviceIds: string[] = []
  const receivedAt = new Float64Array(messages.length)
  const ends = new Uint32Array(messages.length)
  const refused = new Map<number, { topic: string; refusal: Refusal }>()
  let end = 0
  for (const [index, message] of messages.entries()) {
    end += message.payload.length
    ends[index] = end
    receivedAt[index] = message.receivedAt
    deviceIds.push(message.deviceId)
    const { topic, refusal } = message
    if (refusal !== undefined) refused.set(index, { topic, refusal })
  }
  const payloads = new Uint8Array(end)
  for (const [index, { payload }] of messages.entries()) {
    payloads.set(payload, (ends[index] ?? 0) - payload.length)
  }
  return { deviceIds, receivedAt, ends, payloads, refused }
}

export function unpackMessages(batch: MessageBatch): InboundMessage[] {
  let start = 0
  return batch.deviceIds.map((deviceId, index) => {
    const end = batch.ends[index] ?? start
    const payload = batch.payloads.subarray(start, end)
    start = end
    return {
      deviceId: deviceId as DeviceId,
      topic: deviceTopics.readings(deviceId),
      payload,
      receivedAt: batch.receivedAt[index] ?? 0,
      ...batch.refused.get(index),
    }
  })
}
