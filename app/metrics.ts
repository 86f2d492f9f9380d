/** The Prometheus metrics of the whole process, read from the parts' own counts when they are asked for. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Broker } from '../broker/index.ts'
import { HOUR_MS, type Clock } from '../core/index.ts'
import type { InfluxForwarder, Metering } from '../metering/index.ts'

const silences = [
  ['1h', HOUR_MS],
  ['24h', 24 * HOUR_MS],
  ['7d', 7 * 24 * HOUR_MS],
] as const

export type MeasuredParts = {
  readonly metering: Metering
  readonly broker: Broker
  readonly clock: Clock
  /** Absent without InfluxDB. */
  readonly forwarder: InfluxForwarder | undefined
}

export function createMetricsRegistry({ metering, broker, clock, forwarder }: MeasuredParts): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const readings = new Gauge({
    name: 'usance_readings',
    help: 'Readings since the database was made, by how they ended; "received" is the sum of the others',
    labelNames: ['outcome'],
    registers: [],
    async collect() {
      for (const [outcome, count] of Object.entries(await metering.readOutcomeCounts()))
        this.set({ outcome }, count)
    },
  })
  registry.registerMetric(readings)
  gauge('usance_store_ready', 'Whether the metering store takes writes', () => (metering.isReady() ? 1 : 0))
  counter('usance_batches_committed_total', 'Batches committed', () => metering.stats().batchesCommitted)
  counter(
    'usance_batches_failed_total',
    'Batches that the store refused',
    () => metering.stats().batchesFailed,
  )
  counter('usance_messages_committed_total', 'Messages committed', () => metering.stats().messagesCommitted)
  gauge(
    'usance_last_commit_seconds',
    'Time of the last batch, hand-over to COMMIT',
    () => metering.stats().lastCommitMs / 1_000,
  )
  const silent = new Gauge({
    name: 'usance_silent_devices',
    help: 'Devices that are not revoked and were not seen for longer than this',
    labelNames: ['longer_than'],
    registers: [],
    async collect() {
      for (const [longer_than, ms] of silences) {
        const silentSince = clock.now() - ms
        this.set({ longer_than }, await metering.countSilentDevices({ silentSince }))
      }
    },
  })
  registry.registerMetric(silent)
  gauge('usance_broker_connections', 'Open MQTT connections', () => broker.stats().connections)
  gauge(
    'usance_broker_held_messages',
    'Messages taken and not yet committed',
    () => broker.stats().heldMessages,
  )
  gauge('usance_broker_held_bytes', 'Bytes of those messages', () => broker.stats().heldBytes)
  counter(
    'usance_broker_takeovers_total',
    'Sign-ins that ended an older connection of the same device',
    () => broker.stats().takeovers,
  )
  counter(
    'usance_broker_cloned_credentials_total',
    'Alarms that two machines sign in as one device',
    () => broker.stats().clonedCredentials,
  )
  counter(
    'usance_influx_lines_written_total',
    'Lines that InfluxDB confirmed',
    () => forwarder?.stats().linesWritten ?? 0,
  )
  counter(
    'usance_influx_lines_refused_total',
    'Lines that InfluxDB will never take',
    () => forwarder?.stats().linesRefused ?? 0,
  )
  return registry

  function gauge(name: string, help: string, read: () => number): void {
    const metric = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read())
      },
    })
    registry.registerMetric(metric)
  }

  function counter(name: string, help: string, read: () => number): void {
    const metric = new Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
    registry.registerMetric(metric)
  }
}
