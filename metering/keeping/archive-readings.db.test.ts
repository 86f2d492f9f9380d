import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId, type InboundMessage } from '../../core/index.ts'
import { openSqlite, tryLockFile } from '../../db/sqlite-index.ts'
import { decodeDeviceState } from '../store/device-state.ts'
import { openReadingLog } from '../store/reading-log.ts'
import { compareIdentity } from '../usage/identity.ts'
import {
  acme,
  aMessage,
  aReading,
  commissionedAt,
  openMeteringFixture,
  writeCheckpoint,
  type MeteringFixture,
} from '../testing/metering-fixture.ts'
import { archiveReadings, type ArchivingOptions } from './archive-readings.ts'
import { openArchivedReadings } from './archived-readings.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

const everything = { epoch: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }
const beginning = { epoch: 0, seq: 0 }
const DRILLS = ['drill-1', 'drill-2']
/** Of the drill that most tests look at. */
const FIRST = 1
const LATE_SEQS = [40, 41, 100, 250]
const wholeSpan = { from: commissionedAt, to: Date.parse('2026-12-31T00:00:00Z') }

/** 300 readings in order but for four, which come late; one of them in two versions. */
function traffic(deviceId: string): InboundMessage[] {
  const inOrder = Array.from({ length: 300 }, (_, index) => index + 1).filter(
    (seq) => !LATE_SEQS.includes(seq),
  )
  return [
    ...inOrder.map((seq) => aMessage(deviceId, aReading(seq, seq * 60))),
    ...LATE_SEQS.map((seq) => aMessage(deviceId, aReading(seq, seq * 60))),
    aMessage(deviceId, aReading(100, 6_001), Date.parse('2026-11-23T00:00:00Z')),
  ]
}

async function openWorld(): Promise<{ fixture: MeteringFixture; database: DatabaseSync; folder: string }> {
  const fixture = await openMeteringFixture(DRILLS)
  cleanUp.push(() => fixture.close())
  for (const deviceId of DRILLS) await fixture.metering.ingest(traffic(deviceId))
  await fixture.reopen() // saves everything
  writeCheckpoint(fixture.file)
  const database = openSqlite(fixture.file)
  cleanUp.push(() => database.close())
  return { fixture, database, folder: path.join(path.dirname(fixture.file), 'archives') }
}

function archive(database: DatabaseSync, overrides: Partial<ArchivingOptions> = {}) {
  return archiveReadings({
    database,
    devices: [1, 2].map((deviceNo) => ({ deviceNo, through: { epoch: 1, seq: 260 } })),
    now: commissionedAt,
    ...overrides,
  })
}

type Row = { id: number; epoch: number; seq: number; receivedAt: number; raw: string }

function rowsOf(database: DatabaseSync, deviceNo: number): Row[] {
  return database
    .prepare(
      `SELECT id, epoch, seq, received_at AS receivedAt, cast(raw AS TEXT) AS raw FROM readings
       WHERE device_no = ? ORDER BY epoch, seq, id`,
    )
    .all(deviceNo)
    .map((row) => ({ ...row })) as Row[]
}

function archivedOf(database: DatabaseSync, deviceNo: number): Row[] {
  return openArchivedReadings(database)
    .list(deviceNo, beginning, everything)
    .map((reading) => ({ ...reading, raw: Buffer.from(reading.raw).toString() }))
}

const usageOf = async ({ metering }: MeteringFixture, deviceId = 'drill-1') =>
  await metering.readUsage([{ deviceId: deviceId as DeviceId, register: 'run_s', ...wholeSpan }])

const byIdentityAndId = (left: Row, right: Row) =>
  left.epoch - right.epoch || left.seq - right.seq || left.id - right.id

