import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { generate, parser, type IConnackPacket, type IConnectPacket } from 'mqtt-packet'
import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { DeviceCredential } from '../core/index.ts'
import { SECRET, startBroker, type BrokerFixture } from './broker-fixture.ts'
import { CertificateMaker, type KeyPair } from '../test/setup/certificate-fixture.ts'
import type { BrokerOptions } from './index.ts'

const host = '127.0.0.1'
const maker = new CertificateMaker()
afterAll(() => maker.remove())
const server = maker.selfSigned('/CN=localhost')
const authority = maker.selfSigned('/CN=Drill works')
const drill = maker.issue(authority, '/CN=drill-1')

let fixture: BrokerFixture
afterEach(() => fixture.broker.close())

/** What `authenticate` was asked; `isKnown` is its answer to certificates. */
async function start({ isKnown = true, withoutCa = false } = {}) {
  const asked: { deviceId: string; credential: DeviceCredential }[] = []
  const ca = withoutCa ? {} : { clientCa: authority.cert }
  const options: Partial<BrokerOptions> = {
    listen: { host, mqttPort: 0, tls: { ...server, ...ca, port: 0, webSocketPort: 0 } },
    authenticate(deviceId, credential) {
      asked.push({ deviceId, credential })
      return Promise.resolve(
        credential.kind === 'certificate' ? isKnown : Buffer.from(credential.secret).toString() === SECRET,
      )
    },
  }
  fixture = await startBroker({}, options)
  return { ...fixture, asked }
}

async function publishOnce(url: string, options: IClientOptions): Promise<void> {
  const client = await connectAsync(url, { ca: server.cert, reconnectPeriod: 0, ...options })
  await client.publishAsync('devices/drill-1/readings', '{"v":1}', { qos: 1 })
  await client.endAsync()
}

type ConnectChanges = { [Member in keyof IConnectPacket]?: IConnectPacket[Member] }

function openTls(options: ConnectionOptions): TLSSocket {
  const socket = connectTls({ host, port: fixture.broker.addresses.tls?.port, ca: server.cert, ...options })
  socket.on('error', () => undefined)
  return socket
}

/** The CONNACK return code for a CONNECT without user name and password, unless they are given. */
async function connackCode(socket: TLSSocket, changes: ConnectChanges = {}): Promise<number | undefined> {
  const packet = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 }
  socket.write(generate({ ...packet, clientId: 'drill-1', ...changes } as IConnectPacket))
  const packetParser = parser()
  const answered = once(packetParser, 'packet', { signal: AbortSignal.timeout(20_000) })
  socket.on('data', (chunk: Buffer) => packetParser.parse(chunk))
  const [connack] = (await answered) as [IConnackPacket]
  return connack.returnCode
}

describe('client certificates', () => {
  it('sign a device in without user name and secret', async () => {
    const { broker, controlled, asked } = await start()
    await publishOnce(`mqtts://${host}:${broker.addresses.tls?.port}`, { clientId: 'drill-1', ...drill })
    expect(controlled.messages).toMatchObject([{ deviceId: 'drill-1' }])
    const { fingerprint256 } = new X509Certificate(drill.cert)
    expect(asked).toEqual([{ deviceId: 'drill-1', credential: { kind: 'certificate', fingerprint256 } }])
  })

  it('sign a device in over secure WebSocket', async () => {
    const { broker, controlled, asked } = await start()
    await publishOnce(`wss://${host}:${broker.addresses.tlsWebSocket?.port}`, {
      clientId: 'drill-1',
      ...drill,
    })
    expect(controlled.messages).toMatchObject([{ deviceId: 'drill-1' }])
    expect(asked).toMatchObject([{ credential: { kind: 'certificate' } }])
  })

  it.each(['mqtts', 'wss'])('are not needed: a secret does on the same port (%s)', async (protocol) => {
    const { broker, controlled, asked } = await start()
    const { tls, tlsWebSocket } = broker.addresses
    const account = { clientId: 'drill-1', username: 'drill-1', password: SECRET }
    await publishOnce(`${protocol}://${host}:${protocol === 'wss' ? tlsWebSocket?.port : tls?.port}`, account)
    expect(controlled.messages).toMatchObject([{ deviceId: 'drill-1' }])
    expect(asked).toMatchObject([{ credential: { kind: 'secret' } }])
  })

  const stranger = maker.selfSigned('/CN=Stranger')
  it.each<[string, KeyPair]>([
    ['of another device', maker.issue(authority, '/CN=drill-2')],
    ['of another authority', maker.issue(stranger, '/CN=drill-1')],
    ['signed by itself', maker.selfSigned('/CN=drill-1')],
    ['that has expired', maker.issue(authority, '/CN=drill-1', 'clientAuth', -1)],
    ['for servers only', maker.issue(authority, '/CN=drill-1', 'serverAuth')],
    ['with two common names', maker.issue(authority, '/CN=drill-1/CN=drill-2')],
    ['with an empty subject', maker.issue(authority, '/')],
    ['that another device signed', maker.issue(drill, '/CN=drill-1')],
  ])('are refused with code 5 when %s, even beside the right secret', async (_what, certificate) => {
    const { broker, asked } = await start()
    const socket = openTls(certificate)
    const account = { username: 'drill-1', password: Buffer.from(SECRET) }
    expect(await connackCode(socket, account)).toBe(5)
    await once(socket, 'close')
    expect(asked).toEqual([])
    expect(broker.stats()).toMatchObject({ devicesConnected: 0, refusedLogins: 1 })
  })

  it('are refused with code 5 for a device that may not connect', async () => {
    const { broker, asked } = await start({ isKnown: false })
    expect(await connackCode(openTls(drill))).toBe(5)
    expect(asked).toHaveLength(1)
    expect(broker.stats()).toMatchObject({ devicesConnected: 0, refusedLogins: 1 })
  })

  it('are refused with code 5 when the user name is another', async () => {
    const { asked } = await start()
    expect(await connackCode(openTls(drill), { username: 'drill-2' })).toBe(5)
    expect(asked).toEqual([])
  })

  it('count in a resumed TLS session too', async () => {
    const { broker, asked } = await start()
    const first = openTls(drill)
    const [session] = (await once(first, 'session')) as [Buffer]
    expect(await connackCode(first)).toBe(0)
    first.destroy()
    const second = openTls({ session })
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(true)
    expect(await connackCode(second)).toBe(0)
    second.destroy()
    expect(asked.map(({ credential }) => credential.kind)).toEqual(['certificate', 'certificate'])
    expect(broker.stats().refusedLogins).toBe(0)
  })

  it('are not asked for without a configured authority', async () => {
    const { asked } = await start({ withoutCa: true })
    expect(await connackCode(openTls(drill))).toBe(5)
    expect(asked).toEqual([])
  })

  it.each(['', 'no certificates', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'need authorities that are certificates, not %j',
    async (clientCa) => {
      await start()
      const tls = { ...server, clientCa, port: 0 }
      await expect(startBroker({}, { listen: { host, mqttPort: 0, tls } })).rejects.toMatchObject({
        code: 'tls_invalid',
        message: "Give the devices' certificate authorities as PEM certificates.",
      })
    },
  )
})
