import fc from 'fast-check'
import { generate, parser, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { publishPacket } from './broker-fixture.ts'
import { FrameGuard } from './frame-guard.ts'
import { takeReadings } from './readings-lane.ts'

const topic = 'devices/drill-1/readings'
const limits = { maxFrameBytes: 100_000, maxConnectFrameBytes: 100_000 }

const packets = fc.oneof(
  fc
    .record({
      topic: fc.constantFrom(topic, topic, topic, 'devices/drill-1/status', 'devices/drill-2/readings'),
      payload: fc.uint8Array({ maxLength: 200 }),
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 1, 1, 2),
      retain: fc.constantFrom(false, false, false, true),
      dup: fc.boolean(),
      messageId: fc.integer({ min: 1, max: 65_535 }),
    })
    .map(({ topic: on, payload, ...flags }): Packet => {
      return publishPacket(on, Buffer.from(payload), { ...flags, dup: flags.dup && flags.qos > 0 })
    }),
  fc.constant<Packet>({ cmd: 'pingreq' }),
)

const told = (payload: string | Buffer, packetId: number) => `${packetId}:${payload.toString('hex')}`

/** Every packet in the order it is seen, by the way of a connection: the lane at the front, the parser for the rest. */
function readByLane(chunks: readonly Buffer[]): string[] {
  const seen: string[] = []
  const guard = new FrameGuard(limits)
  const packetParser = parser()
  packetParser.on('packet', (packet) => seen.push(describePacket(packet)))
  const sink = {
    takeReading(payload: Buffer, packetId: number) {
      seen.push(told(payload, packetId))
      return true
    },
  }
  for (const chunk of chunks) {
    const taken = guard.isBetweenFrames ? takeReadings(chunk, topic, 1_000, sink) : 0
    const rest = chunk.subarray(taken)
    if (rest.length === 0) continue
    guard.check(rest)
    packetParser.parse(rest)
  }
  return seen
}

function readByParser(bytes: Buffer): string[] {
  const seen: string[] = []
  const packetParser = parser()
  packetParser.on('packet', (packet) => seen.push(describePacket(packet)))
  packetParser.parse(bytes)
  return seen
}

function describePacket(packet: Packet): string {
  if (packet.cmd !== 'publish') return packet.cmd
  if (packet.topic !== topic || packet.retain || packet.qos === 2) return JSON.stringify(packet)
  return told(packet.payload, packet.messageId ?? 0)
}

describe('takeReadings', () => {
  it('with the parser sees the same packets in the same order as the parser alone, however the bytes are cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.array(packets, { minLength: 1, maxLength: 20 }), cuts, (sent, sizes) => {
        // The guard wants a CONNECT first.
        const connect = generate({ cmd: 'connect', clientId: 'x', keepalive: 0, clean: true })
        const bytes = Buffer.concat([connect, ...sent.map((packet) => generate(packet))])
        const chunks = [connect]
        for (let start = connect.length, turn = 0; start < bytes.length; turn += 1) {
          const end = start + (sizes[turn % sizes.length] ?? 1)
          chunks.push(bytes.subarray(start, end))
          start = end
        }
        expect(readByLane(chunks)).toEqual(readByParser(bytes))
      }),
      { numRuns: 1_000 },
    )
  })
})
