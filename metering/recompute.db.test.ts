/**
 * Recompute finds nothing after any history, and names what was changed behind metering's back. SEED= and SEED_PATH=
 * repeat a case of the property.
 */
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId } from '../core/index.ts'
import type { Metering, RecomputeDifference, RecomputedDevice, RecomputedTotals } from './metering-types.ts'
import { openRecompute } from './store/recompute.ts'
import { fleetHistory } from './testing/device-histories.ts'
import {
  acme,
  aMessage,
  aReading,
  drillModel,
  openMeteringFixture,
  type MeteringFixture,
} from './testing/metering-fixture.ts'
import { playFleet } from './testing/play-fleet.ts'

const { USANCE_TORTURE, SEED, SEED_PATH } = process.env
const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31))
const numRuns = Number(USANCE_TORTURE ?? 40)

const opened: MeteringFixture[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function fixture(...args: Parameters<typeof openMeteringFixture>): Promise<MeteringFixture> {
  const each = await openMeteringFixture(...args)
  opened.push(each)
  return each
}

type Part = RecomputedDevice | RecomputedTotals

async function recompute(metering: Metering, scope: Parameters<Metering['recompute']>[0] = {}) {
  const parts: Part[] = []
  for await (const part of metering.recompute(scope)) parts.push(part)
  const differences = parts.flatMap((part) => part.differences)
  return { parts, differences, sentences: differences.map(({ sentence }) => sentence) }
}

describe('recompute after any history', () => {
  it(
    'finds no difference, and goes on finding none after the model changed',
    async () => {
      process.stdout.write(`SEED=${seed}\n`)
      const { metering } = await fixture([])
      let fleets = 0
      const property = fc.asyncProperty(fleetHistory, async (fleet) => {
        fleets += 1
        const devices = await playFleet(metering, fleet, `fleet-${fleets}`)
        for (const { deviceId } of devices) {
          const { parts, sentences } = await recompute(metering, { deviceId })
          expect(sentences).toEqual([])
          expect(parts).toHaveLength(1)
        }
      })
      await fc.assert(property, { numRuns, seed, ...(SEED_PATH === undefined ? {} : { path: SEED_PATH }) })
      expect((await recompute(metering)).sentences).toEqual([])
    },
    60_000 + numRuns * 1_000,
  )
})

const job = {
  id: 'job-1',
  type: 'job',
  from: '2026-10-01T01:10:00Z',
  to: '2026-10-01T01:40:00Z',
  quantity: 1,
}

/** One device with something of everything that is derived: readings 1 to 6 are stored under those ids. */
async function tellStory(metering: Metering): Promise<void> {
  const exchange = { register: 'run_s', final: 2_900, start: 10, at: '2026-10-01T05:50:00Z' }
  await metering.ingest([
    aMessage('drill-1', aReading(1, 100)),
    aMessage('drill-1', aReading(2, 700, { events: [job] })),
    aMessage('drill-1', aReading(3, 9_999_999)),
    aMessage('drill-1', aReading(4, 1_000, { at: undefined, clock: undefined })),
    aMessage('drill-1', aReading(5, 2_000, { events: [{ ...job, quantity: 2 }] })),
    aMessage('drill-1', aReading(6, 20, { exchanges: [exchange] })),
  ])
  const enter = (at: string, value: bigint) =>
    metering.by(systemActor('test')).decide({
      manufacturerId: acme,
      deviceId: 'drill-1',
      decision: { kind: 'hand_over', register: 'run_s', value, at: Date.parse(at) },
      decidedBy: 'Jo',
      reason: 'read on site',
    })
  await enter('2026-10-01T05:30:00Z', 2_500n)
  await enter('2026-10-01T05:31:00Z', 2_400n)
  await metering.settle()
}

/** Opened once for all the tests that change a copy of it. */
let told: MeteringFixture
beforeAll(async () => {
  told = await openMeteringFixture(['drill-1'])
  await tellStory(told.metering)
})
afterAll(() => told.close())

/** The differences of a copy of the story's database in which something was changed. */
function recomputeCopy(sql: string): RecomputeDifference[] {
  const copy = `${told.file}-${randomUUID()}`
  const source = new DatabaseSync(told.file)
  source.exec(`VACUUM INTO '${copy}'`)
  source.close()
  change(copy, sql)
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    const opening = openRecompute(database)
    const run = opening.begin({})
    const device = opening.next(run, 0)
    const totals = opening.addUp(run, device?.readingsOfRun ?? 0)
    return [...(device?.differences ?? []), ...totals.differences]
  } finally {
    database.close()
  }
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

describe('recompute of what was changed behind its back', () => {
  it('finds no difference in the story itself', async () => {
    const { metering } = await fixture(['drill-1'])
    await tellStory(metering)
    const { parts, sentences } = await recompute(metering)
    expect(sentences).toEqual([])
    expect(parts).toMatchObject([
      { kind: 'device', deviceId: 'drill-1', isBeingJudged: false, readings: 6 },
      { kind: 'totals', readings: 6, counts: { received: 6, accepted: 4, held: 2 } },
    ])
  })

  const spike =
    'run_s rose from 700 s at 2026-10-01T02:00:00.000Z to 9999999 s at 2026-10-01T03:00:00.000Z; the model allows at most 3600 s an hour.'
  const conflict = 'Usage event "job-1" was reported with other content by another reading; that one stands.'
  const received = '2026-11-22T00:00:00.000Z'
  const jobText = (quantity: number, reading: number) =>
    `job 2026-10-01T01:10:00.000Z to 2026-10-01T01:40:00.000Z, ${quantity}, [], reading ${reading} (epoch 1, seq ${reading}, place 0) received ${received}`

  it.each<[string, string, RecomputeDifference['what'], string]>([
    [
      'a value in a slot',
      `UPDATE slots SET last_value = 701 WHERE slot_at = ${Date.parse('2026-10-01T02:00:00Z')}`,
      'slot',
      'Slot 2026-10-01T02:00:00.000Z of run_s is stored as "700 at 2026-10-01T02:00:00.000Z by reading 2 to 701 at 2026-10-01T02:00:00.000Z by reading 2"; what follows is "700 at 2026-10-01T02:00:00.000Z by reading 2 to 700 at 2026-10-01T02:00:00.000Z by reading 2".',
    ],
    [
      'a slot that was removed',
      `DELETE FROM slots WHERE slot_at = ${Date.parse('2026-10-01T01:00:00Z')}`,
      'slot',
      'Slot 2026-10-01T01:00:00.000Z of run_s is not stored; what follows is "100 at 2026-10-01T01:00:00.000Z by reading 1 to 100 at 2026-10-01T01:00:00.000Z by reading 1".',
    ],
    [
      'the value where the device stands',
      `UPDATE device_progress SET state = json_set(state, '$.slots.run_s[1]', '2911')`,
      'open_slot',
      'Open slot 2026-10-01T06:00:00.000Z of run_s is stored as "2911 at 2026-10-01T06:00:00.000Z by reading 6 to 2911 at 2026-10-01T06:00:00.000Z by reading 6"; what follows is "2910 (shown 20) at 2026-10-01T06:00:00.000Z by reading 6 to 2910 (shown 20) at 2026-10-01T06:00:00.000Z by reading 6".',
    ],
    [
      'the last reading of the sequence',
      `UPDATE device_progress SET state = json_set(state, '$.last', json('[1,5]'))`,
      'last_reading',
      'The last reading in the sequence is stored as "epoch 1, seq 5 at 2026-10-01T06:00:00.000Z"; what follows is "epoch 1, seq 6 at 2026-10-01T06:00:00.000Z".',
    ],
    [
      'a hold that was removed',
      `DELETE FROM holds WHERE code = 'advance_implausible'`,
      'hold',
      `Hold of run_s in reading 3 is not stored; what follows is "advance_implausible, epoch 1, seq 3, held ${received}, open: ${spike}".`,
    ],
    [
      'a hold that nobody decided about',
      `UPDATE holds SET is_decided = 1 WHERE code = 'advance_implausible'`,
      'hold',
      `Hold of run_s in reading 3 is stored as "advance_implausible, epoch 1, seq 3, held ${received}, decided: ${spike}"; what follows is "advance_implausible, epoch 1, seq 3, held ${received}, open: ${spike}".`,
    ],
    [
      'the hold of a usage event',
      `DELETE FROM holds WHERE code = 'event_conflict'`,
      'hold',
      `Hold of the whole in reading 5 is not stored; what follows is "event_conflict, epoch 1, seq 5, held ${received}, open: ${conflict}".`,
    ],
    [
      'a placed time',
      'UPDATE placed_readings SET at = at + 1',
      'placed_reading',
      'Placed time of epoch 1, seq 4 is stored as "2026-10-01T04:00:00.001Z, reading 4"; what follows is "2026-10-01T04:00:00.000Z, reading 4".',
    ],
    [
      'an entered point that is said to count',
      'DELETE FROM unaccepted_entries',
      'unaccepted_entry',
      'That what decision 2 entered does not count is not stored; what follows is "2026-10-01T05:31:00.000Z".',
    ],
    [
      'a list of the exchanges',
      'DELETE FROM reading_exchanges',
      'reading_exchange',
      'That reading 6 carries exchanges is not stored; what follows is "epoch 1, seq 6".',
    ],
    [
      'a usage event that was removed',
      'DELETE FROM usage_events',
      'usage_event',
      `Usage event "job-1" is not stored; what follows is "${jobText(1, 2)}; 2 reports, the last epoch 1, seq 5 received ${received}".`,
    ],
    [
      'a report of a usage event',
      `UPDATE usage_event_reports SET quantity = 3 WHERE reading_id = 5`,
      'usage_event_report',
      `Report of usage event "job-1" by reading 5 is stored as "held: ${jobText(3, 5)}"; what follows is "held: ${jobText(2, 5)}".`,
    ],
    [
      'a reading under another sequence number',
      'UPDATE readings SET seq = 7 WHERE id = 6',
      'reading',
      'The identity of reading 6 is stored as "epoch 1, seq 7"; what follows is "epoch 1, seq 6".',
    ],
    [
      'a reading whose bytes are damaged',
      `UPDATE readings SET raw = x'7b' WHERE id = 2`,
      'device',
      'The device cannot be derived again: a stored reading no longer decodes',
    ],
    [
      'a count',
      `UPDATE outcome_counts SET readings = readings + 1 WHERE outcome = 'held'`,
      'outcome_counts',
      'The count of held readings is stored as "3"; what follows is "2".',
    ],
    [
      'a reading that is in no list of the log',
      `INSERT INTO readings SELECT 7, device_no, epoch, 7, received_at, NULL, raw FROM readings WHERE id = 6`,
      'stored_readings',
      'The number of readings in the log is stored as "7"; what follows is "6".',
    ],
  ])('names %s', (_what, sql, what, sentence) => {
    const differences = recomputeCopy(sql)
    expect(differences.map((difference) => difference.sentence)).toContain(sentence)
    expect(differences.find((difference) => difference.sentence === sentence)?.what).toBe(what)
  })

  it('names pinned usage that reads otherwise than it follows', async () => {
    const { metering, file } = await fixture(['drill-1'])
    await tellStory(metering)
    const to = Date.parse('2026-10-01T02:00:00Z')
    const span = { deviceId: 'drill-1' as DeviceId, register: 'run_s', from: to - 7_200_000, to }
    await metering.pinUsage({ pinId: 'inv_1', spans: [span] })
    expect((await recompute(metering)).sentences).toEqual([])
    change(file, 'UPDATE slots SET first_value = 702, last_value = 702 WHERE last_value = 700')
    const { sentences } = await recompute(metering)
    expect(sentences).toContain(
      'run_s at 2026-10-01T02:00:00.000Z, which pin "inv_1" rests on is stored as "702 between 702 at 2026-10-01T02:00:00.000Z and 1000 at 2026-10-01T04:00:00.000Z, estimated"; what follows is "700 between 700 at 2026-10-01T02:00:00.000Z and 1000 at 2026-10-01T04:00:00.000Z, estimated".',
    )
  })
})

describe('the scope of recompute', () => {
  it('compares only what reaches past "from"', async () => {
    const { metering, file } = await fixture(['drill-1'])
    await tellStory(metering)
    change(file, `DELETE FROM slots WHERE slot_at <= ${Date.parse('2026-10-01T02:00:00Z')}`)
    expect((await recompute(metering)).sentences).toHaveLength(2)
    const late = { deviceId: 'drill-1', from: Date.parse('2026-10-01T03:00:00Z') }
    expect((await recompute(metering, late)).sentences).toEqual([])
  })

  it('says of a device that is still being judged only that it is', async () => {
    const { metering, file } = await fixture(['drill-1'])
    await tellStory(metering)
    change(file, 'INSERT INTO unjudged_devices VALUES (1, 1, 3, 6, 0); DELETE FROM slots')
    const { parts } = await recompute(metering, { deviceId: 'drill-1' })
    expect(parts).toMatchObject([{ isBeingJudged: true, readings: 6, differences: [] }])
  })

  it('looks at readings that are logged and not in the saved rows yet', async () => {
    const { metering, file } = await fixture(['drill-1', 'drill-2', 'drill-3'])
    for (const seqs of [
      [1, 2],
      [3, 4, 5],
    ]) {
      await metering.ingest(
        ['drill-1', 'drill-2', 'drill-3'].flatMap((device) =>
          seqs.map((seq) => aMessage(device, aReading(seq, seq * 60))),
        ),
      )
    }
    const database = new DatabaseSync(file, { readOnly: true })
    const saved = database.prepare(
      `SELECT count(*) AS n FROM device_progress WHERE state LIKE '{"head":[1,5,%'`,
    )
    expect(saved.get()).toEqual({ n: 1 })
    const opening = openRecompute(database)
    const run = opening.begin({})
    const devices = [0, 1, 2].map((afterNo) => opening.next(run, afterNo))
    expect(devices).toMatchObject([1, 2, 3].map(() => ({ readings: 5, differences: [] })))
    expect(opening.addUp(run, 15).differences).toEqual([])
    database.close()
  })

  it('shows a manufacturer no device of another and no sums over all', async () => {
    const { metering } = await fixture(['drill-1'])
    const stranger = 'man_stranger' as typeof acme
    expect((await recompute(metering, { manufacturerId: stranger })).parts).toEqual([])
    const foreign = recompute(metering, { manufacturerId: stranger, deviceId: 'drill-1' })
    await expect(foreign).rejects.toMatchObject({ code: 'device_unknown' })
    await expect(recompute(metering, { deviceId: 'nobody' })).rejects.toMatchObject({
      code: 'device_unknown',
    })
  })

  it('finds no difference after the device moved to another version of its model and back', async () => {
    const { metering } = await fixture(['drill-1'], { baseValues: { energy_wh: 5n } })
    await tellStory(metering)
    const slow = { name: 'run_s', unit: 's', maxPerHour: 400n, maxGapMs: 60_000, gapRule: 'end' } as const
    await metering
      .by(systemActor('test'))
      .registerModel({ id: drillModel, manufacturerId: acme, name: 'Slow', registers: [slow] })
    for (const version of [2, 1]) {
      await metering.by(systemActor('test')).setModelVersion(acme, 'drill-1', version)
      await metering.settle()
      expect((await recompute(metering)).sentences).toEqual([])
    }
  })
})

describe('readings passed over for their jump', () => {
  it('judges the second of two again once the sequence came near it', async () => {
    const { metering } = await fixture(['drill-1'])
    const at = (hour: number) => new Date(Date.parse('2026-10-01T00:00:00Z') + hour * 3_600_000).toISOString()
    await metering.ingest([aMessage('drill-1', aReading(1, 100, { at: at(1) }))])
    // Too far ahead in its epoch, and too many epochs ahead.
    await metering.ingest([aMessage('drill-1', aReading(2_000_000, 200, { at: at(2) }))])
    await metering.ingest([aMessage('drill-1', aReading(1, 400, { epoch: 1_500, at: at(4) }))])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 1, held: 2 })
    // From epoch 600 the reading in epoch 1,500 is no longer too far ahead.
    await metering.ingest([aMessage('drill-1', aReading(1, 300, { epoch: 600, at: at(3) }))])
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 3, held: 1 })
    expect((await recompute(metering)).sentences).toEqual([])
  })
})
