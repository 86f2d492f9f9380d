import { generate } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import { getDeviceId } from '../core/index.ts'
import type { BrokerOptions } from './index.ts'
import {
  connackCode,
  connectDevice,
  isServing,
  publishPacket,
  RawDevice,
  startBroker,
  until,
  type BrokerFixture,
} from './broker-fixture.ts'

let fixture: BrokerFixture
afterEach(() => fixture.broker.close())

async function start(limits?: BrokerOptions['limits']): Promise<BrokerFixture> {
  fixture = await startBroker(limits)
  return fixture
}

const readings = 'devices/drill-1/readings'

describe('peers that are no devices', () => {
  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['zeros', Buffer.alloc(1_000)],
    ['a publish before CONNECT', generate(publishPacket(readings, 'x'))],
    ['a CONNECT header that announces 200 MB', Buffer.from([0x10, 0x80, 0x84, 0xaf, 0x5f])],
    ['a CONNECT larger than any honest one', Buffer.from([0x10, 0x81, 0x20])],
    ['a length that never ends', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01])],
    ['a CONNECT of another protocol', Buffer.from([0x10, 4, 0, 2, 0x4d, 0x51])],
  ])('are dropped when they send %s', async (_what, bytes) => {
    const { broker } = await start()
    const peer = new RawDevice(broker.addresses.mqtt.port)
    peer.socket.write(bytes)
    await peer.closed
    expect(peer.packets).toEqual([])
    expect(await isServing(broker)).toBe(true)
  })

  it('are cut at the header: a giant CONNECT is not buffered', async () => {
    const { broker } = await start()
    const before = process.memoryUsage().arrayBuffers
    const peers = Array.from({ length: 20 }, () => new RawDevice(broker.addresses.mqtt.port))
    const chunk = Buffer.alloc(1_000_000)
    for (const peer of peers) {
      peer.socket.write(Buffer.from([0x10, 0x80, 0x84, 0xaf, 0x5f]))
      peer.socket.write(chunk)
    }
    await Promise.all(peers.map((peer) => peer.closed))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
    expect(broker.stats().droppedConnections).toBe(20)
  })
})

describe('devices that misbehave', () => {
  it('are cut at the header of a frame over the limit, and nothing of it is handed over', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(readings, Buffer.alloc(262_145))
    await device.closed
    expect(device.all('puback')).toEqual([])
    expect(controlled.batches).toEqual([])
    expect(broker.stats().droppedConnections).toBe(1)
  })

  it('may send a message in any fragments', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    const bytes = generate(publishPacket(readings, 'fragmented'))
    for (const byte of bytes) {
      device.socket.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    await device.next('puback')
    expect(Buffer.from(controlled.messages[0]?.payload ?? []).toString()).toBe('fragmented')
  })

  it.each(['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty'])(
    'may be called %s without harm',
    async (name) => {
      const { broker, controlled } = await start()
      // `__proto__` begins with an underscore, which no device id does.
      if (name.startsWith('_')) {
        expect(await connackCode(broker, name, {})).toBe(5)
      } else {
        const device = await connectDevice(broker, name)
        device.publish(`devices/${name}/readings`, 'x')
        await device.next('puback')
        expect(controlled.messages).toMatchObject([{ deviceId: name }])
      }
      expect(await isServing(broker)).toBe(true)
    },
  )

  it('are dropped for a topic of 101 levels and quarantined for one of 100', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(Array.from({ length: 100 }, () => 'a').join('/'), 'x')
    await device.next('puback')
    expect(controlled.messages).toMatchObject([{ refusal: { code: 'topic_not_own' } }])
    device.publish(Array.from({ length: 101 }, () => 'a').join('/'), 'x')
    await device.closed
    expect(await isServing(broker)).toBe(true)
  })

  it('are dropped for a second CONNECT [MQTT-3.1.0-2]', async () => {
    const { broker } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.sendConnect('drill-1')
    await device.closed
    expect(await isServing(broker)).toBe(true)
  })

  it('are dropped for every kind of malformed packet, and the process lives', async () => {
    const { broker } = await start({ connectionBurstPerAddress: 10_000 })
    // Every packet type and flag with a body of each small size: the parser meets all its short reads.
    const bodies = [0, 1, 2, 3, 5].map((length) => Buffer.alloc(length, 0xff))
    const frames = Array.from({ length: 256 }, (_, header) => header).flatMap((header) =>
      bodies.map((body) => Buffer.concat([Buffer.from([header, body.length]), body])),
    )
    const perConnection = 64
    for (let index = 0; index < frames.length; index += perConnection) {
      await Promise.all(
        frames.slice(index, index + perConnection).map(async (frame, offset) => {
          const device = await connectDevice(broker, `fuzz-${offset}`)
          device.socket.end(frame)
          await device.closed
        }),
      )
    }
    expect(await isServing(broker)).toBe(true)
  })

  it('are dropped when they never read, and nobody else notices (I5)', async () => {
    const { broker, controlled } = await start({
      drainTimeoutMs: 300,
      messagesPerDevicePerSecond: 1_000_000,
      messageBurstPerDevice: 1_000_000,
    })
    const device = await connectDevice(broker, 'drill-1')
    device.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'devices/drill-1/problems', qos: 0 }],
    })
    await device.next('suback')
    // Each message is answered with a long problem, which fills the socket sooner than four bytes of PUBACK.
    const problem = {
      deviceId: getDeviceId('drill-1'),
      code: 'reading_malformed',
      detail: 'x'.repeat(20_000),
    }
    controlled.problems = Array.from({ length: 10 }, () => problem)
    device.socket.pause()
    const sent = generate(publishPacket(readings, 'x'))
    const flood = () => {
      while (device.socket.writable && device.socket.write(sent)) continue
    }
    device.socket.on('drain', flood)
    flood()
    const other = await connectDevice(broker, 'drill-2')
    other.publish('devices/drill-2/readings', 'x')
    await other.next('puback')
    await until(() => broker.stats().droppedConnections === 1)
    device.socket.destroy()
    await until(() => broker.stats().devicesConnected === 1)
    controlled.problems = []
    expect(await isServing(broker)).toBe(true)
    await until(() => broker.stats().heldMessages === 0)
  })
})

describe('the keep-alive', () => {
  it('ends a device that is silent, or that never finishes a packet, and no other', async () => {
    const { broker, presence } = await start({ minKeepaliveS: 1, giveUpMs: 1_000 })
    const connect = (number: number, keepalive: number) =>
      connectDevice(broker, `drill-${number}`, { keepalive })
    const talking: (() => void)[] = []
    const talk = setInterval(() => {
      for (const say of talking) say()
    }, 100)
    const reading = await connect(0, 1)
    talking.push(() => reading.publish('devices/drill-0/readings', 'x'))
    const pinging = await connect(1, 1)
    talking.push(() => pinging.send({ cmd: 'pingreq' }))
    const unlimited = await connect(2, 0)
    const silent = await connect(3, 1)
    const halting = await connect(4, 1)
    halting.socket.write(Buffer.from([0x32, 0xff, 0x7f, 0, 1]))
    talking.push(() => halting.socket.write('x'))
    await Promise.all([silent.closed, halting.closed])
    clearInterval(talk)
    await Promise.all([reading, pinging, unlimited].map((device) => device.ping()))
    const ended = presence.filter(({ state }) => state === 'offline')
    expect(ended.map(({ deviceId, reason }) => `${deviceId} ${reason}`).toSorted()).toEqual([
      'drill-3 keepalive_timeout',
      'drill-4 keepalive_timeout',
    ])
  })
})
