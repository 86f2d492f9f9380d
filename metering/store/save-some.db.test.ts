import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemActor, type DeviceId } from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/sqlite-index.ts'
import { openDeviceWriter } from '../devices/device-writer.ts'
import { acme, aMessage, aReading, commissionedAt, drillModel } from '../testing/metering-fixture.ts'
import { openMeteringWriter, type MeteringWriter } from './metering-writer.ts'

const deviceIds = Array.from({ length: 150 }, (_, index) => `drill-${index}` as DeviceId)
let folder: string
let writer: MeteringWriter

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-save-some-'))
  const database = openSqlite(path.join(folder, 'metering.sqlite'))
  migrate(database, 'metering')
  const { registerModel, registerDevices } = openDeviceWriter(database)
  const deed = { actor: systemActor('test'), now: 0 }
  const registers = [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' as const },
  ]
  registerModel({ model: { id: drillModel, manufacturerId: acme, name: 'Drill', registers }, deed })
  const registrations = deviceIds.map((id) => {
    return { input: { id, manufacturerId: acme, modelId: drillModel, commissionedAt } }
  })
  registerDevices({ registrations, deed, isDryRun: false })
  writer = openMeteringWriter(database)
})

afterEach(() => {
  writer.database.close()
  rmSync(folder, { recursive: true })
})

/** Values of `run_s` that stand in saved rows. */
function countSaved(): number {
  const rows = writer.database.prepare('SELECT state FROM device_progress').all()
  return rows.filter(({ state }) => String(state).includes('run_s')).length
}

it('saves in several calls what was acknowledged before the first, and no more than that', () => {
  writer.ingest(deviceIds.map((id) => aMessage(id, aReading(1, 600))))
  const savedWithBatch = countSaved()
  expect(savedWithBatch).toBeLessThan(10)

  const first = writer.saveSome(undefined)
  expect(first.isDone).toBe(false)
  expect(countSaved()).toBe(savedWithBatch + 64)
  writer.ingest([aMessage('drill-0', aReading(2, 1_200))])

  let saved = first
  let calls = 1
  for (; !saved.isDone; calls += 1) saved = writer.saveSome(saved.upTo)
  expect(calls).toBe(3)
  expect(countSaved()).toBe(150)
})

it('has nothing to do when all is saved', () => {
  writer.ingest([aMessage('drill-0', aReading(1, 600))])
  expect(writer.saveSome(undefined).isDone).toBe(true)
  expect(writer.saveSome(undefined).isDone).toBe(true)
})

it('saves the devices that are asked for, and leaves the others for later', () => {
  writer.ingest(deviceIds.map((id) => aMessage(id, aReading(1, 600))))
  const savedWithBatch = countSaved()

  writer.saveDevices(['drill-140', 'drill-149', 'drill-149', 'nobody'])
  writer.saveDevices(['drill-140', 'drill-149'])

  expect(countSaved()).toBe(savedWithBatch + 2)
  writer.ingest([aMessage('drill-149', aReading(2, 1_200))])
  expect(writer.saveSome(undefined).isDone).toBe(false)
})

it('loses nothing when memory is lost after some devices were saved out of turn', () => {
  writer.ingest(deviceIds.map((id) => aMessage(id, aReading(1, 600))))
  writer.saveDevices(['drill-149'])

  const again = openMeteringWriter(writer.database)
  again.saveDevices(['drill-0'])

  expect(countSaved()).toBe(150)
})

it('commits with the disk again after a save that does not wait for it', () => {
  writer.ingest(deviceIds.map((id) => aMessage(id, aReading(1, 600))))
  writer.saveDevices(['drill-149'])
  const full = 2
  expect(writer.database.prepare('PRAGMA synchronous').get()?.['synchronous']).toBe(full)
})
