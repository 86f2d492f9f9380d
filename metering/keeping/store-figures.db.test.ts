import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, openSqlite } from '../../db/sqlite-index.ts'
import { openStoreFigures } from './store-figures.ts'

let folder = ''
let database: DatabaseSync

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-figures-'))
  database = openSqlite(path.join(folder, 'metering.sqlite'))
  migrate(database, 'metering')
})

afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const nothing = { rows: 0, isEstimate: false, oldestAt: undefined, newestAt: undefined }

function addDevices(count: number): void {
  database.exec(
    `INSERT INTO models (manufacturer_id, id, version, name, registers, created_at) VALUES ('man', 'drill', 1, 'Drill', '[]', 0)`,
  )
  database.exec(
    `WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count})
     INSERT INTO devices (no, id, manufacturer_id, model_id, model_version, commissioned_at, created_at)
     SELECT n, 'drill-' || n, 'man', 'drill', 1, 0, 0 FROM counted`,
  )
}

/** `count` slots of the device, a second apart from `from`. */
function addSlots(deviceNo: number, count: number, from: number): void {
  database.exec(
    `WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count - 1})
     INSERT INTO slots (device_no, register, slot_at, first_at, first_value, last_at, last_value)
     SELECT ${deviceNo}, 'run_s', ${from} + n * 1000, 0, 0, 0, 0 FROM counted`,
  )
}

describe('openStoreFigures', () => {
  it('finds nothing in an empty store', () => {
    const { kinds, devices } = openStoreFigures(database).readStoreFigures()
    expect(kinds).toEqual({
      readings: nothing,
      slots: nothing,
      holds: nothing,
      quarantine: nothing,
      changes: nothing,
      archives: nothing,
    })
    expect(devices).toBe(0)
  })

  it('counts each kind and finds its oldest and newest row', () => {
    addDevices(2)
    addSlots(1, 3, 50_000)
    addSlots(2, 1, 10_000)
    database.exec(
      `INSERT INTO readings (device_no, epoch, seq, received_at, raw) VALUES (1, 1, 1, 100, x''), (1, 1, 2, 200, x'');
       INSERT INTO quarantine (device_id, topic, received_at, code, detail, raw) VALUES ('a', 'b', 300, 'c', 'd', x'');
       INSERT INTO usage_changes (device_no, from_at, to_at) VALUES (1, 0, 400), (1, 0, 500), (1, 0, 600);
       INSERT INTO holds (device_no, epoch, seq, reading_id, code, detail, held_at)
         VALUES (1, 1, 1, 1, 'c', 'd', 700), (1, 1, 2, 2, 'c', 'd', 800), (1, 1, 2, 2, 'c', 'd', 900);
       DELETE FROM holds WHERE held_at = 800;
       UPDATE holds SET is_decided = 1 WHERE held_at = 900`,
    )
    const { kinds, devices, openHolds } = openStoreFigures(database).readStoreFigures()
    expect(openHolds).toBe(1)
    expect(kinds).toEqual({
      readings: { rows: 2, isEstimate: false, oldestAt: 100, newestAt: 200 },
      slots: { rows: 4, isEstimate: false, oldestAt: 10_000, newestAt: 52_000 },
      holds: { rows: 2, isEstimate: false, oldestAt: 700, newestAt: 900 },
      quarantine: { rows: 1, isEstimate: false, oldestAt: 300, newestAt: 300 },
      changes: { rows: 3, isEstimate: false, oldestAt: 400, newestAt: 600 },
      archives: nothing,
    })
    expect(devices).toBe(2)
  })

  it('counts archived readings as archives and no longer as rows of the database', () => {
    database.exec(
      `INSERT INTO readings (device_no, epoch, seq, received_at, raw)
         VALUES (1, 1, 1, 100, x''), (1, 1, 2, 200, x''), (1, 1, 3, 300, x'');
       INSERT INTO archives VALUES (1, 'a', 700, '', 1, 100, 100, 0), (2, 'b', 50, '', 1, 200, 200, 0);
       DELETE FROM readings WHERE id <= 2`,
    )
    const { kinds, archiveFiles, archiveBytes } = openStoreFigures(database).readStoreFigures()
    expect(kinds.readings).toEqual({ rows: 1, isEstimate: false, oldestAt: 300, newestAt: 300 })
    expect(kinds.archives).toEqual({ rows: 2, isEstimate: false, oldestAt: 100, newestAt: 200 })
    expect([archiveFiles, archiveBytes]).toEqual([2, 750])
  })

  it('estimates the slots of a large fleet from a sample of it, and says so', () => {
    addDevices(320)
    for (let no = 1; no <= 320; no += 1) addSlots(no, 5, 0)
    const { slots } = openStoreFigures(database).readStoreFigures().kinds
    expect(slots).toEqual({ rows: 1_600, isEstimate: true, oldestAt: 0, newestAt: 4_000 })
  })
})
