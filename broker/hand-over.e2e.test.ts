import { generate } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import type { BrokerOptions } from './index.ts'
import {
  connectDevice,
  isServing,
  publishPacket,
  RawDevice,
  startBroker,
  storeUnavailable,
  until,
  type BrokerFixture,
} from './broker-fixture.ts'

let fixture: BrokerFixture
afterEach(() => fixture.broker.close())

async function start(
  limits?: BrokerOptions['limits'],
  options?: Partial<BrokerOptions>,
): Promise<BrokerFixture> {
  fixture = await startBroker(limits, options)
  return fixture
}

const topic = 'devices/drill-1/readings'

describe('hand-over', () => {
  it('sends PUBACK only after the hand-over resolved (I1)', async () => {
    const { broker, controlled } = await start()
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, '{"v":1}', { messageId: 7 })
    await until(() => controlled.batches.length === 1)
    await device.ping()
    expect(device.all('puback')).toEqual([])
    expect(broker.stats()).toMatchObject({ heldMessages: 1, heldBytes: 7 + topic.length, acknowledged: 0 })
    commit()
    expect((await device.next('puback')).messageId).toBe(7)
    expect(broker.stats()).toMatchObject({ heldMessages: 0, heldBytes: 0, handedOver: 1, acknowledged: 1 })
  })

  it('hands over payload bytes, device, topic and the received time of the clock', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, Buffer.from([0xff, 0x00, 0x7b]))
    await device.next('puback')
    expect(controlled.messages).toEqual([
      { deviceId: 'drill-1', topic, payload: Buffer.from([0xff, 0x00, 0x7b]), receivedAt: 1_800_000_000_000 },
    ])
  })

  it('hands over everything that arrived during a commit as one batch and acknowledges in order', async () => {
    const { broker, controlled } = await start()
    const commit = controlled.hold()
    const [first, second] = await Promise.all([
      connectDevice(broker, 'drill-1'),
      connectDevice(broker, 'drill-2'),
    ])
    first.publish(topic, 'a', { messageId: 300 })
    await until(() => controlled.batches.length === 1)
    for (const messageId of [301, 302, 65_535]) first.publish(topic, 'b', { messageId })
    for (const messageId of [9, 10]) second.publish('devices/drill-2/readings', 'c', { messageId })
    await until(() => broker.stats().heldMessages === 6)
    commit()
    await Promise.all([first.next('puback', 4), second.next('puback', 2)])
    expect(controlled.batches.map((batch) => batch.length)).toEqual([1, 5])
    expect(first.all('puback').map((packet) => packet.messageId)).toEqual([300, 301, 302, 65_535])
    expect(second.all('puback').map((packet) => packet.messageId)).toEqual([9, 10])
  })

  it('keeps the order of readings between other packets, in one segment or cut anywhere', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    const other = 'devices/drill-1/elsewhere'
    const bytes = Buffer.concat([
      generate(publishPacket(topic, '1', { messageId: 1 })),
      generate(publishPacket(other, '2', { messageId: 2 })),
      generate({ cmd: 'pingreq' }),
      generate(publishPacket(topic, '3', { messageId: 3 })),
      generate(publishPacket(topic, '4', { messageId: 4, retain: true })),
      generate(publishPacket(topic, '5', { messageId: 5 })),
    ])
    for (let cut = 1; cut <= bytes.length; cut += 1) {
      device.socket.write(bytes.subarray(0, cut))
      await new Promise(setImmediate)
      device.socket.write(bytes.subarray(cut))
      await device.next('puback', 5 * cut)
    }
    const ids = device.all('puback').map(({ messageId }) => messageId)
    expect(ids).toEqual(Array.from({ length: bytes.length }, () => [1, 2, 3, 4, 5]).flat())
    const payloads = controlled.messages.map(({ payload }) => Buffer.from(payload).toString())
    expect(payloads.join('')).toBe('12345'.repeat(bytes.length))
  })

  it('retries the same batch after a failure of the store and then acknowledges it once', async () => {
    const { broker, controlled } = await start()
    controlled.failWith(storeUnavailable)
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a', { messageId: 1 })
    await until(() => controlled.batches.length >= 2)
    expect(device.all('puback')).toEqual([])
    controlled.commitAtOnce()
    await device.next('puback')
    await device.ping()
    expect(device.all('puback')).toHaveLength(1)
    expect(controlled.batches.every((batch) => batch[0] === controlled.batches[0]?.[0])).toBe(true)
    expect(broker.stats()).toMatchObject({ handedOver: 1, acknowledged: 1, abandoned: 0 })
  })

  it('closes everyone who waits, without PUBACK, when the store stays down, and serves again afterwards', async () => {
    const { broker, controlled } = await start({ giveUpMs: 200 })
    controlled.failWith(storeUnavailable)
    const [first, second] = await Promise.all([
      connectDevice(broker, 'drill-1'),
      connectDevice(broker, 'drill-2'),
    ])
    first.publish(topic, 'a')
    await until(() => controlled.batches.length > 0)
    second.publish('devices/drill-2/readings', 'b')
    await Promise.all([first.closed, second.closed])
    expect([...first.all('puback'), ...second.all('puback')]).toEqual([])
    expect(broker.stats()).toMatchObject({ acknowledged: 0, abandoned: 2 })
    controlled.commitAtOnce()
    expect(await isServing(broker)).toBe(true)
    expect(broker.stats()).toMatchObject({ acknowledged: 1, heldMessages: 0 })
  })

  it('closes the connections of a batch that failed for any other reason and goes on with the next', async () => {
    const { broker, controlled } = await start()
    controlled.failWith(() => new TypeError('a bug'))
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a')
    await device.closed
    expect(device.all('puback')).toEqual([])
    controlled.commitAtOnce()
    expect(await isServing(broker)).toBe(true)
    expect(controlled.batches).toHaveLength(2)
  })

  it('closes waiting connections while a hand-over hangs and never runs two at once', async () => {
    const { broker, controlled } = await start({ giveUpMs: 100 })
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a')
    await device.closed
    const again = await connectDevice(broker, 'drill-1')
    again.publish(topic, 'a', { dup: true })
    await again.closed
    expect(controlled.batches).toHaveLength(1)
    commit()
    expect(await isServing(broker)).toBe(true)
    expect([...device.all('puback'), ...again.all('puback')]).toEqual([])
  })

  it('commits the messages of a device that left, and acknowledges nobody else for them', async () => {
    const { broker, controlled } = await start()
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a')
    await until(() => controlled.batches.length === 1)
    device.publish(topic, 'b', { messageId: 2 })
    await until(() => broker.stats().heldMessages === 2)
    device.socket.destroy()
    await until(() => broker.stats().connections === 0)
    const again = await connectDevice(broker, 'drill-1')
    commit()
    await until(() => broker.stats().handedOver === 2)
    await again.ping()
    expect(again.all('puback')).toEqual([])
    expect(broker.stats()).toMatchObject({ acknowledged: 0, heldMessages: 0, heldBytes: 0 })
  })

  it('takes a QoS 0 reading from a device that disconnects at once', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.socket.write(
      Buffer.concat([
        generate({ cmd: 'publish', topic, payload: 'q0', qos: 0, retain: false, dup: false }),
        generate({ cmd: 'disconnect' }),
      ]),
    )
    await device.closed
    await until(() => controlled.batches.length === 1)
    expect(controlled.messages.map((message) => Buffer.from(message.payload).toString())).toEqual(['q0'])
  })

  it('answers QoS 2 with PUBREC only after the hand-over resolved', async () => {
    const { broker, controlled } = await start()
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'q2', { qos: 2, messageId: 5 })
    await until(() => controlled.batches.length === 1)
    await device.ping()
    expect(device.all('pubrec')).toEqual([])
    commit()
    await device.next('pubrec')
    device.send({ cmd: 'pubrel', messageId: 5 })
    expect((await device.next('pubcomp')).messageId).toBe(5)
    expect(controlled.messages).toHaveLength(1)
  })
})

