/**
 * Follows the fixed headers of an MQTT byte stream and stops it at the first header that announces too much, or too little.
 *
 * Aedes and its parser have no packet size limit: they buffer whatever a header announces, before the peer has signed
 * in. The guard sees every chunk first and needs no buffer of its own: it keeps where in a header it is and how many
 * bytes of the body are still to come, so a header may be cut anywhere. The first packet must be a CONNECT
 * [MQTT-3.1.0-1] with a much smaller limit, which also turns away peers that speak something else.
 *
 * A packet must have room for its topic and identifier: the parser reads both beyond the packet's end, in the next packet or
 * where nothing has arrived yet, and an identifier that nobody sent would then be acknowledged.
 */

export type FrameFault = 'not_mqtt' | 'connect_too_large' | 'frame_too_large' | 'length_malformed'

const CONNECT = 1
const PUBLISH = 3
const DISCONNECT = 14
/** PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE and UNSUBSCRIBE begin with a packet identifier. */
const WITH_IDENTIFIER = new Set([4, 5, 6, 7, 8, 10])
const IDENTIFIER_BYTES = 2
const TOPIC_LENGTH_BYTES = 2

export class FrameGuard {
  /** True once the peer has said goodbye [MQTT-3.14.4-1]. */
  hasSeenDisconnect = false
  /** Packets that came to their end so far. */
  framesEnded = 0
  readonly #limits: { readonly maxFrameBytes: number; readonly maxConnectFrameBytes: number }
  #isFirstFrame = true
  #isInLength = false
  #header = 0
  #length = 0
  #shift = 0
  #bodyBytesLeft = 0
  #topicLengthBytesLeft = 0
  #topicLength = 0

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
      if (this.#topicLengthBytesLeft > 0) {
        this.#topicLength = (this.#topicLength << 8) | (chunk[position++] ?? 0)
        this.#bodyBytesLeft -= 1
        this.#topicLengthBytesLeft -= 1
        if (this.#topicLengthBytesLeft === 0 && !this.#hasRoomForTopic()) return 'length_malformed'
        if (this.#bodyBytesLeft === 0) this.framesEnded += 1
        continue
      }
      if (this.#bodyBytesLeft > 0) {
        const skipped = Math.min(this.#bodyBytesLeft, end - position)
        this.#bodyBytesLeft -= skipped
        position += skipped
        if (this.#bodyBytesLeft === 0) this.framesEnded += 1
        continue
      }
      const byte = chunk[position++] ?? 0
      if (!this.#isInLength) {
        this.#header = byte
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

  get #type(): number {
    return this.#header >> 4
  }

  #hasRoomForTopic(): boolean {
    const isAcknowledged = (this.#header & 0b110) !== 0
    return this.#topicLength + (isAcknowledged ? IDENTIFIER_BYTES : 0) <= this.#bodyBytesLeft
  }

  #endHeader(): FrameFault | undefined {
    if (this.#isFirstFrame && this.#length > this.#limits.maxConnectFrameBytes) return 'connect_too_large'
    if (this.#length > this.#limits.maxFrameBytes) return 'frame_too_large'
    if (this.#type === DISCONNECT) this.hasSeenDisconnect = true
    this.#isFirstFrame = false
    this.#isInLength = false
    this.#bodyBytesLeft = this.#length
    if (this.#type === PUBLISH) {
      if (this.#length < TOPIC_LENGTH_BYTES) return 'length_malformed'
      this.#topicLengthBytesLeft = TOPIC_LENGTH_BYTES
      this.#topicLength = 0
    } else if (WITH_IDENTIFIER.has(this.#type) && this.#length < IDENTIFIER_BYTES) return 'length_malformed'
    if (this.#length === 0) this.framesEnded += 1
    return undefined
  }
}
