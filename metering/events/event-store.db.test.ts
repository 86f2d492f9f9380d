/**
 * The event store against the pure judge: any arrival order, any batches, withdrawals; what it says of holds along the way
 * adds up to what is held in the end.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalEvent, type UsageEvent } from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/sqlite-index.ts'
import { openEventStore, type EventChanges, type ReportingReading } from './event-store.ts'
import { decodeLabels, type EventReport } from './event-report.ts'
import { judgeReports } from './judge-reports.ts'
import { sessionStart, someReports } from './testing/event-reports.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'usance-events-'))
const database = openSqlite(path.join(folder, 'metering.sqlite'))
migrate(database, 'metering')
const store = openEventStore(database)
let deviceNo = 0

beforeAll(() => {
  database.exec('BEGIN')
})
afterAll(() => {
  database.exec('ROLLBACK')
  database.close()
  rmSync(folder, { recursive: true })
})

/** Readings with one or two reports of "s-1", some with the same id twice, and some with "s-2". */
const someReadings: fc.Arbitrary<ReportingReading[]> = fc
  .tuple(someReports, someReports, fc.array(fc.nat({ max: 5 }), { minLength: 9, maxLength: 9 }))
  .map(([first, second, choices]) =>
    first.map(({ readingId, epoch, seq, receivedAt, event }, index) => {
      const events = [event]
      const twin = first[index + 1]?.event
      const other = second[index]?.event
      if (choices[index] === 0 && twin !== undefined) events.push(twin)
      if (choices[index] === 1 && other !== undefined) events.push({ ...other, id: 's-2' })
      return { id: readingId, epoch, seq, receivedAt, events }
    }),
  )

function reportsOf(readings: readonly ReportingReading[], eventId: string): EventReport[] {
  return readings.flatMap(({ id, epoch, seq, receivedAt, events }) =>
    events
      .map((event, place) => ({
        readingId: id,
        epoch,
        seq,
        receivedAt,
        place,
        event,
        content: canonicalEvent(event),
      }))
      .filter(({ event }) => event.id === eventId),
  )
}

function expected(readings: readonly ReportingReading[]) {
  const held: string[] = []
  const standing: string[] = []
  for (const eventId of ['s-1', 's-2']) {
    const reports = reportsOf(readings, eventId)
    const judged = judgeReports(reports)
    const conflicting = reports.filter((_, index) => judged.verdicts[index] === 'held')
    held.push(...new Set(conflicting.map(({ readingId }) => `${readingId} ${eventId}`)))
    if (judged.standing !== undefined) {
      standing.push(`${judged.standing.readingId} ${judged.standing.content}`)
    }
  }
  return { held: held.sort(), standing: standing.sort() }
}

function stored() {
  const rows = database.prepare('SELECT * FROM usage_events WHERE device_no = ?').all(deviceNo)
  const standing = rows.map((row) => {
    const event: UsageEvent = {
      id: String(row['id']),
      type: String(row['type']),
      from: Number(row['from_at']),
      to: Number(row['to_at']),
      quantity: BigInt(Number(row['quantity'])),
      labels: decodeLabels(String(row['labels'])),
      ...(row['is_open'] === 1 ? { isOpen: true } : {}),
    }
    return `${Number(row['reading_id'])} ${canonicalEvent(event)}`
  })
  const held = store.listConflicts(deviceNo).map(({ readingId, eventId }) => `${readingId} ${eventId}`)
  return { held: held.sort(), standing: standing.sort() }
}

/** Keeps holds the way ingest does, and checks that nothing is held or released twice. */
function follow(holds: Set<string>, { conflicts, nowHeld, noLongerHeld }: EventChanges): void {
  for (const { readingId, eventId } of [...conflicts, ...nowHeld]) {
    expect(holds.has(`${readingId} ${eventId}`)).toBe(false)
    holds.add(`${readingId} ${eventId}`)
  }
  for (const { readingId, eventId } of noLongerHeld) {
    expect(holds.delete(`${readingId} ${eventId}`)).toBe(true)
  }
}

