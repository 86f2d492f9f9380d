/** A fresh metering database with one drill model, for tests. Nothing here is used in production. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import {
  systemActor,
  deviceTopics,
  secureRandomBytes,
  type DeviceId,
  type InboundMessage,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/sqlite-index.ts'
import { createMetering } from '../create-metering.ts'
import type { Metering, RegisterDefinition } from '../metering-types.ts'

export const acme = 'man_acme' as ManufacturerId
export const drillModel = 'drill' as ModelId
export const commissionedAt = Date.parse('2026-09-01T00:00:00Z')

const drillRegisters: readonly RegisterDefinition[] = [
  { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' },
  { name: 'energy_wh', unit: 'Wh', maxPerHour: 2_000n, maxGapMs: 7_200_000, gapRule: 'spread' },
]

export type MeteringFixture = {
  readonly metering: Metering
  readonly file: string
  reopen(options?: { maxPages?: number }): Promise<Metering>
  close(): Promise<void>
}

/** Opens a metering store in a temporary folder with the drill model of "acme" and the devices named. */
export async function openMeteringFixture(
  deviceIds: readonly string[],
  options: { maxPages?: number; baseValues?: Readonly<Record<string, bigint>> } = {},
): Promise<MeteringFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-metering-'))
  const file = path.join(folder, 'metering.sqlite')
  const database = openSqlite(file)
  migrate(database, 'metering')
  database.close()
  let metering = open(file, options)
  await metering.by(systemActor('test')).registerModel({
    id: drillModel,
    manufacturerId: acme,
    name: 'Drill',
    registers: drillRegisters,
  })
  for (const id of deviceIds) {
    await metering.by(systemActor('test')).registerDevice({
      id: id as DeviceId,
      manufacturerId: acme,
      modelId: drillModel,
      commissionedAt,
      ...(options.baseValues === undefined ? {} : { baseValues: options.baseValues }),
    })
  }
  return {
    get metering() {
      return metering
    },
    file,
    async reopen(reopenOptions = {}) {
      await metering.close()
      metering = open(file, reopenOptions)
      return metering
    },
    async close() {
      await metering.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function open(file: string, { maxPages }: { maxPages?: number }): Metering {
  return createMetering({
    file,
    clock: { now: () => commissionedAt },
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    ...(maxPages === undefined ? {} : { maxPages }),
  })
}

/** A message as the broker would hand it over; `document` is sent as JSON unless it is bytes already. */
export function aMessage(
  deviceId: string,
  document: unknown,
  receivedAt = Date.parse('2026-11-22T00:00:00Z'),
): InboundMessage {
  return {
    deviceId: deviceId as DeviceId,
    topic: deviceTopics.readings(deviceId),
    payload: document instanceof Uint8Array ? document : Buffer.from(JSON.stringify(document)),
    receivedAt,
  }
}

/** A reading with defaults that mean "ordinary": epoch 1, a synchronised clock, one hour per sequence number. */
export function aReading(seq: number, runS: number, overrides: Readonly<Record<string, unknown>> = {}) {
  const at = new Date(Date.parse('2026-10-01T00:00:00Z') + seq * 3_600_000).toISOString()
  return { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS }, ...overrides }
}

/** Notes the checkpoint that a metering store closed cleanly has reached, instead of thousands of readings later. */
export function writeCheckpoint(file: string): void {
  const database = openSqlite(file)
  database.exec(`INSERT INTO cursors (name, position) SELECT 'checkpoint', max(id) FROM readings WHERE true
    ON CONFLICT (name) DO UPDATE SET position = excluded.position`)
  database.close()
}
