/**
 * Reads what a server sends to a client that only publishes: CONNACK and PUBACK, four bytes each [MQTT-3.2, 3.4].
 * Anything else is a fault. Packets may be cut anywhere.
 */
export type AnswerHandler = {
  onConnack(returnCode: number): void
  onPuback(packetId: number): void
  onFault(detail: string): void
}

const CONNACK = 0x2002
const PUBACK = 0x4002

export class AnswerScanner {
  readonly #handler: AnswerHandler
  #packet = 0
  #byteCount = 0

  constructor(handler: AnswerHandler) {
    this.#handler = handler
  }

  scan(bytes: Uint8Array, length: number): void {
    for (let index = 0; index < length; index += 1) {
      this.#packet = (this.#packet << 8) | (bytes[index] ?? 0)
      this.#byteCount += 1
      if (this.#byteCount < 4) continue
      this.#byteCount = 0
      const head = this.#packet >>> 16
      if (head === PUBACK) this.#handler.onPuback(this.#packet & 0xffff)
      else if (head === CONNACK) this.#handler.onConnack(this.#packet & 0xff)
      else return this.#handler.onFault(`an unexpected packet begins with 0x${head.toString(16)}`)
    }
  }
}