describe('archiveReadings', () => {
  it('leaves every reading of a device in exactly one place, byte for byte', async () => {
    const { database } = await openWorld()
    const before = [1, 2].map((deviceNo) => rowsOf(database, deviceNo))
    const report = archive(database)
    expect(report).toMatchObject({ file: 'readings-000001.archive', isComplete: true })
    for (const deviceNo of [1, 2]) {
      const archived = archivedOf(database, deviceNo)
      const left = rowsOf(database, deviceNo)
      // The chain's blocks of 64 up to 255, and off the chain all up to 260, but for the newest row of all: the second
      // version of drill-2's reading 100.
      const everySeq = Array.from({ length: 255 }, (_, index) => index + 1)
      const second = deviceNo === FIRST ? [100] : []
      expect(archived.map(({ seq }) => seq)).toEqual([...everySeq, ...second].sort((x, y) => x - y))
      expect([...archived, ...left].sort(byIdentityAndId)).toEqual(before[deviceNo - 1])
    }
    expect(report.readings).toBe(511)
  })

  it('gives any range and any row id, across blocks and across archives', async () => {
    const { database } = await openWorld()
    const before = rowsOf(database, FIRST)
    archive(database, { devices: [{ deviceNo: FIRST, through: { epoch: 1, seq: 130 } }], maxReadings: 50 })
    archive(database, { devices: [{ deviceNo: FIRST, through: { epoch: 1, seq: 130 } }] })
    archive(database)
    expect(readdirSync(path.join(path.dirname(String(database.location())), 'archives')).sort()).toEqual([
      'readings-000001.archive',
      'readings-000002.archive',
      'readings-000003.archive',
    ])
    const archived = openArchivedReadings(database)
    const seqs = (from: number, to: number) =>
      archived.list(FIRST, { epoch: 1, seq: from }, { epoch: 1, seq: to }).map(({ seq }) => seq)
    expect(seqs(48, 53)).toEqual([48, 49, 50, 51, 52, 53])
    expect(seqs(99, 101)).toEqual([99, 100, 100, 101])
    expect(seqs(255, 300)).toEqual([255])
    expect(seqs(256, 300)).toEqual([])
    const scanned = archived.scan(FIRST, { epoch: 1, seq: 254 }).map(({ seq }) => seq)
    expect([...scanned]).toEqual([254, 255])
    const stored = before.filter(({ seq }) => seq <= 255)
    expect(stored.map(({ id }) => archived.find(FIRST, id)?.seq)).toEqual(stored.map(({ seq }) => seq))
    expect(archived.find(2, before[0]?.id ?? 0)).toBe(undefined)
  })

  it('changes no usage, and later judgements see archived readings: duplicates, conflicts, late ones', async () => {
    const plain = await openWorld()
    const { fixture, database } = await openWorld()
    archive(database)
    expect(await usageOf(fixture)).toEqual(await usageOf(plain.fixture))
    const again = [
      aMessage('drill-1', aReading(7, 420)),
      aMessage('drill-1', aReading(41, 2_460)),
      aMessage('drill-1', aReading(9, 541), Date.parse('2026-11-24T00:00:00Z')),
      aMessage('drill-1', aReading(100, 6_001), Date.parse('2026-11-25T00:00:00Z')),
      aMessage('drill-1', aReading(0, 0)),
    ]
    for (const world of [plain.fixture, fixture]) await world.metering.ingest(again)
    const counts = await fixture.metering.readOutcomeCounts()
    expect(counts).toEqual(await plain.fixture.metering.readOutcomeCounts())
    // 2 × 300 and the late one from before the first count; two conflicts of 100 and the one of 9 are held.
    expect(counts).toEqual({ received: 607, accepted: 601, duplicate: 3, held: 3, rejected: 0, pending: 0 })
    expect(await usageOf(fixture)).toEqual(await usageOf(plain.fixture))
    expect((await usageOf(fixture))[0]?.quantity).toBe(18_000n)
  })

  it('works after a restart, and goes on with what has become old since', async () => {
    const { fixture, database } = await openWorld()
    archive(database)
    await fixture.reopen()
    await fixture.metering.ingest(
      Array.from({ length: 100 }, (_, index) =>
        aMessage('drill-1', aReading(301 + index, (301 + index) * 60)),
      ),
    )
    await fixture.reopen()
    writeCheckpoint(fixture.file)
    const before = rowsOf(database, FIRST)
    expect(
      archive(database, { devices: [{ deviceNo: FIRST, through: { epoch: 1, seq: 400 } }] }).readings,
    ).toBe(before.filter(({ seq }) => seq < 384).length)
    expect(archivedOf(database, FIRST).length + rowsOf(database, FIRST).length).toBe(401)
    expect((await usageOf(fixture))[0]?.quantity).toBe(23_940n)
  })

  it('never archives the newest row, the head of a chain, or what a follower has not passed', async () => {
    const { database } = await openWorld()
    const newest = Math.max(...[1, 2].flatMap((no) => rowsOf(database, no).map(({ id }) => id)))
    archive(database, { devices: [1, 2].map((deviceNo) => ({ deviceNo, through: everything })) })
    const left = [1, 2].flatMap((no) => rowsOf(database, no))
    expect(left.map(({ id }) => id)).toContain(newest)
    expect(left.filter(({ seq }) => seq === 300)).toHaveLength(2)

    const second = await openWorld()
    archive(second.database, { upToId: 64 })
    expect(archivedOf(second.database, FIRST).every(({ id }) => id <= 64)).toBe(true)
    expect(archivedOf(second.database, FIRST)).toHaveLength(61)
  })

  it('passes over a device that is being judged again, also when that begins during the run', async () => {
    const { database, folder } = await openWorld()
    const judge = () => database.exec('INSERT OR IGNORE INTO unjudged_devices VALUES (1, 1, 40, 1, 1)')
    const before = rowsOf(database, FIRST)
    judge()
    expect(archive(database).readings).toBe(255)
    expect(archivedOf(database, FIRST)).toEqual([])
    expect(archive(database)).toMatchObject({ file: undefined, readings: 0 })
    expect(readdirSync(folder)).toEqual(['readings-000001.archive'])

    database.exec('DELETE FROM unjudged_devices')
    const onStep = (step: string) => step === 'file_verified' && judge()
    expect(archive(database, { onStep })).toMatchObject({ file: undefined, readings: 0 })
    expect(rowsOf(database, FIRST)).toEqual(before)
    database.exec('DELETE FROM unjudged_devices')
    expect(archive(database).readings).toBe(256)
  })

  it('makes no file when there is nothing to archive', async () => {
    const { database, folder } = await openWorld()
    const report = archive(database, { devices: [{ deviceNo: FIRST, through: beginning }] })
    expect(report).toEqual({ file: undefined, readings: 0, sizeBytes: 0, isComplete: true })
    expect(readdirSync(folder)).toEqual([])
  })

  it('removes files that a killed run left, and no file that the database names', async () => {
    const { database, folder } = await openWorld()
    archive(database, { maxReadings: 100 })
    writeFileSync(path.join(folder, 'readings-000002.archive'), 'whole, but named by no row')
    writeFileSync(path.join(folder, 'readings-000003.archive.incomplete'), 'half')
    writeFileSync(path.join(folder, 'notes.txt'), 'somebody else wrote this')
    archive(database, { devices: [] })
    expect(readdirSync(folder).sort()).toEqual(['notes.txt', 'readings-000001.archive'])
  })

  it('refuses a second run at the same time', async () => {
    const { database, folder } = await openWorld()
    archive(database, { devices: [] })
    const lock = tryLockFile(path.join(folder, 'archiving.lock'))
    expect(() => archive(database)).toThrow(expect.objectContaining({ code: 'archiving_running' }))
    lock?.release()
    expect(archive(database).readings).toBe(511)
  })

  it('keeps the rows when what is read back is not what was written', async () => {
    const { database, folder } = await openWorld()
    const before = rowsOf(database, FIRST)
    const file = path.join(folder, 'readings-000001.archive')
    const onStep = (step: string) => {
      if (step !== 'file_flushed') return
      const bytes = readFileSync(file)
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
      writeFileSync(file, bytes)
    }
    expect(() => archive(database, { onStep })).toThrow(expect.objectContaining({ code: 'archive_damaged' }))
    expect(rowsOf(database, FIRST)).toEqual(before)
    expect(archivedOf(database, FIRST)).toEqual([])
  })
})

