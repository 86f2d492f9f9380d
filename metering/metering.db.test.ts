import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { pino } from 'pino'
import { systemActor, secureRandomBytes, type DeviceId } from '../core/index.ts'
import { createMetering } from './create-metering.ts'
import type { Metering } from './metering-types.ts'
import {
  acme,
  aMessage,
  aReading,
  openMeteringFixture,
  type MeteringFixture,
} from './testing/metering-fixture.ts'

const october = { from: Date.parse('2026-10-01T00:00:00Z'), to: Date.parse('2026-11-01T00:00:00Z') }
const open: MeteringFixture[] = []

async function fixture(...args: Parameters<typeof openMeteringFixture>): Promise<MeteringFixture> {
  const opened = await openMeteringFixture(...args)
  open.push(opened)
  return opened
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function runSeconds(metering: Metering, deviceId = 'drill-1', span = october): Promise<bigint> {
  const [usage] = await metering.readUsage([{ deviceId: deviceId as DeviceId, register: 'run_s', ...span }])
  return usage?.quantity ?? -1n
}

const aSecret = (secret: string) => ({ kind: 'secret', secret: Buffer.from(secret) }) as const

async function codesOf(metering: Metering, ...messages: Parameters<typeof aMessage>[]): Promise<string[]> {
  const { problems } = await metering.ingest(messages.map((each) => aMessage(...each)))
  return problems.map(({ code }) => code)
}

describe('ingest', () => {
  it('turns two readings into the difference of their registers', async () => {
    const { metering } = await fixture(['drill-1'])
    const { problems } = await metering.ingest([
      aMessage('drill-1', aReading(1, 36_000)),
      aMessage('drill-1', aReading(2, 36_900)),
    ])
    expect(problems).toEqual([])
    expect(await runSeconds(metering)).toBe(900n)
    expect(await metering.readOutcomeCounts()).toEqual({
      received: 2,
      pending: 0,
      accepted: 2,
      duplicate: 0,
      held: 0,
      rejected: 0,
    })
  })

  it('I2 A reading counts once, however often and in whatever order it arrives', async () => {
    const { metering } = await fixture(['drill-1', 'drill-2'])
    const readings = [aReading(1, 100), aReading(2, 700), aReading(3, 1_900), aReading(4, 2_000)]
    await metering.ingest(readings.map((reading) => aMessage('drill-1', reading)))
    for (const reading of [readings[3], readings[0], readings[3], readings[2], readings[1], readings[0]]) {
      await metering.ingest([aMessage('drill-2', reading), aMessage('drill-2', [reading])])
    }
    expect(await runSeconds(metering, 'drill-1')).toBe(1_900n)
    expect(await runSeconds(metering, 'drill-2')).toBe(1_900n)
    const halfway = { from: october.from, to: Date.parse('2026-10-01T02:30:00Z') }
    expect(await runSeconds(metering, 'drill-1', halfway)).toBe(1_200n) // 700 - 100 + half of 1,200
    expect(await runSeconds(metering, 'drill-2', halfway)).toBe(1_200n)
    expect(await metering.readOutcomeCounts()).toEqual({
      received: 16,
      pending: 0,
      accepted: 8,
      duplicate: 8,
      held: 0,
      rejected: 0,
    })
  })

  it('I4 Nothing is dropped silently: every message ends as accepted, duplicate, held or rejected, and the counts add up', async () => {
    const { metering } = await fixture(['drill-1'])
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 100)],
      ['drill-1', aReading(1, 100)],
      ['drill-1', aReading(2, 50)],
      ['drill-1', Buffer.from('not json')],
      ['drill-1', [aReading(3, 200), aReading(4, -1), aReading(5, 300)]],
      ['nobody', aReading(1, 100)],
    )
    expect(codes.sort()).toEqual(['device_unknown', 'payload_not_json', 'register_fell', 'register_negative'])
    const counts = await metering.readOutcomeCounts()
    expect(counts).toEqual({ received: 8, pending: 0, accepted: 3, duplicate: 1, held: 1, rejected: 3 })
    expect(counts.accepted + counts.duplicate + counts.held + counts.rejected).toBe(counts.received)
  })

  it.each([
    ['not JSON', Buffer.from('{"v":1,'), 'payload_not_json'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'payload_not_utf8'],
    ['wrong version', aReading(1, 1, { v: 2 }), 'version_unsupported'],
    ['float register', aReading(1, 1, { registers: { run_s: 1.5 } }), 'register_not_whole'],
    [
      'register written as 1.0',
      Buffer.from('{"v":1,"epoch":1,"seq":1,"registers":{"run_s":1.0}}'),
      'register_not_whole',
    ],
    ['negative register', aReading(1, -5), 'register_negative'],
    [
      'register of 2^53',
      Buffer.from('{"v":1,"epoch":1,"seq":1,"registers":{"run_s":9007199254740992}}'),
      'register_too_large',
    ],
    ['unknown register', aReading(1, 1, { registers: { oil_ml: 4 } }), 'register_unknown'],
    ['missing sequence number', aReading(1, 1, { seq: undefined }), 'sequence_missing'],
  ])('quarantines a payload with %s and keeps its bytes', async (_name, payload, code) => {
    const { metering } = await fixture(['drill-1'])
    const message = aMessage('drill-1', payload)
    const { problems } = await metering.ingest([message])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ deviceId: 'drill-1', code })
    const [kept] = (await metering.listQuarantine(acme, { limit: 10 })).items
    expect(kept).toMatchObject({ code, deviceId: 'drill-1' })
    expect(Buffer.from(kept?.raw ?? [])).toEqual(Buffer.from(message.payload))
    expect(await runSeconds(metering)).toBe(0n)
  })

  it('counts the good readings of an array and quarantines the bad one alone', async () => {
    const { metering } = await fixture(['drill-1'])
    const codes = await codesOf(metering, ['drill-1', [aReading(1, 10), aReading(2, 1.5), aReading(3, 40)]])
    expect(codes).toEqual(['register_not_whole'])
    expect(await runSeconds(metering)).toBe(30n)
    const [kept] = (await metering.listQuarantine(acme, { limit: 10 })).items
    expect(JSON.parse(Buffer.from(kept?.raw ?? []).toString())).toEqual(aReading(2, 1.5))
  })

  it('takes the same content in other bytes for a duplicate', async () => {
    const { metering } = await fixture(['drill-1'])
    await codesOf(metering, ['drill-1', aReading(1, 91_822)])
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 0, { registers: { run_s: '91822' } })],
      ['drill-1', [aReading(1, 91_822)]],
      ['drill-1', Buffer.from(JSON.stringify(aReading(1, 91_822), null, 2))],
    )
    expect(codes).toEqual([])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 1, duplicate: 3 })
  })

  it('holds the second of two readings with one identity and other content', async () => {
    const { metering } = await fixture(['drill-1'])
    await codesOf(metering, ['drill-1', aReading(1, 100)], ['drill-1', aReading(2, 200)])
    const later = Date.parse('2026-11-22T00:00:01Z')
    const codes = await codesOf(metering, ['drill-1', aReading(2, 900), later])
    expect(codes).toEqual(['content_conflict'])
    expect(await runSeconds(metering)).toBe(100n)
    expect(await codesOf(metering, ['drill-1', aReading(2, 900)])).toEqual([])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 2, held: 1, duplicate: 1 })
    expect(await metering.listHolds(acme, 'drill-1')).toHaveLength(1)
  })

  it('holds a value that falls and counts what follows it', async () => {
    const { metering } = await fixture(['drill-1'])
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 40_000)],
      ['drill-1', aReading(2, 39_990)],
      ['drill-1', aReading(3, 40_300)],
    )
    expect(codes).toEqual(['register_fell'])
    expect(await runSeconds(metering)).toBe(300n)
    const [hold] = await metering.listHolds(acme)
    expect(hold?.detail).toBe(
      'run_s fell from 40000 s at 2026-10-01T01:00:00.000Z to 39990 s at 2026-10-01T02:00:00.000Z.',
    )
  })

  it('holds a spike of one register while the other register and later readings count', async () => {
    const { metering } = await fixture(['drill-1'])
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 0, { registers: { run_s: 100, energy_wh: 1_000 } })],
      ['drill-1', aReading(2, 0, { registers: { run_s: 500, energy_wh: 9_999_999 } })],
      ['drill-1', aReading(3, 0, { registers: { run_s: 900, energy_wh: 1_400 } })],
    )
    expect(codes).toEqual(['advance_implausible'])
    expect(await runSeconds(metering)).toBe(800n)
    const [energy] = await metering.readUsage([
      { deviceId: 'drill-1' as DeviceId, register: 'energy_wh', ...october },
    ])
    expect(energy?.quantity).toBe(400n)
  })

  it('holds a sequence jump of a billion and goes on where the sequence was', async () => {
    const { metering } = await fixture(['drill-1'])
    const jump = aReading(0, 300, { seq: 1_000_000_002, at: '2026-10-01T02:30:00Z' })
    const codes = await codesOf(metering, ['drill-1', aReading(1, 100)], ['drill-1', jump])
    expect(codes).toEqual(['sequence_jump'])
    expect(await codesOf(metering, ['drill-1', aReading(2, 200)], ['drill-1', aReading(3, 400)])).toEqual([])
    expect(await runSeconds(metering)).toBe(300n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 3, held: 1 })
  })

  it('starts from the commissioning value when one is declared', async () => {
    const { metering } = await fixture(['drill-1'], { baseValues: { run_s: 40n } })
    await codesOf(metering, ['drill-1', aReading(1, 100)])
    const sinceEver = { from: 0, to: october.to }
    expect(await runSeconds(metering, 'drill-1', sinceEver)).toBe(60n)
  })

  it('places a reading without a clock by its age', async () => {
    const { metering } = await fixture(['drill-1'])
    const receivedAt = Date.parse('2026-10-10T12:00:00Z')
    await codesOf(
      metering,
      ['drill-1', aReading(1, 100, { at: undefined, clock: undefined, ageS: 3_600 }), receivedAt],
      ['drill-1', aReading(2, 200, { at: undefined, clock: undefined, ageS: 0 }), receivedAt],
      ['drill-1', aReading(1, 100, { at: undefined, clock: undefined, ageS: 3_720 }), receivedAt + 120_000],
    )
    const firstHalf = { from: october.from, to: Date.parse('2026-10-10T11:30:00Z') }
    expect(await runSeconds(metering, 'drill-1', firstHalf)).toBe(50n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 2, duplicate: 1 })
  })

  it('counts a usage event once and holds the same id with other content', async () => {
    const { metering } = await fixture(['drill-1'])
    const job = {
      id: 'job-77',
      type: 'job',
      from: '2026-10-01T08:00:00Z',
      to: '2026-10-01T09:00:00Z',
      quantity: 1,
    }
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 1, { events: [job] })],
      ['drill-1', aReading(2, 2, { events: [job] })],
      ['drill-1', aReading(3, 3, { events: [{ ...job, quantity: 2 }] })],
    )
    expect(codes).toEqual(['event_conflict'])
  })

  it('lets the usage event received first stand, although another content arrived before it', async () => {
    const { metering } = await fixture(['drill-1'])
    const job = { id: 'job-1', type: 'job', from: '2026-10-01T08:00:00Z', to: '2026-10-01T09:00:00Z' }
    const reading = (seq: number, quantity: number) => aReading(seq, seq, { events: [{ ...job, quantity }] })
    const received = Date.parse('2026-11-22T00:00:00Z')
    const codes = await codesOf(
      metering,
      ['drill-1', reading(1, 1), received],
      ['drill-1', reading(2, 2), received + 1],
      ['drill-1', reading(3, 2), received - 1],
    )
    expect(codes).toEqual(['event_conflict'])
    const holds = await metering.listHolds(acme)
    expect(holds.map(({ seq, code }) => [seq, code])).toEqual([[1, 'event_conflict']])
    expect(await metering.readOutcomeCounts()).toMatchObject({ received: 3, accepted: 2, held: 1 })
  })

  it('counts the register values of a reading whose usage event is in conflict', async () => {
    const { metering } = await fixture(['drill-1'])
    const at = (minute: number) =>
      new Date(Date.parse('2026-10-01T08:00:00Z') + minute * 60_000).toISOString()
    const job = { id: 'job-1', type: 'job', from: at(0), to: at(1), quantity: 1 }
    await codesOf(
      metering,
      ['drill-1', aReading(1, 100, { at: at(0), events: [job] })],
      ['drill-1', aReading(2, 100, { at: at(5), events: [{ ...job, quantity: 2 }] })],
      ['drill-1', aReading(3, 400, { at: at(10) })],
    )
    const span = (from: number, to: number) => ({ from: Date.parse(at(from)), to: Date.parse(at(to)) })
    expect(await runSeconds(metering, 'drill-1', span(1, 5))).toBe(0n)
    expect(await runSeconds(metering, 'drill-1', span(5, 10))).toBe(300n)
    const { points } = await metering.feed.readRegisters(0, 10)
    expect(points.map(({ value }) => value)).toEqual([100n, 100n, 400n])
  })

  it('goes on from the start value after an exchange instead of billing the jump', async () => {
    const opened = await fixture(['drill-1'])
    const exchange = { register: 'run_s', final: 1_010, start: 4_000, at: '2026-10-01T02:30:00Z' }
    await codesOf(opened.metering, ['drill-1', aReading(1, 1_000)], ['drill-1', aReading(2, 1_005)])
    const codes = await codesOf(opened.metering, ['drill-1', aReading(3, 4_010, { exchanges: [exchange] })])
    const metering = await opened.reopen()
    const later = await codesOf(metering, ['drill-1', aReading(4, 4_100)])
    expect([...codes, ...later]).toEqual([])
    // 1,000 to 1,005, on to the final 1,010, then from 4,000 to 4,010 and 4,100.
    expect(await runSeconds(metering)).toBe(110n)
  })

  it('does not count exchanges again in a slot that begins with the value of the reading that reports them', async () => {
    const { metering } = await fixture(['drill-1'])
    const at = (minute: string) => `2026-10-01T00:${minute}:00Z`
    const exchanges = [
      { register: 'run_s', final: 0, start: 0, at: at('00') },
      { register: 'run_s', final: 300, start: 0, at: at('07') },
    ]
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 0, { at: at('00') })],
      ['drill-1', aReading(2, 50, { at: at('15'), exchanges })],
      ['drill-1', aReading(3, 60, { at: at('16') })],
      ['drill-1', aReading(4, 70, { at: at('17') })],
    )
    expect(codes).toEqual([])
    // Until 00:15 the first board ran 300 s and the second 50 s; after it, 10 s in each minute.
    const span = (from: string, to: string) => ({ from: Date.parse(at(from)), to: Date.parse(at(to)) })
    expect(await runSeconds(metering, 'drill-1', span('00', '15'))).toBe(350n)
    expect(await runSeconds(metering, 'drill-1', span('15', '16'))).toBe(10n)
    expect(await runSeconds(metering, 'drill-1', span('00', '16'))).toBe(360n)
  })

  it('holds an epoch far ahead and goes on where the device was', async () => {
    const { metering } = await fixture(['drill-1'])
    const codes = await codesOf(
      metering,
      ['drill-1', aReading(1, 100)],
      ['drill-1', aReading(2, 150, { epoch: 4_000_000 })],
      ['drill-1', aReading(2, 200)],
      ['drill-1', aReading(3, 300, { epoch: 2 })],
    )
    expect(codes).toEqual(['sequence_jump'])
    expect(await runSeconds(metering)).toBe(200n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 3, held: 1 })
  })

  it('keeps usage right when two servers write one file in turn', async () => {
    const { metering: first, file } = await fixture(['drill-1'])
    const second = createMetering({
      file,
      clock: { now: () => 0 },
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
    })
    for (let seq = 1; seq <= 12; seq += 1) {
      const server = seq % 2 === 0 ? first : second
      await server.ingest([
        aMessage('drill-1', aReading(seq, seq * 60)),
        aMessage('drill-1', aReading(1, 60)),
      ])
    }
    await second.close()
    expect(await runSeconds(first)).toBe(660n)
    expect(await first.readOutcomeCounts()).toMatchObject({ accepted: 12, duplicate: 12, held: 0 })
  })

  it('takes a late reading of a device with 130,000 readings after it, without keeping the others waiting', async () => {
    const { metering, file } = await fixture(['drill-1'])
    await codesOf(metering, ['drill-1', aReading(1, 100)])
    const database = new DatabaseSync(file)
    // Heartbeats without registers, so that the history is long and quick to write.
    database.exec(`INSERT INTO readings (id, device_no, epoch, seq, received_at, previous_id, raw)
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 130000)
      SELECT i, 1, 1, i + 10, 2000000000000, i - 1, CAST('{"v":1,"epoch":1,"seq":' || (i + 10) || ',"at":"'
        || strftime('%Y-%m-%dT%H:%M:%SZ', '2026-10-01 06:00:00', i || ' seconds') || '"}' AS BLOB) FROM n`)
    database.exec(`UPDATE outcome_counts SET readings = 130000 WHERE outcome IN ('received', 'accepted')`)
    database.exec(`UPDATE device_progress SET state = json_set(state, '$.head', json('[1,130010,130000]'))`)
    database.close()
    const { problems } = await metering.ingest([aMessage('drill-1', aReading(5, 400))])
    expect(problems).toEqual([])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 130_000, pending: 1 })
    await metering.settle()
    expect(await runSeconds(metering)).toBe(300n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 130_001, pending: 0 })
  })

  it('quarantines a message that cannot be stored and stores the rest of its batch', async () => {
    const { metering, file } = await fixture(['drill-1', 'drill-2'])
    const database = new DatabaseSync(file)
    database.exec(`CREATE TRIGGER poison BEFORE INSERT ON readings WHEN NEW.seq = 3
      BEGIN SELECT RAISE (ABORT, 'this row cannot be stored'); END`)
    database.close()
    const messages = [1, 2, 3, 4, 5].map((seq) => aMessage('drill-1', aReading(seq, seq * 10)))
    const { problems } = await metering.ingest([...messages, aMessage('drill-2', aReading(1, 1))])
    expect(problems.map(({ code }) => code)).toEqual(['message_poison'])
    expect(await runSeconds(metering)).toBe(40n)
    expect(await metering.readOutcomeCounts()).toEqual({
      received: 6,
      pending: 0,
      accepted: 5,
      duplicate: 0,
      held: 0,
      rejected: 1,
    })
  })

  it('takes a corrupt page for a failure of the machine, not for poison', async () => {
    const opened = await fixture(['drill-1'])
    await opened.metering.ingest([aMessage('drill-1', aReading(1, 100))])
    await opened.metering.close()
    const database = new DatabaseSync(opened.file)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const { page } = database
      .prepare(`SELECT rootpage AS page FROM sqlite_schema WHERE name = 'device_progress'`)
      .get() as { page: number }
    database.close()
    const bytes = readFileSync(opened.file)
    writeFileSync(opened.file, bytes.fill(0x5a, (page - 1) * 4_096, page * 4_096))
    const metering = await opened.reopen()
    const ingesting = metering.ingest([aMessage('drill-1', aReading(2, 200))])
    await expect(ingesting).rejects.toMatchObject({ code: 'store_unavailable', kind: 'dependency' })
    expect(metering.isReady()).toBe(false)
    expect((await metering.listQuarantine(acme, { limit: 10 })).items).toEqual([])
  })

  it('keeps where it stands across a restart', async () => {
    const opened = await fixture(['drill-1'])
    for (let seq = 1; seq <= 300; seq += 1)
      await opened.metering.ingest([aMessage('drill-1', aReading(seq, seq * 60))])
    const metering = await opened.reopen()
    const replay = Array.from({ length: 300 }, (_, index) =>
      aMessage('drill-1', aReading(index + 1, (index + 1) * 60)),
    )
    await metering.ingest(replay)
    await codesOf(metering, ['drill-1', aReading(301, 301 * 60)])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 301, duplicate: 300, held: 0 })
    expect(await runSeconds(metering)).toBe(18_000n)
  })
})

