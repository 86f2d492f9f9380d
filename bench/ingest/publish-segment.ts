/**
 * What goes into one write: a number of PUBLISH packets, encoded once, with the same packet identifiers each time.
 *
 * A segment may be filled and written again once every packet in it was acknowledged; before that the kernel or the
 * socket may still need its bytes.
 */
import { generate } from 'mqtt-packet'
import { deviceTopics } from '../../core/index.ts'
import { readingTemplate, type ReadingStream } from './reading-stream.ts'

export class PublishSegment {
  readonly bytes: Buffer
  unacknowledged = 0
  /** On the clock of `performance.now()`. */
  writtenAt = 0
  readonly #payloadOffsets: readonly number[]

  constructor(deviceId: string, firstPacketId: number, messageCount: number) {
    const packets = Array.from({ length: messageCount }, (_, index) =>
      generate({
        cmd: 'publish',
        topic: deviceTopics.readings(deviceId),
        payload: readingTemplate,
        qos: 1,
        messageId: firstPacketId + index,
        retain: false,
        dup: false,
      }),
    )
    this.bytes = Buffer.concat(packets)
    const packetLength = this.bytes.length / messageCount
    this.#payloadOffsets = packets.map((_, index) => (index + 1) * packetLength - readingTemplate.length)
  }

  /** Puts new readings in; each now waits for its acknowledgement. */
  refill(readings: ReadingStream): void {
    for (const offset of this.#payloadOffsets) readings.write(this.bytes, offset)
    this.unacknowledged = this.#payloadOffsets.length
  }
}