describe('the reading log over archived readings', () => {
  it('answers every look-up as it did before', async () => {
    const { database } = await openWorld()
    const plain = openSqlite((await openWorld()).fixture.file)
    cleanUp.push(() => plain.close())
    archive(database, { maxReadings: 70 })
    archive(database, { devices: [{ deviceNo: FIRST, through: { epoch: 1, seq: 200 } }] })
    const { state } = database.prepare('SELECT state FROM device_progress WHERE device_no = 1').get() as {
      state: string
    }
    const { head } = decodeDeviceState(state)
    const [log, plainLog] = [openReadingLog(database), openReadingLog(plain)]
    const before = rowsOf(plain, FIRST)
    expect(rowsOf(database, FIRST).length).toBeLessThan(before.length - 190)

    for (let seq = 0; seq <= 302; seq += 1) {
      const at = { epoch: 1, seq }
      const { epoch } = at
      for (const count of [1, 3, 90]) {
        expect(log.listBefore(FIRST, head, at, count)).toEqual(plainLog.listBefore(FIRST, head, at, count))
      }
      const to = { epoch, seq: seq + 5 }
      expect(log.list(FIRST, head, at, to)).toEqual(plainLog.list(FIRST, head, at, to))
      const gap = log.findGap(FIRST, head, at)
      const stored = gap === undefined ? log.list(FIRST, head, at, at) : log.listOffChain(FIRST, at)
      expect(stored).toEqual(plainLog.list(FIRST, head, at, at))
      if (gap !== undefined) {
        const { after, before: next } = gap
        expect(after === undefined || compareIdentity(after, at) < 0).toBe(true)
        expect(next === undefined || compareIdentity(next, at) > 0).toBe(true)
      }
    }
    for (const seq of [0, 63, 64, 100, 190, 192, 301]) {
      const from = { epoch: 1, seq }
      expect([...log.scan(FIRST, head, from)].flat()).toEqual([...plainLog.scan(FIRST, head, from)].flat())
    }
    expect(before.map(({ id }) => log.getIdentity(FIRST, id).seq)).toEqual(before.map(({ seq }) => seq))
  })
})