describe('the event store', () => {
  it('keeps the same events and holds for every order of arrival and every cut into batches', () => {
    fc.assert(
      fc.property(someReadings, fc.infiniteStream(fc.nat()), (readings, choices) => {
        const pick = (limit: number) => (choices.next().value ?? 0) % limit
        for (const order of ['received', 'any'] as const) {
          deviceNo += 1
          const holds = new Set<string>()
          const arriving = readings
            .map((reading) => ({ reading, key: order === 'any' ? pick(1_000) : reading.receivedAt }))
            .sort((a, b) => a.key - b.key)
            .map(({ reading }) => reading)
          while (arriving.length > 0) {
            follow(holds, store.storeEvents(deviceNo, arriving.splice(0, 1 + pick(3))))
          }
          expect(stored()).toEqual(expected(readings))
          expect([...holds].sort()).toEqual(expected(readings).held)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('forgets a withdrawn reading as if it had never come', () => {
    fc.assert(
      fc.property(someReadings, fc.infiniteStream(fc.nat()), (readings, choices) => {
        deviceNo += 1
        const holds = new Set<string>()
        const left = [...readings]
        for (const reading of readings) follow(holds, store.storeEvents(deviceNo, [reading]))
        while (left.length > 0) {
          const [gone] = left.splice((choices.next().value ?? 0) % left.length, 1)
          if (gone === undefined) break
          const eventIds = gone.events.map(({ id }) => id)
          follow(holds, store.withdrawEvents(deviceNo, gone.id, eventIds))
          expect(stored()).toEqual(expected(left))
          expect([...holds].sort()).toEqual(expected(left).held)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('tells which earlier reading became held when an earlier received one arrives', () => {
    deviceNo += 1
    const wash = { id: 'wash-9', type: 'wash', from: sessionStart, to: sessionStart + 60_000, labels: {} }
    const reading = (id: number, receivedAt: number, quantity: bigint): ReportingReading => ({
      id,
      epoch: 1,
      seq: id,
      receivedAt,
      events: [{ ...wash, quantity }],
    })
    const none = { conflicts: [], nowHeld: [], noLongerHeld: [] }
    const conflict = (id: number, receivedAt: number) => ({
      readingId: id,
      epoch: 1,
      seq: id,
      receivedAt,
      eventId: 'wash-9',
      detail: 'Usage event "wash-9" was reported with other content by another reading; that one stands.',
    })
    expect(store.storeEvents(deviceNo, [reading(1, 500, 1n)])).toEqual(none)
    expect(store.storeEvents(deviceNo, [reading(2, 600, 2n)])).toEqual({
      ...none,
      conflicts: [conflict(2, 600)],
    })
    expect(store.storeEvents(deviceNo, [reading(3, 400, 2n)])).toEqual({
      ...none,
      nowHeld: [conflict(1, 500)],
      noLongerHeld: [conflict(2, 600)],
    })
  })

  it('writes one row for an event that came once', () => {
    deviceNo += 1
    const event = {
      id: 'w',
      type: 'wash',
      from: 1,
      to: 2,
      quantity: 2n ** 53n - 1n,
      labels: { b: 'x', a: '' },
    }
    store.storeEvents(deviceNo, [{ id: 7, epoch: 1, seq: 3, receivedAt: 9, events: [event] }])
    const count = (table: string) =>
      database.prepare(`SELECT count(*) AS n FROM ${table} WHERE device_no = ?`).get(deviceNo)?.['n']
    expect([count('usage_events'), count('usage_event_reports')]).toEqual([1, 0])
    expect(stored().standing).toEqual([`7 ${canonicalEvent(event)}`])
    store.forgetEvents(deviceNo)
    expect([count('usage_events'), count('usage_event_reports')]).toEqual([0, 0])
  })
})
