import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceTopics, getDeviceId, secureRandomBytes, systemClock } from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'
import { createMetering } from '../../metering/index.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import { historyStart, ReadingStream, readingTemplate } from '../ingest/reading-stream.ts'
import { copyFleet } from './fleet-copies.ts'
import { makePattern } from './make-pattern.ts'

/** Enough for several blocks of 64 readings and slots of 15 minutes. */
const READINGS_PER_DEVICE = 200
const DEVICES = 7

const startMs = historyStart(Date.UTC(2026, 10, 26))
let folder = ''
let file = ''
let storedCount = 0

function openMetering(of: string) {
  const log = pino({ level: 'silent' })
  return createMetering({ file: of, clock: systemClock, randomBytes: secureRandomBytes, log })
}

function readTables(of: string) {
  const database = openSqlite(of)
  try {
    return {
      slots: database.prepare('SELECT * FROM slots ORDER BY device_no, register, slot_at').all(),
      blocks: database.prepare('SELECT * FROM reading_blocks ORDER BY device_no, epoch, block').all(),
      states: database.prepare('SELECT * FROM device_progress ORDER BY device_no').all(),
    }
  } finally {
    database.close()
  }
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-fleet-copies-'))
  file = path.join(folder, 'metering.sqlite')
  const patternFile = path.join(folder, 'pattern.sqlite')
  await makePattern(patternFile, READINGS_PER_DEVICE, startMs)
  await prepareUsance(file, 3, startMs)
  storedCount = copyFleet({ file, patternFile, deviceCount: DEVICES })
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('copyFleet', () => {
  it('writes the rows that the real code derives from the same log', async () => {
    const derivedFile = path.join(folder, 'derived.sqlite')
    copyFileSync(file, derivedFile)
    const database = openSqlite(derivedFile)
    database.exec('DELETE FROM slots; DELETE FROM reading_blocks; DELETE FROM device_progress')
    database.exec("UPDATE cursors SET position = 0 WHERE name = 'checkpoint'")
    database.close()
    const metering = openMetering(derivedFile)
    // The first transaction repeats every step after the checkpoint.
    await metering.ingest([])
    await metering.close()

    expect(storedCount).toBe(READINGS_PER_DEVICE * DEVICES)
    const copied = readTables(file)
    expect(copied).toEqual(readTables(derivedFile))
    // 200 readings, one a minute: 13 closed slots of 15 and an open one; the blocks before the head's.
    expect(copied.slots).toHaveLength(DEVICES * 2 * 13)
    expect(copied.states).toHaveLength(DEVICES)
    expect(copied.blocks.length).toBeGreaterThanOrEqual(DEVICES * 3)
  })

  it('leaves every device so that its next reading is accepted in order, and the last one known', async () => {
    const metering = openMetering(file)
    try {
      const next = Buffer.from(readingTemplate)
      new ReadingStream(startMs, READINGS_PER_DEVICE).write(next, 0)
      const last = Buffer.from(readingTemplate)
      new ReadingStream(startMs, READINGS_PER_DEVICE - 1).write(last, 0)
      const ids = ['bench-00000', 'bench-00001', 'bench-00002', 'fleet-2', 'fleet-4', 'fleet-6', 'fleet-7']
      const messages = ids.flatMap((id) => {
        const deviceId = getDeviceId(id)
        const topic = deviceTopics.readings(deviceId)
        return [last, next].map((payload) => ({ deviceId, topic, payload, receivedAt: systemClock.now() }))
      })
      expect(await metering.ingest(messages)).toEqual({ problems: [] })
      const stored = READINGS_PER_DEVICE * DEVICES
      expect(await metering.readOutcomeCounts()).toEqual({
        received: stored + 14,
        pending: 0,
        accepted: stored + 7,
        duplicate: 7,
        held: 0,
        rejected: 0,
      })
      // No device waits for a judgement from its history, nor has one been listed off its chain.
      const database = openSqlite(file, { readOnly: true })
      expect(database.prepare('SELECT count(*) AS n FROM readings_off_chain').get()).toEqual({ n: 0 })
      expect(database.prepare('SELECT count(*) AS n FROM readings WHERE previous_id IS NULL').get()).toEqual({
        n: DEVICES,
      })
      database.close()
    } finally {
      await metering.close()
    }
  })

  it('lets a device that was registered before sign in under its new number', async () => {
    const database = openSqlite(file, { readOnly: true })
    const numbers = database.prepare("SELECT no, id FROM devices WHERE id LIKE 'bench-%' ORDER BY no").all()
    const orphans = database.prepare('PRAGMA foreign_key_check').all()
    database.close()
    // Seven devices, three known ones: every second number from 1 on.
    expect(numbers).toEqual([
      { no: 1, id: 'bench-00000' },
      { no: 3, id: 'bench-00001' },
      { no: 5, id: 'bench-00002' },
    ])
    expect(orphans).toEqual([])
  })
})
