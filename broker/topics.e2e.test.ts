import { afterEach, describe, expect, it } from 'vitest'
import { getDeviceId } from '../core/index.ts'
import type { BrokerOptions } from './index.ts'
import {
  connectDevice,
  isServing,
  startBroker,
  until,
  type BrokerFixture,
  type RawDevice,
} from './broker-fixture.ts'

let fixture: BrokerFixture
afterEach(() => fixture.broker.close())

async function start(limits?: BrokerOptions['limits']): Promise<BrokerFixture> {
  fixture = await startBroker(limits)
  return fixture
}

const drill = getDeviceId('drill-1')
const readings = 'devices/drill-1/readings'
const problems = 'devices/drill-1/problems'
const entitlement = 'devices/drill-1/entitlement'

async function subscribe(device: RawDevice, ...topics: string[]): Promise<unknown> {
  const count = device.all('suback').length
  device.send({
    cmd: 'subscribe',
    messageId: 50,
    subscriptions: topics.map((topic) => ({ topic, qos: 1 as const })),
  })
  return (await device.next('suback', count + 1)).granted
}

describe('publishing', () => {
  it.each(['devices/drill-2/readings', '$SYS/broker/x', problems, 'devices/drill-1/readings/', 'anything'])(
    'acknowledges a message on %s and hands it over as topic_not_own',
    async (topic) => {
      const { broker, controlled } = await start()
      const device = await connectDevice(broker, 'drill-1')
      device.publish(topic, 'x')
      await device.next('puback')
      expect(controlled.messages).toMatchObject([
        { deviceId: 'drill-1', topic, refusal: { code: 'topic_not_own' } },
      ])
      expect(broker.stats().refusedMessages).toBe(1)
    },
  )

  it('hands a retained reading over as retain_not_allowed and retains nothing', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.publish(readings, 'x', { retain: true })
    await device.next('puback')
    expect(controlled.messages).toMatchObject([{ refusal: { code: 'retain_not_allowed' } }])
  })

  it('hands a payload over the limit over as payload_too_large, cut to the limit', async () => {
    const { broker, controlled } = await start({ maxPayloadBytes: 100, maxFrameBytes: 1_000 })
    const device = await connectDevice(broker, 'drill-1')
    device.publish(readings, 'a'.repeat(100))
    device.publish(readings, 'b'.repeat(101), { messageId: 2 })
    await device.next('puback', 2)
    expect(controlled.messages.map((message) => message.refusal?.code)).toEqual([
      undefined,
      'payload_too_large',
    ])
    expect(controlled.messages[1]?.payload).toEqual(Buffer.from('b'.repeat(100)))
  })

  it.each(['devices/+/readings', 'devices/#', '#', '+'])(
    'closes the connection on a publish to the wildcard topic %s [MQTT-3.3.2-2]',
    async (topic) => {
      const { broker, controlled } = await start()
      const device = await connectDevice(broker, 'drill-1')
      device.publish(topic, 'x')
      await device.closed
      expect(device.all('puback')).toEqual([])
      expect(await isServing(broker)).toBe(true)
      expect(controlled.messages).toHaveLength(1)
    },
  )

  it("delivers nothing that a device publishes to anybody, not even on the device's own downlink topics", async () => {
    const { broker } = await start()
    const device = await connectDevice(broker, 'drill-1')
    await subscribe(device, problems, entitlement)
    device.publish(problems, 'x')
    device.publish(entitlement, 'x', { messageId: 2, retain: true })
    await device.next('puback', 2)
    await device.ping()
    expect(device.all('publish')).toEqual([])
  })
})

describe('subscribing', () => {
  it.each([
    '#',
    '+/+/+',
    '$SYS/#',
    'devices/+/problems',
    'devices/drill-2/problems',
    '$share/group/devices/drill-1/problems',
    readings,
    'devices/drill-1/#',
  ])('refuses %s with 0x80 and keeps the connection', async (topic) => {
    const { broker } = await start()
    const device = await connectDevice(broker, 'drill-1')
    expect(await subscribe(device, topic, problems)).toEqual([0x80, 1])
    await device.ping()
    expect(device.packets.map((packet) => packet.cmd)).toEqual(['connack', 'suback', 'pingresp'])
  })

  it('closes the connection on a malformed filter and lives on', async () => {
    const { broker } = await start()
    const device = await connectDevice(broker, 'drill-1')
    device.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: `${'a/'.repeat(200)}a`, qos: 0 }],
    })
    await device.closed
    expect(await isServing(broker)).toBe(true)
  })
})

describe('downlink', () => {
  it('tells a device on its problems topic what the commit found wrong', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    const other = await connectDevice(broker, 'drill-2')
    await subscribe(device, problems)
    await subscribe(other, 'devices/drill-2/problems')
    controlled.problems = [
      { deviceId: drill, code: 'register_unknown', detail: 'Send run_s.', epoch: 1, seq: 4 },
    ]
    device.publish(readings, 'x')
    const told = await device.next('publish')
    expect(told.topic).toBe(problems)
    expect(told.qos).toBe(1)
    expect(JSON.parse(told.payload.toString())).toEqual({
      code: 'register_unknown',
      detail: 'Send run_s.',
      epoch: 1,
      seq: 4,
    })
    device.send({ cmd: 'puback', messageId: told.messageId ?? 0 })
    await Promise.all([device.ping(), other.ping()])
    expect(other.all('publish')).toEqual([])
    expect(broker.stats()).toMatchObject({ problemsSent: 1, problemsUndelivered: 0 })
  })

  it('counts a problem of a device that does not listen as undelivered', async () => {
    const { broker, controlled } = await start()
    const device = await connectDevice(broker, 'drill-1')
    controlled.problems = [{ deviceId: drill, code: 'register_unknown', detail: 'Send run_s.' }]
    device.publish(readings, 'x')
    await device.next('puback')
    await until(() => broker.stats().problemsUndelivered === 1)
    expect(broker.stats().problemsSent).toBe(0)
  })

  it('delivers the entitlement now, and retained to whoever subscribes later', async () => {
    const { broker } = await start()
    expect(broker.publishToDevice({ deviceId: drill, kind: 'entitlement', payload: '{"n":1}' })).toBe(false)
    const device = await connectDevice(broker, 'drill-1')
    await subscribe(device, entitlement)
    expect(await device.next('publish')).toMatchObject({ topic: entitlement, retain: true, qos: 1 })
    expect(broker.publishToDevice({ deviceId: drill, kind: 'entitlement', payload: '{"n":2}' })).toBe(true)
    const live = await device.next('publish', 2)
    expect([live.retain, live.payload.toString()]).toEqual([false, '{"n":2}'])
    device.send({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: [entitlement] })
    await device.next('unsuback')
    expect(broker.publishToDevice({ deviceId: drill, kind: 'entitlement', payload: '' })).toBe(false)
    await subscribe(device, entitlement)
    await device.ping()
    expect(device.all('publish')).toHaveLength(2)
  })
})