describe('a full disk', () => {
  it('rejects the batch, turns readiness off, and takes the retried batch as new once there is space', async () => {
    const opened = await fixture(['drill-1'])
    const metering = await opened.reopen({ maxPages: 120 })
    const stored: number[] = []
    let seq = 0
    let failure: unknown
    for (let round = 1; round <= 500; round += 1) {
      const batch = Array.from({ length: 200 }, (_, index) =>
        aMessage('drill-1', aReading(seq + index + 1, seq)),
      )
      seq += 200
      await metering.ingest(batch).then(
        () => stored.push(seq),
        (error: unknown) => {
          failure = error
        },
      )
      if (failure !== undefined) break
    }
    expect(failure).toMatchObject({ code: 'store_unavailable', kind: 'dependency' })
    const registering = metering.by(systemActor('test')).registerModel({
      id: 'big' as never,
      manufacturerId: acme,
      name: 'x'.repeat(1_000_000),
      registers: [{ name: 'run_s', unit: 's', maxPerHour: 1n, maxGapMs: 1, gapRule: 'end' }],
    })
    await expect(registering).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(metering.isReady()).toBe(false)
    const counted = await metering.readOutcomeCounts()
    expect(counted.accepted).toBe(stored.at(-1))

    const roomy = await opened.reopen()
    const retried = Array.from({ length: 200 }, (_, index) =>
      aMessage('drill-1', aReading(seq - 199 + index, seq - 200)),
    )
    await roomy.ingest(retried)
    expect(roomy.isReady()).toBe(true)
    expect(await roomy.readOutcomeCounts()).toMatchObject({ accepted: seq, duplicate: 0 })
  })
})

