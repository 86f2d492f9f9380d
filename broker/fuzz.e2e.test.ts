/**
 * Random and mutated bytes against the real broker over real sockets (issue 3, proof).
 *
 * The judge is independent: it reads what each peer sent with a parser of its own, and counts messages by device,
 * quality of service, packet identifier and payload. 600 peers by default; USANCE_TORTURE=20000 for more. The seed is
 * printed, SEED= chooses it.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parser, type IPublishPacket, type Packet } from 'mqtt-packet'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import type { HandOver } from '../core/index.ts'
import {
  isServing,
  RawDevice,
  startBroker,
  storeUnavailable,
  until,
  type BrokerFixture,
} from './broker-fixture.ts'
import { connectBytes, cutAnywhere, fuzzedBytes, fuzzedConnect, SeededChoice } from './fuzz-fixture.ts'

const peerCount = Number(process.env['USANCE_TORTURE'] ?? 600)
const PEERS_AT_ONCE = 20
const UNLIMITED = 1_000_000_000
/** What the heap may grow by, whatever was sent: the broker keeps nothing of peers that have left. */
const MAX_HEAP_GROWTH_BYTES = 12 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let fixture: BrokerFixture | undefined
afterEach(() => fixture?.broker.close())

/** How often each message was seen. */
class Tally {
  readonly #counts = new Map<string, number>()

