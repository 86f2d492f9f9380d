/** A metering store with a clock to set and a record of who was cut off, for tests of devices. Not used in production. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import {
  systemActor,
  secureRandomBytes,
  type DeviceId,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/sqlite-index.ts'
import { createMetering } from '../create-metering.ts'
import type { Metering, RegisterDeviceInput } from '../metering-types.ts'
import { acme, commissionedAt, drillModel } from './metering-fixture.ts'

export const globex = 'man_globex' as ManufacturerId
export const start = Date.parse('2026-11-20T08:00:00Z')

export type DeviceFixture = {
  readonly metering: Metering
  /** Devices whose connection was to be ended, in order. */
  readonly cutOff: string[]
  readonly clock: { now: () => number; at: number }
  reopen(): Promise<Metering>
  /** Reads or changes the database behind metering's back. */
  query(sql: string, ...values: (string | number)[]): Record<string, unknown>[]
  close(): Promise<void>
}

/** Both manufacturers have the drill model; the devices named are acme's. */
export async function openDeviceFixture(deviceIds: readonly string[] = []): Promise<DeviceFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-devices-'))
  const file = path.join(folder, 'metering.sqlite')
  const database = openSqlite(file)
  migrate(database, 'metering')
  database.close()
  const cutOff: string[] = []
  const clock = { at: start, now: () => clock.at }
  const open = () =>
    createMetering({
      file,
      clock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
      onRevoked: (deviceId) => cutOff.push(deviceId),
    })
  let metering = open()
  for (const manufacturerId of [acme, globex]) {
    await metering.by(systemActor('test')).registerModel({
      id: drillModel,
      manufacturerId,
      name: 'Drill',
      registers: [{ name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' }],
    })
  }
  for (const id of deviceIds) await metering.by(systemActor('test')).registerDevice(aDevice(id))
  return {
    get metering() {
      return metering
    },
    cutOff,
    clock,
    async reopen() {
      await metering.close()
      metering = open()
      return metering
    },
    query(sql, ...values) {
      const direct = new DatabaseSync(file)
      try {
        return direct.prepare(sql).all(...values)
      } finally {
        direct.close()
      }
    },
    async close() {
      await metering.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export function aDevice(id: string, overrides: Partial<RegisterDeviceInput> = {}): RegisterDeviceInput {
  return { id: id as DeviceId, manufacturerId: acme, modelId: drillModel, commissionedAt, ...overrides }
}

export function aSecret(text: string) {
  return { kind: 'secret', secret: Buffer.from(text) } as const
}

export function aModelId(text: string): ModelId {
  return text as ModelId
}

/** The code of what a promise rejects with; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  return error instanceof Error && 'code' in error ? error.code : error
}