describe('devices', () => {
  it('lists only the devices of the manufacturer that asks', async () => {
    const { metering } = await fixture(['drill-1', 'drill-2', 'drill-3'])
    const page = await metering.listDevices(acme, { limit: 2 })
    expect(page.items.map(({ id }) => id)).toEqual(['drill-1', 'drill-2'])
    expect(page.nextAfter).toBe('drill-2')
    const rest = await metering.listDevices(acme, { limit: 2, after: 'drill-2' })
    expect(rest).toMatchObject({ nextAfter: undefined, items: [{ id: 'drill-3' }] })
    const stranger = 'man_stranger' as typeof acme
    expect(await metering.findDevice(stranger, 'drill-1')).toBe(undefined)
    expect((await metering.listDevices(stranger, { limit: 10 })).items).toEqual([])
  })

  it('authenticates a device by its own secret and no other', async () => {
    const { metering } = await fixture(['drill-1'])
    const { secret } = await metering.by(systemActor('test')).registerDevice({
      id: 'drill-9' as DeviceId,
      manufacturerId: acme,
      modelId: 'drill' as never,
      commissionedAt: 0,
    })
    expect(await metering.authenticateDevice('drill-9', aSecret(secret))).toBe(true)
    expect(await metering.authenticateDevice('drill-9', aSecret(secret))).toBe(true)
    expect(await metering.authenticateDevice('drill-1', aSecret(secret))).toBe(false)
    expect(await metering.authenticateDevice('drill-9', aSecret(`${secret}x`))).toBe(false)
    expect(await metering.authenticateDevice('nobody', aSecret(secret))).toBe(false)
  })

  it('refuses a second device with the same id', async () => {
    const { metering } = await fixture(['drill-1'])
    const again = metering.by(systemActor('test')).registerDevice({
      id: 'drill-1' as DeviceId,
      manufacturerId: acme,
      modelId: 'drill' as never,
      commissionedAt: 0,
    })
    await expect(again).rejects.toMatchObject({ code: 'device_exists' })
  })
})
