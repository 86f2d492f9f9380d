import { parser, type IPublishPacket } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { decodeReadingMessage } from '../../core/index.ts'
import { PublishSegment } from './publish-segment.ts'
import { ReadingStream } from './reading-stream.ts'

function parsePublishes(bytes: Buffer): IPublishPacket[] {
  const packets: IPublishPacket[] = []
  const packetParser = parser()
  packetParser.on('packet', (packet) => packets.push(packet as IPublishPacket))
  packetParser.parse(bytes)
  return packets
}

describe('PublishSegment', () => {
  it('holds QoS 1 publishes with successive packet identifiers and successive readings', () => {
    const segment = new PublishSegment('drill-7', 41, 3)
    const readings = new ReadingStream(0)
    segment.refill(readings)
    segment.refill(readings)
    const packets = parsePublishes(segment.bytes)
    expect(packets.map(({ topic, qos, messageId }) => ({ topic, qos, messageId }))).toEqual([
      { topic: 'devices/drill-7/readings', qos: 1, messageId: 41 },
      { topic: 'devices/drill-7/readings', qos: 1, messageId: 42 },
      { topic: 'devices/drill-7/readings', qos: 1, messageId: 43 },
    ])
    const seqs = packets.map(({ payload }) => decodeReadingMessage(Buffer.from(payload))[0]?.reading?.seq)
    expect(seqs).toEqual([1_000_003, 1_000_004, 1_000_005])
    expect(segment.unacknowledged).toBe(3)
  })
})
