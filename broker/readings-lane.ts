/**
 * The short way of what devices send nearly always: readings, whole, at quality of service 0 or 1, on the own topic.
 *
 * Aedes' way of a PUBLISH (buffer list, parser, packet object, series of callbacks) costs several times what handing a
 * reading over costs. So a connection takes such frames from the front of a chunk itself and leaves everything from
 * the first other frame on to Aedes. What is taken here is exactly what Aedes' parser and the publish gate would have
 * accepted without any remark; whatever is unusual in the least (retain flag, another topic, packet identifier 0, too
 * large, cut at the end of the chunk) is not judged here. Pure.
 */

export type ReadingSink = {
  /** `packetId` is 0 for quality of service 0. False when the rest of the chunk must not be looked at any more. */
  takeReading(payload: Buffer, packetId: number): boolean
}

const PUBLISH_QOS_0 = 0x30
const PUBLISH_QOS_1 = 0x32
const DUP = 0x08
/** Three bytes of length reach 2 MiB, beyond any frame limit. */
const MAX_LENGTH_BYTES = 3

/**
 * Gives the readings at the front of the chunk to the sink. The chunk must begin with a fixed header.
 * @returns where the first byte lies that was not taken
 */
export function takeReadings(
  chunk: Buffer,
  topic: string,
  maxPayloadBytes: number,
  sink: ReadingSink,
): number {
  const end = chunk.length
  let start = 0
  while (start < end) {
    const header = chunk[start] ?? 0
    const isQos1 = (header & ~DUP) === PUBLISH_QOS_1
    if (!isQos1 && header !== PUBLISH_QOS_0) return start

    let length = 0
    let lengthBytes = 0
    let byte: number
    do {
      byte = chunk[start + 1 + lengthBytes] ?? 0
      length |= (byte & 0x7f) << (7 * lengthBytes)
      lengthBytes += 1
    } while (byte >= 0x80 && lengthBytes < MAX_LENGTH_BYTES)
    // Unfinished, or longer than it needs to be.
    if (byte >= 0x80 || (byte === 0 && lengthBytes > 1)) return start

    const body = start + 1 + lengthBytes
    const bodyEnd = body + length
    const afterTopic = body + 2 + topic.length
    const payloadStart = isQos1 ? afterTopic + 2 : afterTopic
    if (bodyEnd > end || payloadStart > bodyEnd || bodyEnd - payloadStart > maxPayloadBytes) return start
    if (!isTopic(chunk, body, topic)) return start
    const packetId = isQos1 ? ((chunk[afterTopic] ?? 0) << 8) | (chunk[afterTopic + 1] ?? 0) : 0
    if (isQos1 && packetId === 0) return start
    if (!sink.takeReading(chunk.subarray(payloadStart, bodyEnd), packetId)) return end
    start = bodyEnd
  }
  return start
}

/** Topics of devices are ASCII, so a character is a byte. */
function isTopic(chunk: Buffer, start: number, topic: string): boolean {
  const { length } = topic
  if (chunk[start] !== length >> 8 || chunk[start + 1] !== (length & 0xff)) return false
  // The end first: there the topics of devices differ.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (chunk[start + 2 + index] !== topic.charCodeAt(index)) return false
  }
  return true
}
