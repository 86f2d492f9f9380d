/** What the broker must not keep in memory. The collector is made to run; what is still reachable then is kept. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connectAsync } from 'mqtt'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getDeviceId } from '../core/index.ts'
import { connectDevice, startBroker, until, type BrokerFixture, type RawDevice } from './broker-fixture.ts'
import { CertificateMaker } from '../test/setup/certificate-fixture.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const certificates = new CertificateMaker()
afterAll(() => certificates.remove())
const { key, cert } = certificates.selfSigned('/CN=localhost')

let fixture: BrokerFixture
let secrets: WeakRef<Uint8Array>[]
let sockets: WeakRef<object>[]

function noteSocket(message: unknown): void {
  sockets.push(new WeakRef((message as { readonly socket: object }).socket))
}

beforeEach(async () => {
  secrets = []
  sockets = []
  subscribe('net.server.socket', noteSocket)
  fixture = await startBroker(
    {},
    {
      listen: { host: '127.0.0.1', mqttPort: 0, webSocketPort: 0, tls: { key, cert, port: 0 } },
      authenticate(_deviceId, credential) {
        if (credential.kind === 'secret') secrets.push(new WeakRef(credential.secret))
        return Promise.resolve(true)
      },
    },
  )
})
afterEach(async () => {
  unsubscribe('net.server.socket', noteSocket)
  await fixture.broker.close()
})

function untilForgotten(kept: readonly WeakRef<object>[]): Promise<void> {
  return until(() => {
    collectGarbage()
    return kept.every((each) => each.deref() === undefined)
  })
}

describe('memory', () => {
  it('does not keep the secret of a device that is connected', async () => {
    const device = await connectDevice(fixture.broker, 'drill-1')
    expect(secrets).toHaveLength(1)
    await untilForgotten(secrets)
    await device.ping()
    device.socket.destroy()
  })

  it.each<[string, (device: RawDevice) => void]>([
    ['said goodbye', (device) => device.send({ cmd: 'disconnect' })],
    ['was cut', (device) => device.socket.resetAndDestroy()],
    ['was closed by the peer', (device) => device.socket.end()],
    ['was dropped', () => fixture.broker.disconnect(getDeviceId('drill-1'))],
  ])('keeps nothing of a connection that %s', async (_how, end) => {
    const device = await connectDevice(fixture.broker, 'drill-1')
    await device.ping()
    expect(sockets).toHaveLength(1)
    end(device)
    await device.closed
    await untilForgotten(sockets)
    expect(fixture.broker.stats().connections).toBe(0)
  })

  it.each(['ws', 'mqtts'] as const)(
    'keeps nothing of a connection over %s that was dropped',
    async (scheme) => {
      const { webSocket, tls } = fixture.broker.addresses
      const port = (scheme === 'ws' ? webSocket : tls)?.port
      const client = await connectAsync(`${scheme}://127.0.0.1:${port}`, {
        clientId: 'drill-1',
        username: 'drill-1',
        password: 'any',
        reconnectPeriod: 0,
        rejectUnauthorized: false,
      })
      expect(sockets).toHaveLength(1)
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
      fixture.broker.disconnect(getDeviceId('drill-1'))
      await closed
      await untilForgotten(sockets)
      expect(fixture.broker.stats().connections).toBe(0)
    },
  )
})
