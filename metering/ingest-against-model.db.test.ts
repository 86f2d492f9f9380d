/**
 * Ingest against a plain model: all readings in a list, sorted by identity, values accepted one after the other, R(t)
 * evaluated directly. The store must agree for every order of arrival, every cut into batches and any duplicates.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId } from '../core/index.ts'
import {
  acme,
  aMessage,
  commissionedAt,
  drillModel,
  openMeteringFixture,
  type MeteringFixture,
} from './testing/metering-fixture.ts'

const start = Date.parse('2026-10-01T00:00:00Z')
const receivedAt = Date.parse('2026-11-22T00:00:00Z')
const HOUR = 3_600_000

type Sent = { readonly seq: number; readonly epoch: number; readonly atMs: number; readonly runS: number }
type Point = { readonly at: number; readonly value: number }

let opened: MeteringFixture
let devices = 0

beforeAll(async () => {
  opened = await openMeteringFixture([])
})
afterAll(() => opened.close())

/** Steps of time and register; a negative advance is a fall, a huge one a spike. Some sequence numbers are skipped. */
const sentReadings = fc
  .array(
    fc.record({
      minutes: fc.integer({ min: 0, max: 300 }),
      advance: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: -50, max: 40_000 })),
      skipped: fc.integer({ min: 0, max: 80 }),
      isReboot: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((steps) => {
    let [atMs, runS, seq, epoch] = [start, 1_000, 0, 1]
    return steps.map(({ minutes, advance, skipped, isReboot }): Sent => {
      atMs += minutes * 60_000
      runS = Math.max(0, runS + advance)
      epoch += isReboot && skipped > 70 ? 1 : 0
      seq += 1 + skipped
      return { seq, epoch, atMs, runS }
    })
  })

function modelPoints(sent: readonly Sent[]): Point[] {
  const sorted = [...sent].sort((a, b) => a.epoch - b.epoch || a.seq - b.seq)
  const points: Point[] = []
  for (const { atMs, runS } of sorted) {
    const before = points.at(-1)
    const spanMs = before === undefined ? 0 : atMs - before.at
    const isPlausible =
      before === undefined || (runS >= before.value && runS - before.value <= (spanMs + 240_000) / 1_000 + 1)
    if (isPlausible) points.push({ at: atMs, value: runS })
  }
  return points
}

/** R(t) of the design, §5.5, for the drill's `run_s`: at most 3,600 an hour, gaps over two hours rise at the end. */
function modelValue(points: readonly Point[], at: number): bigint {
  const before = points.findLast((point) => point.at <= at)
  const after = points.find((point) => point.at > at)
  if (before === undefined) return BigInt(points[0]?.value ?? 0)
  if (after === undefined) return BigInt(before.value)
  const span = BigInt(after.at - before.at)
  const advance = BigInt(after.value - before.value)
  if (span > BigInt(2 * HOUR)) {
    const remaining = BigInt(after.at - at)
    const late = BigInt(after.value) - (remaining + 999n) / 1_000n
    return late > BigInt(before.value) ? late : BigInt(before.value)
  }
  return BigInt(before.value) + (advance * BigInt(at - before.at)) / span
}

describe('ingest against a plain model', () => {
  it('gives the same usage for every order of arrival, batch border and duplicate', async () => {
    await fc.assert(
      fc.asyncProperty(
        sentReadings,
        fc.infiniteStream(fc.nat()),
        fc.array(fc.integer({ min: -60, max: 8_000 }), { minLength: 2, maxLength: 6 }),
        async (sent, choices, cutMinutes) => {
          const deviceId = `drill-${(devices += 1)}`
          await opened.metering.registerDevice({
            id: deviceId as DeviceId,
            manufacturerId: acme,
            modelId: drillModel,
            commissionedAt,
          })
          const before = await opened.metering.readOutcomeCounts()
          const pick = (limit: number) => (choices.next().value ?? 0) % limit

          const arrivals = sent.flatMap((reading) => (pick(4) === 0 ? [reading, reading] : [reading]))
          if (pick(3) > 0) arrivals.sort(() => pick(3) - 1)
          const messages = arrivals.map(({ seq, epoch, atMs, runS }) =>
            aMessage(
              deviceId,
              { v: 1, epoch, seq, at: new Date(atMs).toISOString(), registers: { run_s: runS } },
              receivedAt,
            ),
          )
          while (messages.length > 0) await opened.metering.ingest(messages.splice(0, 1 + pick(7)))

          const points = modelPoints(sent)
          const cuts = cutMinutes
            .map((minutes) => start + minutes * 60_000 + (minutes % 7))
            .sort((a, b) => a - b)
          for (const [index, from] of cuts.slice(0, -1).entries()) {
            const to = cuts[index + 1] ?? from
            const [usage] = await opened.metering.readUsage([
              { deviceId: deviceId as DeviceId, register: 'run_s', from, to },
            ])
            expect(usage?.quantity).toBe(modelValue(points, to) - modelValue(points, from))
          }
          const after = await opened.metering.readOutcomeCounts()
          expect(after.received - before.received).toBe(arrivals.length)
          expect(after.accepted - before.accepted).toBe(points.length)
          expect(after.held - before.held).toBe(sent.length - points.length)
          expect(after.duplicate - before.duplicate).toBe(arrivals.length - sent.length)
        },
      ),
      { numRuns: 150 },
    )
  })
})
