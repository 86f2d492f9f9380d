import { afterEach, describe, expect, it } from 'vitest'
import { getDeviceId } from '../core/index.ts'
import type { BrokerOptions } from './index.ts'
import {
  connackCode,
  connectDevice,
  isServing,
  RawDevice,
  SECRET,
  startBroker,
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

const wrong = Buffer.from('wrong')
const statusWill = { topic: 'devices/drill-1/status', payload: Buffer.from('offline') }

describe('sign-in', () => {
  it.each([
    ['a wrong secret', { password: wrong }],
    ['an unknown device', { clientId: 'nobody', username: 'nobody', password: wrong }],
    ['no secret', { password: undefined }],
    ['an empty secret', { password: Buffer.alloc(0) }],
    ['a secret longer than any that is issued', { password: Buffer.alloc(257, 'x') }],
    ['a user name that is not the client id', { username: 'drill-2' }],
    ['no user name', { username: undefined, password: undefined }],
    ['a client id that is no device id', { clientId: 'a/b', username: 'a/b' }],
    ['a keep-alive shorter than messages may be held', { keepalive: 9 }],
    ['a will on the readings topic', { will: { ...statusWill, topic: 'devices/drill-1/readings' } }],
    ["a will on another device's topic", { will: { ...statusWill, topic: 'devices/drill-2/status' } }],
  ])('refuses %s with the one code 5 and closes the connection', async (_what, changes) => {
    const { broker } = await start()
    expect(await connackCode(broker, 'drill-1', changes)).toBe(5)
    expect(broker.stats()).toMatchObject({ devicesConnected: 0, refusedLogins: 1 })
  })

  it.each([true, false])('refuses an empty client id with code 2 (clean session %s)', async (clean) => {
    const { broker } = await start()
    // mqtt-packet does not write an empty id with clean=0, so the flag is cleared in the bytes.
    const device = new RawDevice(broker.addresses.mqtt.port)
    const flags = clean ? 0xc2 : 0xc0
    const text = (value: string) => [0, value.length, ...Buffer.from(value)]
    const body = [...text('MQTT'), 4, flags, 0, 60, ...text(''), ...text('drill-1'), ...text(SECRET)]
    device.socket.write(Buffer.from([0x10, body.length, ...body]))
    expect((await device.next('connack')).returnCode).toBe(2)
    await device.closed
  })

  it.each([0, 10, 65_535])('accepts a keep-alive of %d seconds', async (keepalive) => {
    const { broker } = await start()
    expect(await connackCodeOfOpenConnection(broker.addresses.mqtt.port, { keepalive })).toBe(0)
  })

  it('answers code 3 when the secret cannot be checked', async () => {
    const { broker } = await start({}, { authenticate: () => Promise.reject(new Error('store is down')) })
    expect(await connackCode(broker, 'drill-1', {})).toBe(3)
    expect(broker.stats().refusedLogins).toBe(0)
  })

  it('drops a connection whose secret is never checked', async () => {
    const { broker } = await start({ connectTimeoutMs: 100 }, { authenticate: () => new Promise(() => {}) })
    const device = new RawDevice(broker.addresses.mqtt.port)
    device.sendConnect('drill-1')
    await device.closed
    expect(device.packets).toEqual([])
  })

  it('drops a connection that sends no CONNECT', async () => {
    const { broker } = await start({ connectTimeoutMs: 100 })
    const device = new RawDevice(broker.addresses.mqtt.port)
    await device.closed
    expect(broker.stats().devicesConnected).toBe(0)
  })

  it('refuses MQTT 5 with code 1', async () => {
    const { broker } = await start()
    const device = new RawDevice(broker.addresses.mqtt.port)
    device.sendConnect('drill-1', { protocolVersion: 5 })
    expect((await device.next('connack')).returnCode).toBe(1)
    await device.closed
  })

  it('takes messages that a device sends right behind CONNECT', async () => {
    const { broker, controlled } = await start()
    const device = new RawDevice(broker.addresses.mqtt.port)
    device.sendConnect('drill-1')
    device.publish('devices/drill-1/readings', 'early')
    await device.next('puback')
    expect(device.packets.map((packet) => packet.cmd)).toEqual(['connack', 'puback'])
    expect(controlled.messages).toHaveLength(1)
  })

  it('says that no session is present, whatever the device asks for', async () => {
    const { broker } = await start()
    const first = await connectDevice(broker, 'drill-1', { clean: false })
    first.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'devices/drill-1/problems', qos: 1 }],
    })
    await first.next('suback')
    first.socket.destroy()
    const second = await connectDevice(broker, 'drill-1', { clean: false })
    expect((await second.next('connack')).sessionPresent).toBe(false)
  })

  it('stops talking to an address after too many refused sign-ins', async () => {
    const { broker } = await start({ failedLoginsPerAddressPerMinute: 2 })
    expect(await connackCode(broker, 'drill-1', { password: wrong })).toBe(5)
    expect(await connackCode(broker, 'drill-1', { password: wrong })).toBe(5)
    await expect(connectDevice(broker, 'drill-1')).rejects.toThrow('connection closed')
    expect(broker.stats()).toMatchObject({ refusedLogins: 2, refusedConnections: 1 })
  })

  it('refuses connections above the total and takes new ones when others leave', async () => {
    const { broker } = await start({ maxConnections: 1 })
    const device = await connectDevice(broker, 'drill-1')
    await expect(connectDevice(broker, 'drill-2')).rejects.toThrow('connection closed')
    device.socket.destroy()
    await until(() => broker.stats().connections === 0)
    expect(await isServing(broker)).toBe(true)
  })

  it('refuses connections that come too fast from one address', async () => {
    const { broker } = await start({ connectionsPerAddressPerSecond: 1, connectionBurstPerAddress: 2 })
    await connectDevice(broker, 'drill-1')
    await connectDevice(broker, 'drill-2')
    await expect(connectDevice(broker, 'drill-3')).rejects.toThrow('connection closed')
    expect(broker.stats()).toMatchObject({ devicesConnected: 2, refusedConnections: 1 })
  })
})

