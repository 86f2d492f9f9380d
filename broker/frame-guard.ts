/**
 * Follows the fixed headers of an MQTT byte stream and stops it at the first header that announces too much.
 *
 * Aedes and its parser have no packet size limit: they buffer whatever a header announces, before the peer has signed
 * in. The guard sees every chunk first and needs no buffer of its own: it keeps where in a header it is and how many
 * bytes of the body are still to come, so a header may be cut anywhere. The first packet must be a CONNECT
 * [MQTT-3.1.0-1] with a much smaller limit, which also turns away peers that speak something else.
 */

export type FrameFault = 'not_mqtt' | 'connect_too_large' | 'frame_too_large' | 'length_malformed'

const CONNECT = 1
const DISCONNECT = 14

export class FrameGuard {
  /** True once the peer has said goodbye [MQTT-3.14.4-1]. */
  hasSeenDisconnect = false
  /** Packets that came to their end so far. */
  framesEnded = 0
  readonly #limits: { readonly maxFrameBytes: number; readonly maxConnectFrameBytes: number }
  #isFirstFrame = true
  #isInLength = false
  #type = 0
  #length = 0
  #shift = 0
  #bodyBytesLeft = 0

  constructor(limits: { readonly maxFrameBytes: number; readonly maxConnectFrameBytes: number }) {
    this.#limits = limits
  }

  /** True when the next byte begins a fixed header. */
  get isBetweenFrames(): boolean {
    return this.#bodyBytesLeft === 0 && !this.#isInLength
  }

  /** Undefined when the parser may have the chunk. After a fault the connection must be closed. */
  check(chunk: Uint8Array): FrameFault | undefined {
    const end = chunk.length
    let position = 0
    while (position < end) {
      if (this.#bodyBytesLeft > 0) {
        const skipped = Math.min(this.#bodyBytesLeft, end - position)
        this.#bodyBytesLeft -= skipped
        position += skipped
        if (this.#bodyBytesLeft === 0) this.framesEnded += 1
        continue
      }
      const byte = chunk[position++] ?? 0
      if (!this.#isInLength) {
        this.#type = byte >> 4
        if (this.#isFirstFrame && this.#type !== CONNECT) return 'not_mqtt'
        this.#isInLength = true
        this.#length = 0
        this.#shift = 0
        continue
      }
      this.#length |= (byte & 0x7f) << this.#shift
      if ((byte & 0x80) !== 0) {
        this.#shift += 7
        if (this.#shift > 21) return 'length_malformed'
        continue
      }
      const fault = this.#endHeader()
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #endHeader(): FrameFault | undefined {
    if (this.#isFirstFrame && this.#length > this.#limits.maxConnectFrameBytes) return 'connect_too_large'
    if (this.#length > this.#limits.maxFrameBytes) return 'frame_too_large'
    if (this.#type === DISCONNECT) this.hasSeenDisconnect = true
    this.#isFirstFrame = false
    this.#isInLength = false
    this.#bodyBytesLeft = this.#length
    if (this.#length === 0) this.framesEnded += 1
    return undefined
  }
}
