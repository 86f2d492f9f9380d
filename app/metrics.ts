/**
 * The Prometheus metrics of the whole process, read from the parts' own counts when they are asked for.
 *
 * Counts that only rise are counters and end in `_total`; what can fall is a gauge. Readings move between outcomes when a hold is
 * decided, so the outcomes are gauges; their sum is the counter of those received (I4). Instants are Unix seconds, ages
 * are for the query to compute. What costs reads of the store is sampled once a minute by the thread that reads; a
 * figure that cannot be read is left out rather than shown as zero. `docs/operations.md` says what to do about each.
 */
import { stat } from 'node:fs/promises'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Broker, BrokerStats } from '../broker/index.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Clock } from '../core/index.ts'
import { storeKinds, type InfluxForwarder, type KindFigures, type Metering } from '../metering/index.ts'
import { findLastBackupAt } from './backup/last-backup.ts'
import { databaseFile } from './databases.ts'
import type { IngestMeter } from './ingest-meter.ts'
import { sampleAtMostEvery } from './sampled.ts'

const silences = [
  ['1h', HOUR_MS],
  ['24h', 24 * HOUR_MS],
  ['7d', 7 * 24 * HOUR_MS],
] as const

export type MeasuredParts = {
  readonly metering: Metering
  readonly broker: Broker
  readonly ingestMeter: IngestMeter
  /** Absent without InfluxDB. */
  readonly forwarder: InfluxForwarder | undefined
  /** The folder of the databases. */
  readonly data: string
  readonly clock: Clock
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number | undefined }

const brokerCounters = {
  received: ['messages_received', 'Publishes taken from devices, status messages included'],
  statusMessages: ['status_messages', 'Status messages; they are not handed over to metering'],
  handedOver: ['messages_committed', 'Messages whose batch was committed'],
  acknowledged: ['messages_acknowledged', 'Messages released to their device after the commit'],
  abandoned: ['messages_abandoned', 'Messages given up because of a failing store; devices send them again'],
  refusedMessages: ['messages_refused', 'Messages taken with a refusal, for quarantine'],
  failedHandOvers: ['hand_overs_failed', 'Attempts to commit a batch that failed'],
  refusedConnections: ['connections_refused', 'Connections closed before they could send anything'],
  refusedLogins: ['sign_ins_refused', 'CONNECTs answered with a refusal'],
  takeovers: ['takeovers', 'Sign-ins that ended an older connection of the same device'],
  clonedCredentials: ['cloned_credentials', 'Alarms that two machines sign in as one device'],
  droppedConnections: ['connections_dropped', 'Connections closed because of what the peer did'],
} as const satisfies Partial<Record<keyof BrokerStats, readonly [string, string]>>

