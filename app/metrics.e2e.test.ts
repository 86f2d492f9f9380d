/** The metrics of the real server, after traffic whose outcomes are known by hand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import mqtt from 'mqtt'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { secureRandomBytes, systemClock } from '../core/index.ts'
import { loadConfig } from './config.ts'
import { createUsance } from './create-usance.ts'
import { migrateDatabases } from './databases.ts'
import { setUpDemo } from './demo/set-up-demo.ts'
import { parseExposition, type MetricFamily } from './exposition-fixture.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function startServer(data: string) {
  migrateDatabases(data)
  const config = loadConfig({ data, 'mqtt-port': '0', 'http-port': '0' }, {})
  const log = pino({ level: 'silent' })
  const usance = await createUsance({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  cleanUp.push(() => usance.close())
  const world = await setUpDemo(usance, systemClock.now(), secureRandomBytes)
  const scrape = async () => {
    const answer = await fetch(`${usance.addresses.httpUrl}/metrics`)
    expect(answer.status).toBe(200)
    return parseExposition(await answer.text())
  }
  return { usance, world, scrape }
}

function openFolder(): string {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-metrics-'))
  cleanUp.push(() => rmSync(data, { recursive: true }))
  return data
}

function valueOf(families: ReadonlyMap<string, MetricFamily>, sample: string): number | undefined {
  const name = sample.replace(/\{.*/, '')
  return (families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, '')))?.samples.get(sample)
}

describe('GET /metrics', () => {
  it('counts readings by outcome, and the outcomes add up to those received (I4)', async () => {
    const data = openFolder()
    writeFileSync(
      path.join(data, 'last-backup.json'),
      '{ "createdAt": "2026-11-26T12:00:00.000Z", "folder": "/backups/monday" }',
    )
    const startedAt = systemClock.now()
    const { usance, world, scrape } = await startServer(data)
    const [device] = world.devices
    if (device === undefined) throw new Error('the world is empty')
    const { deviceId, secret } = device
    const client = await mqtt.connectAsync(usance.addresses.mqttUrl, {
      clientId: deviceId,
      username: deviceId,
      password: secret,
      protocolVersion: 4,
    })
    cleanUp.push(() => client.endAsync(true))
    const reading = (seq: number, registers: Record<string, number>) => ({
      v: 1,
      epoch: 1,
      seq,
      at: new Date(world.startAt + seq * 60_000).toISOString(),
      registers,
    })
    const publish = (payload: unknown) =>
      client.publishAsync(
        `devices/${deviceId}/readings`,
        typeof payload === 'string' ? payload : JSON.stringify(payload),
        { qos: 1 },
      )
    for (const seq of [1, 2, 3]) await publish(reading(seq, { run_s: seq * 10 }))
    await publish(reading(3, { run_s: 30 }))
    await publish(reading(2, { run_s: 20 }))
    await publish(reading(4, { run_s: 1_000_000_000 }))
    await publish(reading(5, { run_s: 50 }))
    await publish([reading(6, { run_s: 60 }), reading(7, { steam_kg: 1 })])
    await publish('not json')

    const families = await scrape()
    const read = (sample: string) => valueOf(families, sample)
    expect({
      accepted: read('usance_readings{outcome="accepted"}'),
      duplicate: read('usance_readings{outcome="duplicate"}'),
      held: read('usance_readings{outcome="held"}'),
      rejected: read('usance_readings{outcome="rejected"}'),
    }).toEqual({ accepted: 5, duplicate: 2, held: 1, rejected: 2 })
    expect(read('usance_readings_received_total')).toBe(10)
    const outcomes = [...(families.get('usance_readings')?.samples.values() ?? [])]
    expect(outcomes.reduce((sum, count) => sum + count, 0)).toBe(10)

    expect(read('usance_broker_messages_received_total')).toBe(9)
    expect(read('usance_broker_messages_committed_total')).toBe(9)
    expect(read('usance_broker_messages_acknowledged_total')).toBe(9)
    expect(read('usance_broker_connected_devices')).toBe(1)
    expect(read('usance_broker_held_messages')).toBe(0)
    expect(read('usance_ingest_oldest_waiting_seconds')).toBe(0)
    const lastCommitAt = (read('usance_last_commit_timestamp_seconds') ?? 0) * 1_000
    expect(lastCommitAt).toBeGreaterThanOrEqual(startedAt)
    expect(lastCommitAt).toBeLessThanOrEqual(systemClock.now())

    const batches = read('usance_batches_committed_total')
    expect(read('usance_commit_duration_seconds_count')).toBe(batches)
    expect(read('usance_commit_duration_seconds_bucket{le="+Inf"}')).toBe(batches)
    const buckets = [...(families.get('usance_commit_duration_seconds')?.samples ?? [])]
      .filter(([name]) => name.includes('_bucket'))
      .map(([, count]) => count)
    expect(buckets).toEqual(buckets.toSorted((left, right) => left - right))

    expect(read('usance_store_rows{kind="readings"}')).toBe(6)
    expect(read('usance_store_oldest_timestamp_seconds{kind="readings"}')).toBeGreaterThanOrEqual(
      startedAt / 1_000,
    )
    expect(read('usance_quarantine_messages')).toBe(2)
    expect(read('usance_holds_open')).toBe(1)
    expect(read('usance_devices')).toBe(12)
    expect(read('usance_database_bytes{database="metering"}')).toBeGreaterThan(0)
    expect(read('usance_database_wal_bytes{database="metering"}')).toBeGreaterThan(0)
    expect(read('usance_backup_last_success_timestamp_seconds')).toBe(
      Date.parse('2026-11-26T12:00:00Z') / 1_000,
    )
  })

  it('leaves out what is not known instead of showing it as zero', async () => {
    const { scrape } = await startServer(openFolder())
    const families = await scrape()
    expect([...(families.get('usance_backup_last_success_timestamp_seconds')?.samples ?? [])]).toEqual([])
    expect([...(families.get('usance_last_commit_timestamp_seconds')?.samples ?? [])]).toEqual([])
    expect(valueOf(families, 'usance_store_rows{kind="readings"}')).toBe(0)
    expect(valueOf(families, 'usance_store_oldest_timestamp_seconds{kind="readings"}')).toBe(undefined)
  })

  it('names its own metrics by the conventions and explains each of them in docs/operations.md', async () => {
    const { scrape } = await startServer(openFolder())
    const own = [...(await scrape()).values()].filter(({ name }) => name.startsWith('usance_'))
    expect(own.length).toBeGreaterThan(25)
    const wrong = own.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))
    expect(wrong.map(({ name }) => name)).toEqual([])
    const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
    expect(own.filter(({ name }) => !page.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([])
  })
})