  add(key: string, count = 1): void {
    this.#counts.set(key, this.count(key) + count)
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  /** Messages that are seen here more often than there. */
  beyond(other: Tally): string[] {
    return [...this.#counts].filter(([key, count]) => count > other.count(key)).map(([key]) => key)
  }
}

const messageKey = (deviceId: string, payload: Uint8Array | string) =>
  `${deviceId} ${Buffer.from(payload).toString('base64')}`

function isHandedOver(packet: IPublishPacket, deviceId: string): boolean {
  return packet.topic !== `devices/${deviceId}/status`
}

/** Every packet in these bytes up to the first mistake. */
function readPackets(bytes: Buffer): Packet[] {
  const packets: Packet[] = []
  const packetParser = parser()
  packetParser.on('packet', (packet) => packets.push(packet))
  packetParser.on('error', () => undefined)
  packetParser.parse(bytes)
  return packets
}

type PeerPlan = {
  /** Sent first; empty without. */
  readonly connect: Buffer
  /** Whether the peer waits for CONNACK, or the end, before it goes on. */
  readonly isWaiting: boolean
  readonly pieces: readonly Buffer[]
  /** Turns of the event loop to wait for answers before it hangs up. */
  readonly patience: number
}

async function playPeer(port: number, plan: PeerPlan): Promise<readonly Packet[]> {
  const peer = new RawDevice(port)
  peer.socket.write(plan.connect)
  if (plan.isWaiting) await Promise.race([peer.next('connack'), peer.closed])
  for (const piece of plan.pieces) {
    if (peer.socket.writable) peer.socket.write(piece)
    await new Promise(setImmediate)
  }
  for (let turn = 0; turn < plan.patience && !peer.socket.destroyed; turn += 1) {
    await new Promise(setImmediate)
  }
  peer.socket.end()
  await peer.closed
  return peer.packets
}

/** Adds what was acknowledged: the n-th PUBACK of an identifier is for the n-th message with it. */
function addAcknowledged(
  acknowledged: Tally,
  deviceId: string,
  sent: readonly Packet[],
  received: readonly Packet[],
): void {
  const published = sent.filter((packet) => packet.cmd === 'publish')
  const seen = new Tally()
  for (const packet of received) {
    if (packet.cmd !== 'puback' && packet.cmd !== 'pubrec') continue
    const id = packet.messageId ?? 0
    const qos = packet.cmd === 'puback' ? 1 : 2
    const candidates = published.filter((message) => message.qos === qos && message.messageId === id)
    const message = candidates[seen.count(`${qos}/${id}`)]
    seen.add(`${qos}/${id}`)
    if (message === undefined) {
      acknowledged.add(`${deviceId} nothing with identifier ${id} was sent, yet acknowledged`)
    } else if (isHandedOver(message, deviceId)) {
      acknowledged.add(messageKey(deviceId, message.payload))
    }
  }
}

describe('fuzz', () => {
  it('random and mutated bytes harm nobody, and every message is accounted for (I4)', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
    process.stderr.write(`SEED=${seed}\n`)
    const choice = new SeededChoice(seed)
    const [sent, handedOver, acknowledged] = [new Tally(), new Tally(), new Tally()]
    const errors: string[] = []
    const handOver: HandOver = (batch) => {
      if (choice.below(20) === 0) return Promise.reject(storeUnavailable())
      for (const { deviceId, payload } of batch) handedOver.add(messageKey(deviceId, payload))
      const problems = batch.slice(0, 1).map(({ deviceId }) => ({ deviceId, code: 'x', detail: 'y' }))
      return Promise.resolve({ problems })
    }
    const rates = {
      connectionsPerAddressPerSecond: UNLIMITED,
      connectionBurstPerAddress: UNLIMITED,
      failedLoginsPerAddressPerMinute: UNLIMITED,
    }
    const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) })
    fixture = await startBroker(rates, { handOver, log })
    const { broker } = fixture
    const { port } = broker.addresses.mqtt

    async function playFuzzedPeer(number: number): Promise<void> {
      const deviceId = `fuzz-${number}`
      const own = new SeededChoice(seed + number)
      const connect = own.below(5) > 0 ? fuzzedConnect(own, deviceId) : Buffer.alloc(0)
      const body = Buffer.concat(fuzzedBytes(own, deviceId))
      const packets = readPackets(Buffer.concat([connect, body]))
      for (const packet of packets) {
        if (packet.cmd === 'publish' && isHandedOver(packet, deviceId)) {
          sent.add(messageKey(deviceId, packet.payload))
        }
      }
      // Only after a right CONNECT is there anything to wait for: half a packet is never answered.
      const isWaiting = connect.equals(connectBytes(deviceId)) && own.below(4) > 0
      const pieces = cutAnywhere(own, body)
      const answers = await playPeer(port, { connect, isWaiting, pieces, patience: own.below(40) })
      addAcknowledged(acknowledged, deviceId, packets, answers)
    }

    /** A good device whose payloads are anything: all of them are taken, byte for byte, and acknowledged. */
    async function playGoodDevice(number: number): Promise<void> {
      const deviceId = `good-${number}`
      const own = new SeededChoice(seed - number)
      const device = new RawDevice(port)
      device.sendConnect(deviceId)
      await device.next('connack')
      const count = 1 + own.below(8)
      for (let messageId = 1; messageId <= count; messageId += 1) {
        const payload = own.bytes(own.below(300))
        sent.add(messageKey(deviceId, payload))
        device.publish(`devices/${deviceId}/readings`, payload, { messageId })
        acknowledged.add(messageKey(deviceId, payload))
      }
      await device.next('puback', count)
      device.send({ cmd: 'disconnect' })
      await device.closed
      const ids = device.all('puback').map(({ messageId }) => messageId)
      expect(ids).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    }

    async function playPeers(first: number, count: number): Promise<void> {
      for (let done = 0; done < count; done += PEERS_AT_ONCE) {
        const numbers = Array.from({ length: PEERS_AT_ONCE }, (_, index) => first + done + index)
        await Promise.all(
          numbers.map((number) => (number % 5 === 0 ? playGoodDevice(number) : playFuzzedPeer(number))),
        )
      }
      await until(() => broker.stats().connections === 0 && broker.stats().heldMessages === 0)
    }

    // What is needed once (compiled code, pools, maps) has been paid for after the first fifth.
    const warmUp = Math.ceil(peerCount / 5)
    await playPeers(0, warmUp)
    collectGarbage()
    const heapBefore = process.memoryUsage().heapUsed
    await playPeers(warmUp + PEERS_AT_ONCE, peerCount - warmUp)
    collectGarbage()
    const heapGrowth = process.memoryUsage().heapUsed - heapBefore

    expect(acknowledged.beyond(handedOver)).toEqual([])
    expect(handedOver.beyond(sent)).toEqual([])
    const { received, statusMessages, abandoned, handedOver: committed, devicesConnected } = broker.stats()
    expect(received).toBe(committed + statusMessages)
    expect({ abandoned, devicesConnected }).toEqual({ abandoned: 0, devicesConnected: 0 })
    expect(errors).toEqual([])
    // The test's own tallies grow with the number of peers: half a kilobyte for each message.
    expect(heapGrowth).toBeLessThan(MAX_HEAP_GROWTH_BYTES + received * 1_024)
    expect(await isServing(broker)).toBe(true)
    process.stderr.write(
      `fuzz: ${broker.stats().received} messages taken, ${broker.stats().droppedConnections} peers dropped, ` +
        `${broker.stats().refusedLogins} sign-ins refused, heap ${Math.round(heapGrowth / 1024)} KiB up\n`,
    )
  }, 1_200_000)
})
