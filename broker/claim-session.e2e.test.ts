import { afterEach, describe, expect, it } from 'vitest'
import type { Authenticate } from '../core/index.ts'
import {
  connectDevice,
  SECRET,
  startBroker,
  until,
  type BrokerFixture,
  type RawDevice,
} from './broker-fixture.ts'
import type { BrokerOptions } from './index.ts'

const CODE = 'clm_code'

let fixture: BrokerFixture
afterEach(() => fixture.broker.close())

/** Takes the code and the secret; secrets that the code yields are "own-1", "own-2", … */
async function start(
  options: { issueSecret?: () => Promise<string>; limits?: BrokerOptions['limits'] } = {},
): Promise<{ issued: string[]; firmware: string[][] }> {
  const issued: string[] = []
  const firmware: string[][] = []
  const issueSecret = () => {
    issued.push(`own-${issued.length + 1}`)
    return Promise.resolve(issued.at(-1) ?? '')
  }
  const authenticate: Authenticate = async (_deviceId, credential) => {
    const text = credential.kind === 'secret' ? Buffer.from(credential.secret).toString() : ''
    return text === CODE ? { issueSecret: options.issueSecret ?? issueSecret } : text === SECRET
  }
  const onFirmware = (...report: string[]) => firmware.push(report)
  fixture = await startBroker(options.limits, { authenticate, onFirmware })
  return { issued, firmware }
}

const claim = (): Promise<RawDevice> =>
  connectDevice(fixture.broker, 'new-1', { password: Buffer.from(CODE) })

async function subscribe(device: RawDevice, topic: string, qos: 0 | 1 = 1): Promise<number | undefined> {
  const count = device.all('suback').length
  device.send({ cmd: 'subscribe', messageId: count + 1, subscriptions: [{ topic, qos }] })
  return (await device.next('suback', count + 1)).granted[0] as number | undefined
}

describe('a session with a claim code', () => {
  it('gets the secret of its device once, at QoS 1 and not retained, when it subscribes', async () => {
    const { issued } = await start()
    const device = await claim()
    await device.ping()
    expect(issued).toEqual([])
    await subscribe(device, 'devices/new-1/credentials')
    await subscribe(device, 'devices/new-1/credentials')
    const delivery = await device.next('publish')
    expect(delivery).toMatchObject({ topic: 'devices/new-1/credentials', qos: 1, retain: false })
    expect(JSON.parse(delivery.payload.toString())).toEqual({ v: 1, deviceId: 'new-1', secret: 'own-1' })
    await device.ping()
    expect([device.all('publish'), issued]).toEqual([[delivery], ['own-1']])
  })

  it('gets another secret in its next session', async () => {
    const { issued } = await start()
    for (const expected of ['own-1', 'own-2']) {
      const device = await claim()
      await subscribe(device, 'devices/new-1/credentials')
      expect(JSON.parse((await device.next('publish')).payload.toString())).toMatchObject({
        secret: expected,
      })
      device.socket.destroy()
      await device.closed
    }
    expect(issued).toEqual(['own-1', 'own-2'])
  })

  it.each([
    'devices/new-1/problems',
    'devices/new-1/entitlement',
    'devices/new-2/credentials',
    'devices/+/credentials',
  ])('may not subscribe to %s', async (topic) => {
    const { issued } = await start()
    expect(await subscribe(await claim(), topic)).toBe(0x80)
    expect(issued).toEqual([])
  })

  it.each(['devices/new-1/readings', 'devices/new-1/status'])(
    'that publishes on %s has it acknowledged and quarantined',
    async (topic) => {
      await start()
      const device = await claim()
      device.publish(topic, 'online')
      await device.next('puback')
      expect(fixture.controlled.messages).toMatchObject([
        { deviceId: 'new-1', topic, refusal: { code: 'claim_session_only' } },
      ])
    },
  )

  it('is nobody: it has no presence and no connected device', async () => {
    await start()
    const device = await claim()
    await device.ping()
    expect(fixture.broker.stats()).toMatchObject({ devicesConnected: 0, takeovers: 0 })
    device.socket.destroy()
    await until(() => fixture.broker.stats().connections === 0)
    expect(fixture.presence).toEqual([])
  })

  it('ends when no secret can be made', async () => {
    await start({ issueSecret: () => Promise.reject(new Error('used up meanwhile')) })
    const device = await claim()
    await subscribe(device, 'devices/new-1/credentials')
    await device.closed
    expect(device.all('publish')).toEqual([])
  })

  it('ends when its device is revoked', async () => {
    await start()
    const device = await claim()
    fixture.broker.disconnect('new-1' as never)
    await device.closed
    expect(fixture.broker.stats().droppedConnections).toBe(1)
  })

  it('ends by itself', async () => {
    await start({ limits: { maxClaimSessionMs: 50 } })
    const device = await claim()
    await device.closed
    expect(fixture.broker.stats().droppedConnections).toBe(1)
  })
})

describe('a device with its own secret', () => {
  it('may not subscribe to the credentials of a claim', async () => {
    await start()
    const device = await connectDevice(fixture.broker, 'drill-1')
    expect(await subscribe(device, 'devices/drill-1/credentials')).toBe(0x80)
  })

  it('says on its status topic what it runs', async () => {
    const { firmware } = await start()
    const device = await connectDevice(fixture.broker, 'drill-1')
    device.publish('devices/drill-1/status', '{"state":"offline","firmware":"1.4.2"}')
    await device.next('puback')
    expect(firmware).toEqual([['drill-1', '1.4.2']])
    expect(fixture.presence.map(({ state, reason }) => [state, reason])).toEqual([
      ['online', 'connected'],
      ['offline', 'status'],
    ])
  })
})
