/**
 * What the fuzz test sends: packets that are right, and what becomes of them when bits flip, bytes go missing, lengths
 * lie, packets are spliced or come in the wrong order. All of it follows from the seed.
 */
import { generate, type Packet } from 'mqtt-packet'
import { publishPacket, SECRET } from './broker-fixture.ts'

/** Mulberry32: small, seeded, good enough to choose with. */
export class SeededChoice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 up to, and without, the bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

export function connectBytes(deviceId: string): Buffer {
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId: deviceId,
    username: deviceId,
    password: Buffer.from(SECRET),
  })
}

/** A CONNECT of this device, one time in four with a mistake. */
export function fuzzedConnect(choice: SeededChoice, deviceId: string): Buffer {
  const connect = connectBytes(deviceId)
  return choice.below(4) === 0 ? mutate(choice, connect, rightPacket(choice, deviceId)) : connect
}

/** Packets of this device between 1 and 10, mutated or not, and now and then random bytes. */
export function fuzzedBytes(choice: SeededChoice, deviceId: string): Buffer[] {
  return Array.from({ length: 1 + choice.below(10) }, () => {
    if (choice.below(12) === 0) return choice.bytes(choice.below(200))
    let bytes = rightPacket(choice, deviceId)
    while (choice.below(3) === 0) bytes = mutate(choice, bytes, rightPacket(choice, deviceId))
    return bytes
  })
}

function rightPacket(choice: SeededChoice, deviceId: string): Buffer {
  const messageId = 1 + choice.below(65_535)
  const subscriptions = [{ topic: `devices/${deviceId}/problems`, qos: choice.pick([0, 1] as const) }]
  const reading = () => publish(choice, `devices/${deviceId}/readings`, messageId)
  const packets: readonly [() => Packet, ...(() => Packet)[]] = [
    reading,
    reading,
    reading,
    () => publish(choice, `devices/${deviceId}/status`, messageId),
    () =>
      publish(choice, choice.pick(['devices/other/readings', 'a//b', '$SYS/x', 'x'.repeat(300)]), messageId),
    () => ({ cmd: 'subscribe', messageId, subscriptions }),
    () => ({ cmd: 'unsubscribe', messageId, unsubscriptions: subscriptions.map(({ topic }) => topic) }),
    () => ({ cmd: choice.pick(['puback', 'pubrec', 'pubrel', 'pubcomp']), messageId }),
    () => ({ cmd: 'pingreq' }),
  ]
  if (choice.below(40) === 0) return generate({ cmd: 'disconnect' })
  if (choice.below(40) === 0) return connectBytes(deviceId)
  return generate(choice.pick(packets)())
}

function publish(choice: SeededChoice, topic: string, messageId: number): Packet {
  const payload = choice.bytes(choice.pick([0, 1, 20, 120, 200]))
  const qos = choice.pick([0, 1, 1, 1, 2] as const)
  return publishPacket(topic, payload, { qos, messageId, retain: choice.below(10) === 0 })
}

function mutate(choice: SeededChoice, packet: Buffer, other: Buffer): Buffer {
  const bytes = Buffer.from(packet)
  const place = choice.below(bytes.length)
  switch (choice.below(6)) {
    case 0:
      bytes[place] = (bytes[place] ?? 0) ^ (1 << choice.below(8))
      return bytes
    case 1:
      return bytes.subarray(0, place)
    case 2:
      // The length lies: one more, one less, none, or up to what four bytes can say.
      bytes[1] = choice.pick([(bytes[1] ?? 0) + 1, (bytes[1] ?? 0) - 1, 0, 0x7f, 0xff])
      return bytes
    case 3:
      return Buffer.concat([bytes.subarray(0, place), other.subarray(choice.below(other.length))])
    case 4:
      return Buffer.concat([bytes.subarray(0, place), choice.bytes(choice.below(5)), bytes.subarray(place)])
    default:
      return Buffer.concat([other, bytes])
  }
}

/** The same bytes in other pieces. */
export function cutAnywhere(choice: SeededChoice, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + choice.below(choice.pick([3, 50, 2_000, 2_000]))
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}
