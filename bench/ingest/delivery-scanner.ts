/**
 * Reads what a server sends to a subscriber (CONNACK, SUBACK and QoS 1 PUBLISH) and makes the PUBACKs for it, without
 * looking at payloads. Packets may be cut anywhere.
 */
export type DeliveryHandler = { onConnack(): void; onSuback(): void }

const CONNACK = 2
const PUBLISH = 3
const SUBACK = 9
const PUBACK_BYTE = 0x40
const PUBACK_LENGTH = 4

export class DeliveryScanner {
  readonly #handler: DeliveryHandler
  #rest: Uint8Array = new Uint8Array()

  constructor(handler: DeliveryHandler) {
    this.#handler = handler
  }

  /** The PUBACKs, four bytes each, for the publishes that this chunk completed. */
  scan(chunk: Uint8Array): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const acknowledgements: number[] = []
    let position = 0
    for (;;) {
      const body = findBody(bytes, position)
      if (body === undefined) break
      const kind = (bytes[position] ?? 0) >> 4
      if (kind === PUBLISH) acknowledgements.push(readPacketId(bytes, body.start))
      else if (kind === CONNACK) this.#handler.onConnack()
      else if (kind === SUBACK) this.#handler.onSuback()
      position = body.end
    }
    this.#rest = bytes.slice(position)
    return toPubacks(acknowledgements)
  }
}

/** Where the body of the packet at `position` lies [MQTT-2.2.3]; undefined while it is incomplete. */
function findBody(bytes: Uint8Array, position: number): { start: number; end: number } | undefined {
  let length = 0
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[position + 1 + index]
    if (byte === undefined) return undefined
    length |= (byte & 0x7f) << (7 * index)
    if ((byte & 0x80) !== 0) continue
    const start = position + 2 + index
    return start + length <= bytes.length ? { start, end: start + length } : undefined
  }
  throw new Error('a packet with a malformed length')
}

/** The packet identifier follows the topic, which begins with its length [MQTT-3.3.2]. */
function readPacketId(bytes: Uint8Array, bodyStart: number): number {
  const topicLength = readUint16(bytes, bodyStart)
  return readUint16(bytes, bodyStart + 2 + topicLength)
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function toPubacks(packetIds: readonly number[]): Buffer {
  const pubacks = Buffer.allocUnsafe(packetIds.length * PUBACK_LENGTH)
  for (const [index, packetId] of packetIds.entries()) {
    pubacks.writeUInt16BE((PUBACK_BYTE << 8) | 2, index * PUBACK_LENGTH)
    pubacks.writeUInt16BE(packetId, index * PUBACK_LENGTH + 2)
  }
  return pubacks
}