describe('limits on what is held', () => {
  it('drops a connection that holds more messages than allowed, without acknowledging them', async () => {
    const { broker, controlled } = await start({ maxHeldMessagesPerDevice: 10 })
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    const packet = generate(publishPacket(topic, 'a'))
    device.socket.write(Buffer.concat(Array.from({ length: 50 }, () => packet)))
    await device.closed
    expect(device.all('puback')).toEqual([])
    commit()
    expect(await isServing(broker)).toBe(true)
    expect(broker.stats()).toMatchObject({ heldMessages: 0, heldBytes: 0, droppedConnections: 1 })
  })

  it('slows a trickling sender down instead of dropping it while the store is slow (I5)', async () => {
    const { broker, controlled } = await start({ maxHeldMessagesPerDevice: 40 })
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    for (let messageId = 1; messageId <= 12; messageId += 1) {
      device.publish(topic, 'a', { messageId })
      if (messageId <= 10) await until(() => broker.stats().heldMessages === messageId)
    }
    device.send({ cmd: 'pingreq' })
    const other = await connectDevice(broker, 'drill-2')
    await other.ping()
    expect(broker.stats().heldMessages).toBe(10)
    expect(device.all('pingresp')).toEqual([])
    commit()
    await device.next('puback', 12)
    await device.next('pingresp')
    expect(device.all('puback').map((packet) => packet.messageId)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
  })

  it('I5 Memory is bounded under any load; a slow store slows the devices down, it does not grow a queue', async () => {
    const { broker, controlled } = await start({ maxHeldMessages: 3 })
    const commit = controlled.hold()
    const devices = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((deviceId) => connectDevice(broker, deviceId)),
    )
    const publish = (index: number, deviceId: string) =>
      devices[index]?.publish(`devices/${deviceId}/readings`, 'x')
    for (const [index, deviceId] of ['a', 'b', 'c'].entries()) {
      publish(index, deviceId)
      await until(() => broker.stats().heldMessages === index + 1)
    }
    publish(3, 'd')
    publish(4, 'e')
    const late = new RawDevice(broker.addresses.mqtt.port)
    await until(() => broker.stats().connections === 6)
    expect(broker.stats()).toMatchObject({ heldMessages: 3, received: 3, devicesConnected: 5 })
    late.socket.destroy()
    commit()
    await Promise.all(devices.map((device) => device.next('puback')))
    expect(broker.stats()).toMatchObject({ acknowledged: 5, heldMessages: 0, droppedConnections: 0 })
  })

  it('delays messages above the rate, loses none and keeps their order', async () => {
    const { broker, controlled } = await start({ messagesPerDevicePerSecond: 100, messageBurstPerDevice: 5 })
    const device = await connectDevice(broker, 'drill-1')
    const packets = Array.from({ length: 20 }, (_, index) =>
      generate(publishPacket(topic, `${index}`, { messageId: index + 1 })),
    )
    device.socket.write(Buffer.concat(packets))
    await device.next('puback', 20)
    // The burst of 5 and what the bucket regained since the sign-in; on a slow machine that is more than none.
    const first = controlled.batches[0]?.length ?? 0
    expect(first).toBeGreaterThanOrEqual(5)
    expect(first).toBeLessThan(20)
    expect(controlled.messages.map((message) => Buffer.from(message.payload).toString())).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index}`),
    )
  })
})

describe('close', () => {
  it('stops listening, commits and acknowledges what is held, then closes the connections', async () => {
    const { broker, controlled, presence } = await start()
    const commit = controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a', { messageId: 1 })
    await until(() => controlled.batches.length === 1)
    for (const messageId of [2, 3]) device.publish(topic, 'b', { messageId })
    await until(() => broker.stats().heldMessages === 3)
    const closing = broker.close()
    device.publish(topic, 'too late', { messageId: 4 })
    await expect(connectDevice(broker, 'drill-2')).rejects.toThrow('connection closed')
    commit()
    await Promise.all([closing, device.closed])
    expect(device.all('puback').map((packet) => packet.messageId)).toEqual([1, 2, 3])
    expect(controlled.messages).toHaveLength(3)
    expect(presence.at(-1)).toMatchObject({ deviceId: 'drill-1', state: 'offline', reason: 'server_closing' })
  })

  it('ends although the store never answers', async () => {
    const { broker, controlled } = await start({ closeTimeoutMs: 100 })
    controlled.hold()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(topic, 'a')
    await until(() => controlled.batches.length === 1)
    await broker.close()
    await device.closed
    expect(device.all('puback')).toEqual([])
  })
})