export function createMetricsRegistry(parts: MeasuredParts): Registry {
  const { metering, broker, ingestMeter, forwarder, data, clock } = parts
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const sampled = <Figure>(read: () => Promise<Figure>) => sampleAtMostEvery(MINUTE_MS, clock, read)
  const storeFigures = sampled(() => metering.readStoreFigures())
  const outcomeCounts = shared(() => metering.readOutcomeCounts().catch(() => undefined))

  // Readings by how they ended (I4).
  counter(
    'usance_readings_received_total',
    'Readings received since the database was made: the sum of usance_readings over its outcomes',
    async () => [{ value: (await outcomeCounts())?.received }],
  )
  gauge(
    'usance_readings',
    'Readings since the database was made, by how they ended',
    async () => {
      const counts = Object.entries((await outcomeCounts()) ?? {})
      return counts.flatMap(([outcome, value]) =>
        outcome === 'received' ? [] : [{ labels: { outcome }, value }],
      )
    },
    ['outcome'],
  )

  // The way in.
  for (const [name, [suffix, help]] of Object.entries(brokerCounters)) {
    counter(`usance_broker_${suffix}_total`, help, () => [
      { value: broker.stats()[name as keyof typeof brokerCounters] },
    ])
  }
  gauge('usance_broker_connections', 'Open MQTT connections', () => [{ value: broker.stats().connections }])
  gauge('usance_broker_connected_devices', 'Devices that are signed in', () => [
    { value: broker.stats().devicesConnected },
  ])
  gauge('usance_broker_held_messages', 'Messages taken and not yet committed: the queue', () => [
    { value: broker.stats().heldMessages },
  ])
  gauge('usance_broker_held_bytes', 'Bytes of the messages taken and not yet committed', () => [
    { value: broker.stats().heldBytes },
  ])
  gauge(
    'usance_ingest_oldest_waiting_seconds',
    'How long the oldest message that is not committed has been waiting; 0 when none waits',
    () => {
      const since = broker.stats().heldMessages === 0 ? undefined : ingestMeter.waitingSince()
      return [{ value: since === undefined ? 0 : Math.max(0, clock.now() - since) / SECOND_MS }]
    },
  )
  registry.registerMetric(ingestMeter.commitTime)
  gauge('usance_last_commit_timestamp_seconds', 'When the newest batch was committed by this process', () => [
    { value: toSeconds(ingestMeter.lastCommitAt()) },
  ])
  gauge('usance_store_ready', 'Whether the metering store takes writes', () => [
    { value: metering.isReady() ? 1 : 0 },
  ])
  counter('usance_batches_committed_total', 'Batches committed', () => [
    { value: metering.stats().batchesCommitted },
  ])
  counter('usance_batches_failed_total', 'Batches that the store refused', () => [
    { value: metering.stats().batchesFailed },
  ])
  counter('usance_messages_committed_total', 'Messages committed', () => [
    { value: metering.stats().messagesCommitted },
  ])

  // What is stored.
  gauge('usance_database_bytes', 'Size of the database file', () => sizes(''), ['database'])
  gauge(
    'usance_database_wal_bytes',
    'Size of the write-ahead log; it is reused, so it shows the most that was needed at once',
    () => sizes('-wal'),
    ['database'],
  )
  gauge(
    'usance_database_free_bytes',
    'Space inside the metering database that is free for new rows',
    async () => [{ labels: { database: 'metering' }, value: (await storeFigures())?.freeBytes }],
    ['database'],
  )
  const byKind = (read: (kind: KindFigures) => number | undefined) => async () => {
    const figures = await storeFigures()
    return storeKinds.map((kind) => ({ labels: { kind }, value: figures && read(figures.kinds[kind]) }))
  }
  gauge(
    'usance_store_rows',
    'Rows in the metering database by kind, readings in archive files as archives. Holds are counted up to 100,000; slots are an estimate from 32 devices',
    byKind(({ rows }) => rows),
    ['kind'],
  )
  gauge(
    'usance_store_oldest_timestamp_seconds',
    'Time of the oldest row by kind: received time, for slots and changes the time of the use; slots are an estimate from 32 devices',
    byKind(({ oldestAt }) => toSeconds(oldestAt)),
    ['kind'],
  )
  gauge(
    'usance_store_newest_timestamp_seconds',
    'Time of the newest row by kind: received time, for slots and changes the time of the use; slots are an estimate from 32 devices',
    byKind(({ newestAt }) => toSeconds(newestAt)),
    ['kind'],
  )
  gauge(
    'usance_holds_open',
    'Held readings and values that wait for a person, of the newest 100,000 holds',
    async () => [{ value: (await storeFigures())?.openHolds }],
  )
  gauge('usance_quarantine_messages', 'Messages in quarantine', async () => [
    { value: (await storeFigures())?.kinds.quarantine.rows },
  ])
  gauge('usance_archive_files', 'Archive files of readings', async () => [
    { value: (await storeFigures())?.archiveFiles },
  ])
  gauge('usance_archive_bytes', 'Size of all archive files of readings', async () => [
    { value: (await storeFigures())?.archiveBytes },
  ])
  gauge('usance_devices', 'Devices registered', async () => [{ value: (await storeFigures())?.devices }])
  const silent = sampled(() =>
    Promise.all(
      silences.map(async ([longer_than, ms]) => ({
        labels: { longer_than },
        value: await metering.countSilentDevices({ silentSince: clock.now() - ms }),
      })),
    ),
  )
  gauge(
    'usance_silent_devices',
    'Devices that are not revoked and were not seen for longer than this',
    async () => (await silent()) ?? [],
    ['longer_than'],
  )
  const lastBackupAt = sampled(() => findLastBackupAt(data))
  gauge(
    'usance_backup_last_success_timestamp_seconds',
    'When the last whole backup of this data folder began; absent while there is none',
    async () => [{ value: toSeconds(await lastBackupAt()) }],
  )

  // The way on.
  counter('usance_influx_lines_written_total', 'Lines that InfluxDB confirmed', () => [
    { value: forwarder?.stats().linesWritten ?? 0 },
  ])
  counter('usance_influx_lines_refused_total', 'Lines that InfluxDB will never take', () => [
    { value: forwarder?.stats().linesRefused ?? 0 },
  ])
  return registry

  async function sizes(suffix: string): Promise<Sample[]> {
    return Promise.all(
      (['ledger', 'metering'] as const).map(async (database) => ({
        labels: { database },
        value: await sizeOf(`${databaseFile(data, database)}${suffix}`),
      })),
    )
  }

  type Read = () => readonly Sample[] | Promise<readonly Sample[]>

  function gauge(name: string, help: string, read: Read, labelNames: readonly string[] = []): void {
    const metric: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        const samples = await read()
        metric.reset()
        for (const { labels = {}, value } of samples) {
          if (value === undefined) metric.remove(labels)
          else metric.set(labels, value)
        }
      },
    })
    registry.registerMetric(metric)
  }

  function counter(name: string, help: string, read: Read): void {
    const metric: Counter = new Counter({
      name,
      help,
      registers: [],
      async collect() {
        const samples = await read()
        metric.reset()
        for (const { value } of samples) {
          if (value === undefined) metric.remove()
          else metric.inc(value)
        }
      },
    })
    registry.registerMetric(metric)
  }
}

/** Whoever asks while a read is under way gets its result: two metrics of one scrape see the same moment. */
function shared<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let underWay: Promise<Value> | undefined
  return () => {
    underWay ??= read().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

function toSeconds(at: number | undefined): number | undefined {
  return at === undefined ? undefined : at / SECOND_MS
}

/** A file that is not there (a write-ahead log after a clean stop) takes no room. */
async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.size ?? 0
}
