/**
 * The server under test, in a process of its own: broker and metering, wired as the application wires them.
 *
 * Three limits are raised, those against a single address or a single device: a bench is a whole fleet behind one
 * address, and concentrates its load on few devices. Everything else is as delivered.
 */
import { pino } from 'pino'
import { createBroker } from '../../broker/index.ts'
import { InvariantError, secureRandomBytes, systemClock } from '../../core/index.ts'
import { createMetering } from '../../metering/index.ts'
import { serveParent } from '../child-calls.ts'
import { readCpuMicroseconds, readRssBytes } from './process-usage.ts'
import { createUsageReader, type UsageMonth } from './usage-reader.ts'

const RAISED_LIMIT = 1_000_000

const [file] = process.argv.slice(2)
if (file === undefined) throw new InvariantError('The server is started with the metering database.')

const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))
const metering = createMetering({ file, clock: systemClock, randomBytes: secureRandomBytes, log })
const broker = await createBroker({
  listen: { host: '127.0.0.1', mqttPort: 0 },
  limits: {
    connectionBurstPerAddress: RAISED_LIMIT,
    messagesPerDevicePerSecond: RAISED_LIMIT,
    messageBurstPerDevice: RAISED_LIMIT,
  },
  authenticate: metering.authenticateDevice,
  handOver: metering.ingest,
  clock: systemClock,
  log,
})

const usageReader = createUsageReader(metering)

const methods = {
  port: () => broker.addresses.mqtt.port,
  cpuMicroseconds: readCpuMicroseconds,
  rssBytes: readRssBytes,
  commits: () => metering.stats().batchesCommitted,
  outcomes: () => metering.readOutcomeCounts(),
  /** Resident memory as it is, without collecting garbage first. */
  residentBytes: () => process.memoryUsage.rss(),
  startReadingUsage: (month: UsageMonth) => usageReader.start(month),
  stopReadingUsage: () => usageReader.stop(),
  async close(): Promise<void> {
    await broker.close()
    await metering.close()
  },
}

export type UsanceServerMethods = typeof methods

serveParent(methods)
