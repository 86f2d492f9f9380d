/** The whole server in a process of its own, with the demo's customers and a day of readings, and a link that signs one of them in. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { pino } from 'pino'
import { createUsance, loadConfig, migrateDatabases, setUpDemo } from '../../app/index.ts'
import { getDeviceId, HOUR_MS, InvariantError, secureRandomBytes, systemClock } from '../../core/index.ts'
import { serveParent } from '../child-calls.ts'

const SECRET_KEY = Buffer.alloc(32, 7).toString('base64')
const READINGS = 24

const [data] = process.argv.slice(2)
if (data === undefined) throw new InvariantError('The server is started with a data folder.')
migrateDatabases(data)
const port = await findFreePort()
const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))
const usance = await createUsance({
  config: loadConfig(
    { data, 'mqtt-port': '0', 'http-port': String(port) },
    { USANCE_SECRET_KEY: SECRET_KEY },
  ),
  clock: systemClock,
  randomBytes: secureRandomBytes,
  log,
})

/** Links and same-origin checks name the port, so it must be known before the server listens. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new InvariantError('A TCP server has a port.')
  return address.port
}

/** One reading an hour of a drill that ran half of it. */
async function report(id: string, nowMs: number): Promise<void> {
  await usance.metering.ingest(
    Array.from({ length: READINGS }, (_none, place) => {
      const at = new Date(nowMs - (READINGS - place) * HOUR_MS).toISOString()
      const registers = { run_s: 36_000 + place * 1_800 }
      return {
        deviceId: getDeviceId(id),
        topic: `devices/${id}/readings`,
        payload: Buffer.from(
          JSON.stringify({ v: 1, epoch: 1, seq: place + 1, at, clock: 'synced', registers }),
        ),
        receivedAt: nowMs,
      }
    }),
  )
}

const methods = {
  async prepare(): Promise<{ readonly url: string; readonly signInPath: string }> {
    const nowMs = systemClock.now()
    const { manufacturerId, customers } = await setUpDemo(usance, nowMs, secureRandomBytes)
    const [customer] = customers
    if (customer === undefined) throw new InvariantError('The demo has customers.')
    for (const id of customer.deviceIds) await report(id, nowMs)
    const link = await usance.people.createSignInLink({
      email: 'mara@bench.example',
      name: 'Mara Spree',
      role: 'customer_owner',
      manufacturerId,
      customerId: customer.customerId,
    })
    return { url: `http://localhost:${port}`, signInPath: new URL(link).pathname + new URL(link).search }
  },
  async close(): Promise<void> {
    await usance.close()
  },
}

export type PortalServerMethods = typeof methods

serveParent(methods)
