import { generate } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { publishPacket } from './broker-fixture.ts'
import { takeReadings } from './readings-lane.ts'

const topic = 'devices/drill-1/readings'
const reading = (payload: string | Buffer, changes = {}) => generate(publishPacket(topic, payload, changes))

/** What is taken from the front of the chunk, and how many bytes are left. */
function take(chunk: Buffer, isWilling: () => boolean = () => true) {
  const taken: [payload: string, packetId: number][] = []
  const position = takeReadings(chunk, topic, 1_000, {
    takeReading(payload, packetId) {
      taken.push([payload.toString(), packetId])
      return isWilling()
    },
  })
  return { taken, left: chunk.length - position }
}

describe('takeReadings', () => {
  it('takes every whole reading of a chunk, repeated ones and those without acknowledgement too', () => {
    const chunk = Buffer.concat([
      reading('a', { messageId: 1 }),
      reading('b'.repeat(300), { messageId: 0xfffe, dup: true }),
      reading('', { messageId: 3 }),
      reading('c', { qos: 0 }),
    ])
    expect(take(chunk)).toEqual({
      taken: [
        ['a', 1],
        ['b'.repeat(300), 0xfffe],
        ['', 3],
        ['c', 0],
      ],
      left: 0,
    })
  })

  it.each([
    ['another topic', generate(publishPacket('devices/drill-2/readings', 'x'))],
    ['a shorter topic', generate(publishPacket('devices/drill-1/reading', 'x'))],
    ['a longer topic', generate(publishPacket('devices/drill-1/readings/', 'x'))],
    ['a retained reading', reading('x', { retain: true })],
    ['a reading of quality of service 2', reading('x', { qos: 2 })],
    ['a payload above the limit', reading(Buffer.alloc(1_001))],
    ['a ping', generate({ cmd: 'pingreq' })],
    ['a goodbye', generate({ cmd: 'disconnect' })],
    ['packet identifier 0', withByte(reading('x'), -2, 0)],
    ['the repeat flag at quality of service 0', withByte(reading('x', { qos: 0 }), 0, 0x38)],
    ['quality of service 3', withByte(reading('x'), 0, 0x36)],
    ['a topic that ends after the packet', Buffer.from([0x30, 2, 0, 24])],
    ['a length written with more bytes than it needs', lengthen(reading('x'))],
    ['a length without end', Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('leaves %s and whatever follows it', (_what, other) => {
    const chunk = Buffer.concat([reading('a'), other, reading('b')])
    expect(take(chunk)).toEqual({ taken: [['a', 1]], left: chunk.length - reading('a').length })
  })

  it('leaves a reading that is cut anywhere', () => {
    const whole = reading('cut')
    for (let length = 1; length < whole.length; length += 1) {
      const chunk = Buffer.concat([reading('a'), whole.subarray(0, length)])
      expect(take(chunk)).toEqual({ taken: [['a', 1]], left: length })
    }
  })

  it('looks at nothing more once the sink has had enough', () => {
    const chunk = Buffer.concat([reading('a'), reading('b')])
    expect(take(chunk, () => false)).toEqual({ taken: [['a', 1]], left: 0 })
  })
})

/** The packet with another byte; negative places count from the end of the variable header's packet identifier. */
function withByte(packet: Buffer, place: number, byte: number): Buffer {
  const changed = Buffer.from(packet)
  if (place >= 0) changed[place] = byte
  else changed.fill(byte, packet.length - 1 + place, packet.length - 1)
  return changed
}

function lengthen(packet: Buffer): Buffer {
  return Buffer.concat([packet.subarray(0, 1), Buffer.from([(packet[1] ?? 0) | 0x80, 0]), packet.subarray(2)])
}
