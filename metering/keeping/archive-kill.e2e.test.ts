/** SIGKILL of the archiving process at each of its steps: every reading stays in exactly one place, and the next run goes on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { DeviceId } from '../../core/index.ts'
import { openSqlite } from '../../db/sqlite-index.ts'
import {
  aMessage,
  aReading,
  commissionedAt,
  openMeteringFixture,
  writeCheckpoint,
} from '../testing/metering-fixture.ts'
import { archiveReadings } from './archive-readings.ts'
import { openArchivedReadings } from './archived-readings.ts'

const script = fileURLToPath(new URL('../testing/archive-until-killed.ts', import.meta.url))
const READINGS = 5_120
/** Blocks of 64 of which the last reading is at or before 5,000. */
const ARCHIVABLE = 4_991
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function everyReading(database: DatabaseSync): {
  places: string
  readings: (readonly [number, number, string])[]
} {
  const stored = database.prepare('SELECT id, seq, cast(raw AS TEXT) AS raw FROM readings').all()
  const archived = openArchivedReadings(database).list(1, { epoch: 0, seq: 0 }, { epoch: 9, seq: 0 })
  const readings = [
    ...stored.map(({ id, seq, raw }) => [Number(id), Number(seq), String(raw)] as const),
    ...archived.map(({ id, seq, raw }) => [id, seq, Buffer.from(raw).toString()] as const),
  ].sort(([left], [right]) => left - right)
  return { places: `${stored.length} stored, ${archived.length} archived`, readings }
}

describe('SIGKILL while readings are archived', () => {
  it.each([
    ['block_written', 3, '5120 stored, 0 archived'],
    ['file_flushed', 1, '5120 stored, 0 archived'],
    ['file_verified', 1, '5120 stored, 0 archived'],
    ['before_commit', 1, '5120 stored, 0 archived'],
    ['blocks_taken_over', 1, '3120 stored, 2000 archived'],
    ['before_commit', 2, '3120 stored, 2000 archived'],
    ['blocks_taken_over', 3, '129 stored, 4991 archived'],
  ])('loses nothing at %s, number %i', async (step, count, places) => {
    const fixture = await openMeteringFixture(['drill-1'])
    cleanUp.push(() => fixture.close())
    const seqs = Array.from({ length: READINGS }, (_, index) => index + 1)
    const received = Date.parse('2027-06-01T00:00:00Z')
    await fixture.metering.ingest(seqs.map((seq) => aMessage('drill-1', aReading(seq, seq * 60), received)))
    await fixture.reopen()
    writeCheckpoint(fixture.file)
    const database = openSqlite(fixture.file)
    cleanUp.push(() => database.close())
    const before = everyReading(database).readings
    expect(before).toHaveLength(READINGS)

    const child = spawn(process.execPath, [script, fixture.file, step, String(count)], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    expect(everyReading(database)).toEqual({ places, readings: before })
    const read = () =>
      fixture.metering.readUsage([
        { deviceId: 'drill-1' as DeviceId, register: 'run_s', from: commissionedAt, to: received },
      ])
    expect((await read())[0]?.quantity).toBe(307_140n)

    const devices = [{ deviceNo: 1, through: { epoch: 1, seq: 5_000 } }]
    archiveReadings({ database, devices, now: 0 })
    const archivable = `${READINGS - ARCHIVABLE} stored, ${ARCHIVABLE} archived`
    expect(everyReading(database)).toEqual({ places: archivable, readings: before })
    expect((await read())[0]?.quantity).toBe(307_140n)
  })
})
