/**
 * The whole server in a process of its own, on a fleet that it registers itself: ten devices to a contract, one customer to a contract. Limits against one address, one device and one caller are raised, because a bench is all of them at once.
 */
import { pino } from 'pino'
import { createUsance, loadConfig, migrateDatabases, type Usance } from '../../app/index.ts'
import {
  assertInvariant,
  getDeviceId,
  InvariantError,
  secureRandomBytes,
  systemActor,
  systemClock,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { installationAccess, systemAccess } from '../../people/index.ts'
import { serveParent } from '../child-calls.ts'
import { readRssBytes } from '../ingest/process-usage.ts'
import type { Credentials } from '../ingest/publisher-connection.ts'
import { benchRegisters } from '../ingest/reading-stream.ts'

const RAISED_LIMIT = 1_000_000
const DEVICES_PER_CONTRACT = 10
const REGISTERED_AT_ONCE = 500
const bench = systemActor('bench')
const modelId = 'bench-drill' as ModelId

export type Fleet = {
  /** Each may hold only some streams of events open. */
  readonly apiKeys: readonly string[]
  readonly mqttPort: number
  readonly httpUrl: string
  /** Of the devices that publish, the first of the fleet. */
  readonly devices: readonly Credentials[]
  readonly contractIds: readonly string[]
}

export type FleetCall = {
  readonly devices: number
  readonly publishing: number
  readonly apiKeys: number
  readonly startMs: number
}

const [data] = process.argv.slice(2)
if (data === undefined) throw new InvariantError('The server is started with a data folder.')
migrateDatabases(data)
const usance = await createUsance({
  config: loadConfig({ data, 'mqtt-port': '0', 'http-port': '0', 'log-level': 'error' }, {}),
  clock: systemClock,
  randomBytes: secureRandomBytes,
  log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
  limits: {
    broker: {
      connectionBurstPerAddress: RAISED_LIMIT,
      messagesPerDevicePerSecond: RAISED_LIMIT,
      messageBurstPerDevice: RAISED_LIMIT,
    },
    api: { requestsPerMinutePerManufacturer: RAISED_LIMIT },
  },
})

async function registerFleet(
  { metering, billing }: Usance,
  manufacturerId: ManufacturerId,
  { devices, startMs }: FleetCall,
): Promise<Credentials[]> {
  await metering
    .by(bench)
    .registerModel({ id: modelId, manufacturerId, name: 'Drill', registers: benchRegisters })
  const credentials: Credentials[] = []
  while (credentials.length < devices) {
    const count = Math.min(REGISTERED_AT_ONCE, devices - credentials.length)
    const inputs = Array.from({ length: count }, (_, index) => ({
      id: getDeviceId(`bench-${String(credentials.length + index).padStart(6, '0')}`),
      manufacturerId,
      modelId,
      commissionedAt: startMs,
    }))
    const outcomes = await metering.by(bench).registerDevices(inputs)
    for (const [index, outcome] of outcomes.entries()) {
      assertInvariant(outcome.outcome === 'created', 'The folder of a bench is empty at first.')
      credentials.push({ deviceId: getDeviceId(inputs[index]?.id ?? ''), secret: outcome.secret })
    }
  }
  assertInvariant((await billing.listManufacturers()).length === 1, 'A bench has one manufacturer.')
  return credentials
}

async function makeContracts(
  manufacturerId: ManufacturerId,
  devices: readonly Credentials[],
  startMs: number,
): Promise<string[]> {
  const changes = usance.billing.by(bench)
  const { tariffId } = await changes.publishTariff(manufacturerId, {
    name: 'By the minute',
    effectiveAt: startMs,
    document: {
      currency: 'EUR',
      items: [
        { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
        {
          type: 'per_unit',
          id: 'run',
          description: 'Run time',
          register: 'run_s',
          price: '0.12',
          per: 60,
          unit: 'min',
        },
      ],
    },
  })
  const contractIds: string[] = []
  const anchorOn = new Date(startMs).toISOString().slice(0, 10)
  for (let first = 0; first < devices.length; first += DEVICES_PER_CONTRACT) {
    const { id: customerId } = await changes.createCustomer(manufacturerId, {
      name: `Site ${contractIds.length + 1}`,
      email: 'site@bench.example',
      address: { lines: ['Am Schacht 1'], postalCode: '44137', city: 'Dortmund', country: 'DE' },
    })
    const contract = await changes.createContract(manufacturerId, {
      customerId,
      tariffId,
      timeZone: 'UTC',
      anchorOn,
      cadence: { unit: 'year', count: 20 },
      startsAt: startMs,
    })
    for (const { deviceId } of devices.slice(first, first + DEVICES_PER_CONTRACT)) {
      await changes.assignDevice(manufacturerId, {
        contractId: contract.id,
        deviceId: getDeviceId(deviceId),
        from: startMs,
      })
    }
    contractIds.push(contract.id)
  }
  return contractIds
}

const methods = {
  async prepare(call: FleetCall): Promise<Fleet> {
    const { id: manufacturerId } = await usance.people.createManufacturer(installationAccess('bench'), {
      name: 'Bench',
      invoicePrefix: 'BENCH',
      currency: 'EUR',
      timeZone: 'UTC',
      languages: ['en'],
    })
    const devices = await registerFleet(usance, manufacturerId, call)
    const access = systemAccess('bench', manufacturerId)
    const apiKeys: string[] = []
    while (apiKeys.length < call.apiKeys) {
      const label = `bench ${apiKeys.length + 1}`
      apiKeys.push((await usance.people.createApiKey(access, { label, scopes: [...access.rights] })).key)
    }
    return {
      apiKeys,
      mqttPort: Number(new URL(usance.addresses.mqttUrl).port),
      httpUrl: usance.addresses.httpUrl,
      devices: devices.slice(0, call.publishing),
      contractIds: await makeContracts(manufacturerId, devices, call.startMs),
    }
  },
  rssBytes: readRssBytes,
  async close(): Promise<void> {
    await usance.close()
  },
}

export type ApiServerMethods = typeof methods

serveParent(methods)
