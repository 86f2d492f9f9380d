/**
 * The real metering against the plain model of docs/metering-rules.md: random histories of small fleets, in any order of
 * arrival, cut into any messages and batches, with copies, decisions, model versions and pins in between.
 *
 * 500 fleets by default; USANCE_TORTURE=10000 for more. The seed is printed: SEED= and SEED_PATH= (the path that a failure
 * prints) repeat a case.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../core/index.ts'
import type { Metering, RegisterPoint, UsageQuery } from './metering-types.ts'
import { fleetHistory, type DeviceHistory } from './testing/device-histories.ts'
import { acme, openMeteringFixture, type MeteringFixture } from './testing/metering-fixture.ts'
import type { ModelPoint } from './testing/plain-model-types.ts'
import { runPlainModel, type PlainModel } from './testing/plain-model.ts'
import { playFleet, type PlayedDevice } from './testing/play-fleet.ts'

const { USANCE_TORTURE, SEED, SEED_PATH } = process.env
const numRuns = Number(USANCE_TORTURE ?? 500)
const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31))
/** Generous: the limit is for a hang, not for speed. */
const timeoutMs = 60_000 + numRuns * 1_000

let opened: MeteringFixture
let metering: Metering
let fleets = 0

beforeAll(async () => {
  opened = await openMeteringFixture([])
  metering = opened.metering
})
afterAll(() => opened.close())

/** "1/7 run_s register_fell", once for each content that is held so. */
function describeHolds(
  holds: readonly { epoch: number; seq: number; register: string | undefined; code: string }[],
  contentOf: (index: number) => number,
): string[] {
  const described = holds.map(({ epoch, seq, register, code }, index) => {
    return `${contentOf(index)} ${epoch}/${seq} ${register ?? 'whole'} ${code}`
  })
  return [...new Set(described)].map((text) => text.slice(text.indexOf(' ') + 1)).toSorted()
}

async function expectSameHolds({ deviceId }: PlayedDevice, { openHolds }: PlainModel): Promise<void> {
  const holds = await metering.listHolds(acme, deviceId)
  const readingIds = holds.map(({ readingId }) => readingId)
  expect(describeHolds(holds, (index) => readingIds[index] ?? 0)).toEqual(
    describeHolds(openHolds, (index) => openHolds[index]?.content ?? 0),
  )
}

function describePoint(point: RegisterPoint | undefined) {
  if (point === undefined) return undefined
  const shown = point.shown ?? point.value
  const isPlaced = point.isPlaced ?? false
  const reading = point.reading && { epoch: point.reading.epoch, seq: point.reading.seq }
  return { at: point.at, total: point.value, shown, isPlaced, reading }
}

function describeModelPoint(model: PlainModel, point: ModelPoint | undefined) {
  if (point === undefined) return undefined
  const { at, total, shown, isPlaced, content } = point
  const stored = model.contents.find((candidate) => candidate.content === content)?.reading
  return { at, total, shown, isPlaced, reading: stored && { epoch: stored.epoch, seq: stored.seq } }
}

/** Around every accepted point and at random cuts, in rising order. */
function chooseInstants(history: DeviceHistory, points: readonly ModelPoint[], permilles: readonly number[]) {
  const { commissionedAt } = history.registration
  const length = history.until - commissionedAt
  const cuts = permilles.map((permille, index) => {
    return commissionedAt - MINUTE_MS + Math.floor((length * permille) / 1_000) + index
  })
  const around = points.flatMap(({ at }) => [at - 1, at, at + 1])
  return [...new Set([...cuts, ...around])].toSorted((a, b) => a - b)
}

async function expectSameUsage(
  { deviceId, history }: PlayedDevice,
  model: PlainModel,
  permilles: readonly number[],
): Promise<void> {
  for (const { name: register } of history.registration.registers) {
    const points = model.listPoints(register)
    const instants = chooseInstants(history, points, permilles)
    const spans = instants.slice(1).map((to, index): UsageQuery => {
      return { deviceId, register, from: instants[index] ?? to, to }
    })
    const whole: UsageQuery = { deviceId, register, from: instants[0] ?? 0, to: instants.at(-1) ?? 0 }
    const answers = await metering.readUsage([...spans, whole])
    const found = answers.map(({ from, to, quantity, start, end, knownUntil }) => {
      const ends = [start, end].map(({ value, isEstimated, before, after }) => {
        return { value, isEstimated, before: describePoint(before), after: describePoint(after) }
      })
      return { from, to, quantity, ends, knownUntil }
    })
    const expected = [...spans, whole].map(({ from, to }) => {
      const ends = [from, to].map((at) => {
        return {
          value: model.findValueAt(register, at),
          isEstimated: model.isEstimatedAt(register, at),
          before: describeModelPoint(
            model,
            points.findLast((point) => point.at <= at),
          ),
          after: describeModelPoint(
            model,
            points.find((point) => point.at > at),
          ),
        }
      })
      const quantity = model.findValueAt(register, to) - model.findValueAt(register, from)
      return { from, to, quantity, ends, knownUntil: points.at(-1)?.at }
    })
    expect(found).toEqual(expected)
    const sum = answers.slice(0, -1).reduce((total, { quantity }) => total + quantity, 0n)
    expect(sum).toBe(answers.at(-1)?.quantity)
  }
}

async function expectSamePins({ pinned }: PlayedDevice, model: PlainModel): Promise<void> {
  expect(pinned).toHaveLength(model.pins.length)
  for (const [index, pin] of model.pins.entries()) {
    const made = pinned[index]
    expect(made?.spans).toMatchObject(pin.spans)
    const differences = await metering.readPinDifferences(made?.pinId ?? '')
    expect(differences).toMatchObject(model.listDifferences(pin))
    expect(differences).toHaveLength(pin.spans.length)
  }
}

async function expectSameCounts(
  before: Awaited<ReturnType<Metering['readOutcomeCounts']>>,
  models: readonly PlainModel[],
): Promise<void> {
  const after = await metering.readOutcomeCounts()
  const sum = (name: 'received' | 'accepted' | 'held' | 'duplicate' | 'rejected') =>
    models.reduce((total, { counts }) => total + counts[name], before[name])
  expect(after).toEqual({
    received: sum('received'),
    accepted: sum('accepted'),
    held: sum('held'),
    duplicate: sum('duplicate'),
    rejected: sum('rejected'),
    pending: 0,
  })
}

describe('ingest against a plain model', () => {
  it(
    'gives the usage, holds, counts and pins that the rules give (I2, I3, I4)',
    async () => {
      process.stdout.write(`SEED=${seed}\n`)
      const property = fc.asyncProperty(
        fleetHistory,
        fc.array(fc.integer({ min: 0, max: 1_100 }), { minLength: 2, maxLength: 6 }),
        async (fleet, permilles) => {
          fleets += 1
          const before = await metering.readOutcomeCounts()
          const devices = await playFleet(metering, fleet, `fleet-${fleets}`)
          const judged = devices.map((device) => {
            return { device, model: runPlainModel(device.history.registration, device.steps) }
          })
          for (const { device, model } of judged) {
            expect(device.refusedSteps).toEqual(model.refusedSteps)
            await expectSameHolds(device, model)
            await expectSameUsage(device, model, permilles)
            await expectSamePins(device, model)
          }
          await expectSameCounts(
            before,
            judged.map(({ model }) => model),
          )
        },
      )
      await fc.assert(property, { numRuns, seed, ...(SEED_PATH === undefined ? {} : { path: SEED_PATH }) })
    },
    timeoutMs,
  )
})
