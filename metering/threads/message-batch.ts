/**
 * A batch of messages on its way to the writer's thread: all payloads in one buffer that is transferred, not copied
 * message by message.
 */
import type { DeviceId, InboundMessage, Refusal } from '../../core/index.ts'

export type MessageBatch = {
  readonly deviceIds: readonly string[]
  readonly topics: readonly string[]
  readonly receivedAt: Float64Array
  /** Where each payload ends in `payloads`. */
  readonly ends: Uint32Array
  readonly payloads: Uint8Array<ArrayBuffer>
  readonly refusals: ReadonlyMap<number, Refusal>
}

export function packMessages(messages: readonly InboundMessage[]): MessageBatch {
  const deviceIds: string[] = []
  const topics: string[] = []
  const receivedAt = new Float64Array(messages.length)
  const ends = new Uint32Array(messages.length)
  const refusals = new Map<number, Refusal>()
  let end = 0
  for (const [index, message] of messages.entries()) {
    end += message.payload.length
    ends[index] = end
    receivedAt[index] = message.receivedAt
    deviceIds.push(message.deviceId)
    topics.push(message.topic)
    if (message.refusal !== undefined) refusals.set(index, message.refusal)
  }
  const payloads = new Uint8Array(end)
  for (const [index, { payload }] of messages.entries()) {
    payloads.set(payload, (ends[index] ?? 0) - payload.length)
  }
  return { deviceIds, topics, receivedAt, ends, payloads, refusals }
}

export function unpackMessages(batch: MessageBatch): InboundMessage[] {
  let start = 0
  return batch.deviceIds.map((deviceId, index) => {
    const end = batch.ends[index] ?? start
    const payload = batch.payloads.subarray(start, end)
    start = end
    const refusal = batch.refusals.get(index)
    return {
      deviceId: deviceId as DeviceId,
      topic: batch.topics[index] ?? '',
      payload,
      receivedAt: batch.receivedAt[index] ?? 0,
      ...(refusal === undefined ? {} : { refusal }),
    }
  })
}