describe('one connection per device', () => {
  it('lets a newer connection take over, in order offline then online', async () => {
    const { broker, presence } = await start()
    const older = await connectDevice(broker, 'drill-1')
    const newer = await connectDevice(broker, 'drill-1')
    await older.closed
    newer.publish('devices/drill-1/readings', 'x')
    await newer.next('puback')
    expect(presence.map((event) => [event.state, event.reason])).toEqual([
      ['online', 'connected'],
      ['offline', 'taken_over'],
      ['online', 'connected'],
    ])
    expect(broker.stats().devicesConnected).toBe(1)
  })

  it('does not let a refused sign-in disturb the connected device', async () => {
    const { broker, presence } = await start()
    const device = await connectDevice(broker, 'drill-1')
    expect(await connackCode(broker, 'drill-1', { password: wrong })).toBe(5)
    await device.ping()
    expect(presence).toHaveLength(1)
  })
})

describe('a credential that two machines use', () => {
  const [here, there] = ['127.0.0.1', '127.0.0.2']

  it('raises one alarm when they take the connection from each other', async () => {
    const { broker, alarms } = await start()
    for (const address of [here, there, here, there]) await connectDevice(broker, 'drill-1', {}, address)
    expect(alarms).toEqual([
      { kind: 'credential_cloned', deviceId: 'drill-1', addresses: [there, here], at: 1_800_000_000_000 },
    ])
    expect(broker.stats()).toMatchObject({ takeovers: 3, clonedCredentials: 1, devicesConnected: 1 })
  })

  it('is no alarm for a device that changes networks once, nor for one that reconnects hastily', async () => {
    const { broker, alarms } = await start()
    for (const address of [here, there]) await connectDevice(broker, 'drill-1', {}, address)
    for (const address of [there, there, there]) await connectDevice(broker, 'drill-2', {}, address)
    expect(broker.stats().takeovers).toBe(3)
    expect(alarms).toEqual([])
  })

  it('is no alarm when the older connection had ended', async () => {
    const { broker, alarms } = await start()
    for (const address of [here, there, here]) {
      const device = await connectDevice(broker, 'drill-1', {}, address)
      device.send({ cmd: 'disconnect' })
      await until(() => broker.stats().devicesConnected === 0)
    }
    expect(alarms).toEqual([])
    expect(broker.stats().takeovers).toBe(0)
  })

  it('survives an alarm listener that throws', async () => {
    const onAlarm = () => {
      throw new Error('listener failed')
    }
    const { broker } = await start({}, { onAlarm })
    for (const address of [here, there, here]) await connectDevice(broker, 'drill-1', {}, address)
    expect(broker.stats().clonedCredentials).toBe(1)
    expect(await isServing(broker)).toBe(true)
  })
})