describe('an archive that is lost or damaged', () => {
  it('is an error with its own code for whoever needs it, and works again once it is put back', async () => {
    const { fixture, database, folder } = await openWorld()
    const usage = await usageOf(fixture)
    archive(database)
    const file = path.join(folder, 'readings-000001.archive')
    renameSync(file, `${file}.elsewhere`)
    expect(() => archivedOf(database, FIRST)).toThrow(expect.objectContaining({ code: 'archive_missing' }))
    await expect(usageOf(await reopened(fixture))).rejects.toMatchObject({ code: 'archive_missing' })
    expect(existsSync(file)).toBe(false)

    const bytes = readFileSync(`${file}.elsewhere`)
    const damaged = Buffer.from(bytes)
    damaged.writeUInt8(damaged.readUInt8(60) ^ 1, 60)
    writeFileSync(file, damaged)
    expect(() => archivedOf(database, FIRST)).toThrow(expect.objectContaining({ code: 'archive_damaged' }))
    await expect(usageOf(await reopened(fixture))).rejects.toMatchObject({ code: 'archive_damaged' })

    rmSync(file)
    renameSync(`${file}.elsewhere`, file)
    expect(await usageOf(await reopened(fixture))).toEqual(usage)
  })
})

describe('a message that needs a missing archive', () => {
  it('goes to quarantine byte for byte, alone; with the file back it is the duplicate that it is', async () => {
    const { fixture, database, folder } = await openWorld()
    archive(database)
    const file = path.join(folder, 'readings-000001.archive')
    renameSync(file, `${file}.elsewhere`)
    const again = aMessage('drill-1', aReading(7, 420))
    const { problems } = await fixture.metering.ingest([again, aMessage('drill-2', aReading(301, 18_060))])
    expect(problems.map(({ deviceId, code }) => [deviceId, code])).toEqual([['drill-1', 'message_poison']])
    const before = { received: 604, accepted: 601, held: 2, pending: 0 }
    expect(await fixture.metering.readOutcomeCounts()).toEqual({ ...before, duplicate: 0, rejected: 1 })
    const [kept] = (await fixture.metering.listQuarantine(acme, { limit: 10 })).items
    expect(Buffer.from(kept?.raw ?? []).toString()).toBe(Buffer.from(again.payload).toString())

    renameSync(`${file}.elsewhere`, file)
    await fixture.metering.ingest([again])
    const after = { ...before, received: 605, duplicate: 1, rejected: 1 }
    expect(await fixture.metering.readOutcomeCounts()).toEqual(after)
  })
})

async function reopened(fixture: MeteringFixture): Promise<MeteringFixture> {
  await fixture.reopen()
  return fixture
}

describe('recompute after archiving', () => {
  async function differences({ metering }: MeteringFixture): Promise<string[]> {
    const found: string[] = []
    for await (const part of metering.recompute({})) {
      found.push(...part.differences.map(({ sentence }) => sentence))
    }
    return found
  }

  it('derives the same usage from archived readings, and takes a decision about one of them', async () => {
    const { fixture, database } = await openWorld()
    const totals = archive(database)
    expect(totals.readings).toBeGreaterThan(500)
    expect(await differences(fixture)).toEqual([])

    const { metering } = fixture
    const query = { deviceId: 'drill-1' as DeviceId, register: 'run_s', ...wholeSpan }
    const decision = { kind: 'replace', epoch: 1, seq: 1, register: 'run_s', value: 0n } as const
    await metering.by(systemActor('test')).decide({
      manufacturerId: acme,
      deviceId: 'drill-1',
      decision,
      decidedBy: 'Ada',
      reason: 'It showed 0 when it was mounted.',
    })
    await metering.settle()
    // From 0 instead of 60 to 300 * 60.
    expect((await metering.readUsage([query])).map(({ quantity }) => quantity)).toEqual([18_000n])
    expect(await differences(fixture)).toEqual([])
  })
})
