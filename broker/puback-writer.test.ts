import { parser, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { PubackWriter } from './puback-writer.ts'

describe('PubackWriter', () => {
  it('writes what an MQTT parser reads as the same acknowledgements in order', () => {
    const ids = [1, 255, 256, 65_535, ...Array.from({ length: 500 }, (_, index) => index + 1_000)]
    const writer = new PubackWriter()
    for (const id of ids) writer.add(id)
    const packets: Packet[] = []
    const packetParser = parser()
    packetParser.on('packet', (packet) => packets.push(packet))
    packetParser.parse(writer.take() ?? Buffer.alloc(0))
    expect(packets.every((packet) => packet.cmd === 'puback')).toBe(true)
    expect(packets.map((packet) => packet.messageId)).toEqual(ids)
  })

  it('starts anew after each take', () => {
    const writer = new PubackWriter()
    expect(writer.take()).toBe(undefined)
    writer.add(1)
    const first = writer.take()
    writer.add(2)
    expect([first, writer.take(), writer.take()]).toEqual([
      Buffer.from([0x40, 2, 0, 1]),
      Buffer.from([0x40, 2, 0, 2]),
      undefined,
    ])
  })
})