describe('disconnecting a revoked device', () => {
  it('closes the connection of a device that is disconnected by the server', async () => {
    const { broker, presence } = await start()
    const device = await connectDevice(broker, 'drill-1')
    broker.disconnect(getDeviceId('drill-1'))
    await device.closed
    await until(() => presence.length === 2)
    expect(presence[1]).toMatchObject({ state: 'offline', reason: 'disconnected_by_server' })
  })

  it('ends a sign-in whose credential is still being checked', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    let asked = 0
    const authenticate = () => {
      asked += 1
      return promise
    }
    const { broker, presence } = await start({}, { authenticate })
    const revoked = new RawDevice(broker.addresses.mqtt.port)
    revoked.sendConnect('drill-1')
    const other = new RawDevice(broker.addresses.mqtt.port)
    other.sendConnect('drill-2')
    await until(() => asked === 2)
    broker.disconnect(getDeviceId('drill-1'))
    resolve(true)
    await revoked.closed
    expect(revoked.packets).toEqual([])
    expect((await other.next('connack')).returnCode).toBe(0)
    expect(presence.map((event) => event.deviceId)).toEqual(['drill-2'])
  })

  it('wins at every moment between the check of the credential and the live connection', async () => {
    const id = getDeviceId('drill-1')
    for (let turns = 0; turns < 40; turns += 1) {
      const { broker } = await start(
        {},
        {
          authenticate() {
            const answer = Promise.resolve(true)
            void answer.then(() => afterMicrotasks(turns, () => broker.disconnect(id)))
            return answer
          },
        },
      )
      const device = new RawDevice(broker.addresses.mqtt.port)
      device.sendConnect('drill-1')
      await device.closed
      await until(() => broker.stats().connections === 0)
      expect(broker.stats().devicesConnected).toBe(0)
      await broker.close()
    }
  })
})

describe('presence', () => {
  it('reports a goodbye, a lost connection and what the device says itself, each once', async () => {
    const { broker, presence, controlled } = await start()
    const polite = await connectDevice(broker, 'drill-1')
    polite.send({ cmd: 'disconnect' })
    await until(() => presence.length === 2)
    const lost = await connectDevice(broker, 'drill-1', { will: statusWill })
    lost.socket.destroy()
    await until(() => presence.length === 4)
    const talking = await connectDevice(broker, 'drill-1')
    talking.publish('devices/drill-1/status', 'offline', { retain: true })
    await talking.next('puback')
    talking.publish('devices/drill-1/status', 'nonsense')
    await talking.next('puback', 2)
    talking.send({ cmd: 'disconnect' })
    await talking.closed
    await until(() => broker.stats().devicesConnected === 0)
    expect(presence.map((event) => [event.state, event.reason])).toEqual([
      ['online', 'connected'],
      ['offline', 'disconnected'],
      ['online', 'connected'],
      ['offline', 'connection_lost'],
      ['online', 'connected'],
      ['offline', 'status'],
    ])
    expect(controlled.batches).toEqual([])
  })

  it('never hands a will over, nor sends it to anybody', async () => {
    const { broker, controlled, presence } = await start()
    const device = await connectDevice(broker, 'drill-1', { will: { ...statusWill, qos: 1, retain: true } })
    device.socket.resetAndDestroy()
    await until(() => presence.length === 2)
    expect(await isServing(broker)).toBe(true)
    expect(controlled.messages.map((message) => message.deviceId)).toEqual(['well-behaved'])
  })

  it('survives a presence listener that throws', async () => {
    const { broker } = await start(
      {},
      {
        onPresence: () => {
          throw new Error('listener failed')
        },
      },
    )
    expect(await isServing(broker)).toBe(true)
  })
})

async function connackCodeOfOpenConnection(
  port: number,
  changes: Parameters<RawDevice['sendConnect']>[1],
): Promise<number | undefined> {
  const device = new RawDevice(port)
  device.sendConnect('drill-1', changes)
  const { returnCode } = await device.next('connack')
  await device.ping()
  device.socket.destroy()
  return returnCode
}

async function afterMicrotasks(count: number, act: () => void): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
  act()
}
