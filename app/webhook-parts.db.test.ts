/** What lies in a real metering becomes events in a real ledger, once, with a clock to set. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import {
  DAY_MS,
  deviceTopics,
  MINUTE_MS,
  secureRandomBytes,
  systemActor,
  type DeviceId,
  type ModelId,
} from '../core/index.ts'
import { installationAccess } from '../people/index.ts'
import { loadConfig } from './config.ts'
import { createUsanceCore } from './create-usance.ts'
import { migrateDatabases } from './databases.ts'
import { meteringNews } from './webhook-parts.ts'

const begin = Date.parse('2026-11-20T12:00:00Z')

it('a hold is told of once, and each silence of a device once, after a restart too', async () => {
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-news-'))
  migrateDatabases(folder.path)
  const clock = { at: begin, now: () => clock.at }
  const flags = { data: folder.path, 'allow-private-webhooks': true }
  const config = loadConfig(flags, { USANCE_SECRET_KEY: Buffer.alloc(32, 3).toString('base64') })
  const log = pino({ level: 'silent' })
  const open = () => createUsanceCore({ config, clock, randomBytes: secureRandomBytes, log })
  let usance = open()
  const actor = systemActor('test')
  const { id: manufacturerId } = await usance.people.createManufacturer(installationAccess('test'), {
    name: 'Acme',
    invoicePrefix: 'ACME',
    currency: 'EUR',
    timeZone: 'UTC',
    languages: ['en'],
  })
  const endpoint = { url: 'http://127.0.0.1:9/', description: '', eventTypes: undefined }
  await usance.webhooks.by(actor).addEndpoint(manufacturerId, endpoint)
  const modelId = 'drill' as ModelId
  const register = { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: DAY_MS, gapRule: 'end' as const }
  await usance.metering
    .by(actor)
    .registerModel({ id: modelId, manufacturerId, name: 'Drill', registers: [register] })
  const drill = 'drill-1' as DeviceId
  await usance.metering
    .by(actor)
    .registerDevice({ id: drill, manufacturerId, modelId, commissionedAt: begin })

  let seq = 0
  const report = async (runS: number) => {
    seq += 1
    const at = new Date(clock.at).toISOString()
    const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS } }
    const payload = Buffer.from(JSON.stringify(reading))
    const message = { deviceId: drill, topic: deviceTopics.readings(drill), payload, receivedAt: clock.at }
    await usance.metering.ingest([message])
    clock.at += MINUTE_MS
  }
  const follow = () => usance.webhooks.followMetering(meteringNews(usance.metering, begin - DAY_MS))
  const told = async () => {
    const { items } = await usance.webhooks.listEvents(manufacturerId, { limit: 100, sort: 'occurredAt' })
    return items.map(({ type, subjectId }) => `${type} ${subjectId}`)
  }

  await follow()
  for (const runS of [1_000, 1_020, 1_040, 500, 520]) await report(runS)
  await usance.metering.settle()
  await follow()
  await follow()
  expect(await told()).toEqual(['hold.opened drill-1'])

  clock.at += DAY_MS - 2 * MINUTE_MS
  await follow()
  expect(await told()).toEqual(['hold.opened drill-1'])
  clock.at += 2 * MINUTE_MS
  await follow()
  await usance.close()
  usance = open()
  await follow()
  expect(await told()).toEqual(['hold.opened drill-1', 'device.silent drill-1'])

  await report(1_060)
  clock.at += DAY_MS
  await follow()
  clock.at += DAY_MS
  await follow()
  expect(await told()).toEqual(['hold.opened drill-1', 'device.silent drill-1', 'device.silent drill-1'])
  await usance.close()
})
