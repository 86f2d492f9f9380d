/**
 * The generators reach what they are for, and the plain model keeps the promises that the rules make: it does not depend
 * on the order of arrival or on when a person decided, and what is pinned stays.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalContent } from '../../core/index.ts'
import { deviceHistory, type DeviceHistory } from './device-histories.ts'
import type { HistoryStep, SentArrival } from './history-actions.ts'
import type { ModelDecision, ModelPoint } from './plain-model-types.ts'
import { runPlainModel, type PlainModel } from './plain-model.ts'
import { findHeaviestPath } from './plain-sequence.ts'

function isArrival(step: HistoryStep): step is SentArrival {
  return step.kind === 'arrival'
}

function decisionsOf({ steps }: DeviceHistory, { refusedSteps }: PlainModel): ModelDecision[] {
  return steps.flatMap((step, index) =>
    step.kind === 'decision' && !refusedSteps.includes(index) ? [step.decision] : [],
  )
}

function run({ registration }: DeviceHistory, steps: readonly HistoryStep[]): PlainModel {
  return runPlainModel(registration, steps)
}

/** Everything that may be asked of a device, but for what depends on the moment: pins and refusals. */
function describeUsage({ registration }: DeviceHistory, model: PlainModel) {
  return {
    points: registration.registers.map(({ name }) => model.listPoints(name)),
    holds: new Set(model.openHolds.map((hold) => JSON.stringify(hold))),
    times: model.sequence.map(({ stored, at, isPlaced }) => [stored.content, at, isPlaced]),
    events: model.events.map(({ event, content }) => [content, event]),
    counts: model.counts,
  }
}

type Feature = (history: DeviceHistory, model: PlainModel) => boolean

const sends =
  (test: (arrival: SentArrival, history: DeviceHistory) => boolean): Feature =>
  (history) =>
    history.steps.filter(isArrival).some((arrival) => test(arrival, history))
const holds =
  (code: string): Feature =>
  (_history, { openHolds }) =>
    openHolds.some((hold) => hold.code === code)
const decides =
  (test: (decision: ModelDecision) => boolean): Feature =>
  (history, model) =>
    decisionsOf(history, model).some(test)
/** Neighbouring arrivals. */
const sendsPair =
  (test: (before: SentArrival, after: SentArrival) => boolean): Feature =>
  ({ steps }) => {
    const arrivals = steps.filter(isArrival)
    return arrivals.some((after, index) => {
      const before = arrivals[index - 1]
      return before !== undefined && test(before, after)
    })
  }
/** Neighbouring accepted points of any register. */
const accepts =
  (
    test: (
      after: ModelPoint,
      before: ModelPoint,
      where: { register: string; gapRule: string; maxGapMs: number; after: SentArrival | undefined },
    ) => boolean,
  ): Feature =>
  (history, model) =>
    history.registration.registers.some(({ name, gapRule, maxGapMs }) => {
      const points = model.listPoints(name)
      return points.some((after, index) => {
        const before = points[index - 1]
        const arrival = history.steps.filter(isArrival).find(({ content }) => content === after.content)
        const where = { register: name, gapRule, maxGapMs, after: arrival }
        return before !== undefined && test(after, before, where)
      })
    })
const withdraws =
  (kind: ModelDecision['kind']): Feature =>
  (history, model) =>
    decisionsOf(history, model).some(
      (decision) =>
        decision.kind === 'withdraw' &&
        history.steps.some(
          (step) =>
            step.kind === 'decision' &&
            step.decisionId === decision.decisionId &&
            step.decision.kind === kind,
        ),
    )
const pins =
  (test: (history: DeviceHistory, model: PlainModel) => boolean): Feature =>
  (history, model) =>
    model.pins.length > 0 && test(history, model)

const features: Readonly<Record<string, Feature>> = {
  'one register': ({ registration }) => registration.registers.length === 1,
  'three registers': ({ registration }) => registration.registers.length === 3,
  'a modulus': ({ registration }) => registration.registers.some(({ modulus }) => modulus !== undefined),
  'a commissioning value': ({ registration }) => Object.keys(registration.baseValues).length > 0,
  'values near 2^53': sends(({ reading }) => reading.registers.some(({ value }) => value > 2n ** 52n)),
  'a partial reading': sends(
    ({ reading }, { registration }) => reading.registers.length < registration.registers.length,
  ),
  'a reading without any register': sends(({ reading }) => reading.registers.length === 0),
  'an unsynchronised clock': sends(({ document }) => document.clock === 'unsynced'),
  '1970': sends(({ document }) => document.at?.startsWith('1970') === true),
  'years ahead': sends(({ document }) => document.at !== undefined && document.at > '2030'),
  'no time': sends(({ reading }) => reading.time.kind === 'none'),
  'an age': sends(({ reading }) => reading.time.kind === 'age'),
  'a device time at the skew': sends(
    ({ reading: { time }, receivedAt }) => time.kind === 'device_time' && time.at === receivedAt + 120_000,
  ),
  'a device time beyond it': sends(
    ({ reading: { time }, receivedAt }) => time.kind === 'device_time' && time.at === receivedAt + 120_001,
  ),
  'a clock that steps back by 2 s': sendsPair(
    ({ reading: { time: before } }, { reading: { time: after } }) =>
      before.kind === 'device_time' && after.kind === 'device_time' && after.at === before.at - 2_000,
  ),
  'no time between two readings': sendsPair(
    ({ reading: before }, { reading: after }) =>
      before.seq < after.seq &&
      before.time.kind === 'device_time' &&
      after.time.kind === 'device_time' &&
      before.time.at === after.time.at,
  ),
  'placed readings': (_history, { sequence }) => sequence.filter(({ isPlaced }) => isPlaced).length > 2,
  'nothing but placed readings': (_history, { sequence }) =>
    sequence.length > 3 && sequence.every(({ isPlaced }) => isPlaced),
  'a backlog after what was sent live': (history) => {
    const seqs = history.steps.filter(isArrival).map(({ reading }) => reading.seq)
    return seqs.length > 6 && Math.max(...seqs) === Math.max(...seqs.slice(0, 3))
  },
  'own times': (_history, { sequence }) => sequence.some(({ isPlaced }) => !isPlaced),
  'a new epoch': sends(({ reading }) => reading.epoch === 2),
  'a hole in the sequence': sendsPair(
    ({ reading: a }, { reading: b }) => a.epoch === b.epoch && b.seq > a.seq + 1 && b.seq < a.seq + 50,
  ),
  'a jump of just a million': sendsPair(
    ({ reading: a }, { reading: b }) => a.epoch === b.epoch && b.seq === a.seq + 1_000_000,
  ),
  'arrival out of order': sendsPair((before, after) => before.receivedAt > after.receivedAt),
  'several readings in an array': sendsPair(
    (before, after) => after.joinsMessage && before.receivedAt === after.receivedAt,
  ),
  'batch borders': sends(({ endsBatch }) => endsBatch),
  'numbers as text': sends(({ document }) =>
    Object.values(document.registers).some((value) => typeof value === 'string'),
  ),
  'the same content with another age': (history) =>
    history.steps
      .filter(isArrival)
      .some(
        ({ document: a }, _index, all) =>
          a.ageS !== undefined &&
          all.some(({ document: b }) => b.seq === a.seq && b.ageS !== undefined && b.ageS > (a.ageS ?? 0)),
      ),
  duplicates: (_history, { counts }) => counts.duplicate > 1,
  'a reading refused at the door': (_history, { counts }) => counts.rejected > 0,
  'an event': (_history, { events }) => events.length > 0,
  'a content conflict': holds('content_conflict'),
  'an event conflict': holds('event_conflict'),
  'a sequence jump': holds('sequence_jump'),
  'a fall': holds('register_fell'),
  'an implausible advance': holds('advance_implausible'),
  'a contradicted value': holds('value_contradicted'),
  'an implausible exchange': holds('exchange_implausible'),
  'a rollover': accepts(
    (after, before, { register, after: arrival }) =>
      arrival !== undefined &&
      after.shown < before.shown &&
      arrival.reading.exchanges.every((exchange) => exchange.register !== register),
  ),
  'an exchange by the device': accepts(
    (after, before, { register, after: arrival }) =>
      after.shown < before.shown &&
      arrival !== undefined &&
      arrival.reading.exchanges.some((exchange) => exchange.register === register),
  ),
  'an entered exchange': accepts(
    (after, before) => after.content === undefined && after.shown < before.shown,
  ),
  'an entered hand-over': accepts(
    (after, before) => after.content === undefined && after.shown >= before.shown,
  ),
  'a gap that ends late': accepts(
    (after, before, { gapRule, maxGapMs }) =>
      gapRule === 'end' && after.at - before.at > maxGapMs && after.total > before.total,
  ),
  'a gap that is spread': accepts(
    (after, before, { gapRule, maxGapMs }) =>
      gapRule === 'spread' && after.at - before.at > maxGapMs && after.total > before.total,
  ),
  'an advance without time': accepts((after, before) => after.at === before.at && after.total > before.total),
  'a refused decision': ({ steps }, { refusedSteps }) =>
    refusedSteps.some((index) => steps[index]?.kind === 'decision'),
  'a released value': decides((decision) => decision.kind === 'release' && decision.register !== undefined),
  'a released reading': decides((decision) => decision.kind === 'release' && decision.register === undefined),
  'a released content': decides(
    (decision) =>
      decision.kind === 'release' && decision.register === undefined && decision.readingId !== undefined,
  ),
  'a released content that stands against another': (history, model) =>
    decisionsOf(history, model).some(
      (decision) =>
        decision.kind === 'release' &&
        model.contents.some(
          ({ content, reading }) =>
            content !== decision.readingId &&
            reading.seq === decision.seq &&
            reading.epoch === decision.epoch,
        ) &&
        model.sequence.some(({ stored }) => stored.content === decision.readingId),
    ),
  'a rejected value': decides((decision) => decision.kind === 'reject' && decision.register !== undefined),
  'a rejected reading': decides((decision) => decision.kind === 'reject' && decision.register === undefined),
  'a replaced value': decides(({ kind }) => kind === 'replace'),
  'a withdrawn release': withdraws('release'),
  'a withdrawn reject': withdraws('reject'),
  'a withdrawn replacement': withdraws('replace'),
  'a withdrawn exchange': withdraws('exchange'),
  'a withdrawn hand-over': withdraws('hand_over'),
  'a withdrawal between two pins': ({ steps }, { refusedSteps }) =>
    steps.some(
      (step, index) =>
        step.kind === 'decision' &&
        step.decision.kind === 'withdraw' &&
        !refusedSteps.includes(index) &&
        steps.slice(0, index).some(({ kind }) => kind === 'pin') &&
        steps.slice(index).some(({ kind }) => kind === 'pin'),
    ),
  'a refused withdrawal': ({ steps }, { refusedSteps }) =>
    refusedSteps.some((index) => {
      const step = steps[index]
      return step?.kind === 'decision' && step.decision.kind === 'withdraw'
    }),
  'a decision before the last reading': ({ steps }, { refusedSteps }) =>
    steps.some(
      (step, index) =>
        step.kind === 'decision' && !refusedSteps.includes(index) && steps.slice(index).some(isArrival),
    ),
  'another model version': ({ steps }) => steps.some(({ kind }) => kind === 'model_version'),
  'a model version after a pin': ({ steps }) =>
    steps.some(
      ({ kind }, index) =>
        kind === 'model_version' && steps.slice(0, index).some((before) => before.kind === 'pin'),
    ),
  'two pins': (_history, model) => model.pins.length > 1,
  'a pin that covers a part': pins((_history, { pins: made, contents }) =>
    made.some(({ covered }) => covered.length > 0 && covered.length < contents.length / 2),
  ),
  'a reading late for a pin': pins(({ steps }, { pins: made, sequence }) => {
    const covered = made.flatMap((pin) => pin.covered.map(({ content }) => content))
    return sequence.some(
      ({ stored }, index) =>
        !covered.includes(stored.content) &&
        steps.some(isArrival) &&
        sequence.slice(index).some((after) => covered.includes(after.stored.content)),
    )
  }),
  'a placed time that a pin keeps': pins((_history, { pins: made }) =>
    made.some(({ covered }) => covered.some(({ isPlaced }) => isPlaced)),
  ),
  'pinned usage': pins((_history, { pins: made }) =>
    made.some(({ spans }) => spans.some(({ quantity }) => quantity > 0n)),
  ),
  'a difference to a pin': pins((_history, model) =>
    model.pins.some((pin) => model.listDifferences(pin).some(({ difference }) => difference !== 0n)),
  ),
}

describe('device histories', () => {
  const samples = fc.sample(deviceHistory, { numRuns: 2_000, seed: 20_261_126 }).map((history) => {
    return { history, model: run(history, history.steps) }
  })

  it.each(Object.entries(features))('reach %s', (_name, reaches) => {
    const hits = samples.filter(({ history, model }) => reaches(history, model)).length
    expect(hits).toBeGreaterThan(0)
  })

  it('are told the same way for the same seed', () => {
    const again = fc.sample(deviceHistory, { numRuns: 20, seed: 20_261_126 })
    expect(again).toEqual(samples.slice(0, 20).map(({ history }) => history))
  })
})

/** Any order, except that copies of one content stay in theirs: the one stored first counts. */
function rearrange(arrivals: readonly SentArrival[], keys: readonly number[]): SentArrival[] {
  const contentOf = ({ reading }: SentArrival) =>
    `${reading.epoch} ${reading.seq} ${canonicalContent(reading)}`
  const shuffled = arrivals
    .map((arrival, index) => ({ arrival, key: keys[index % keys.length] ?? 0 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ arrival }) => arrival)
  const copies = Map.groupBy(arrivals, contentOf)
  return shuffled.flatMap((arrival) => copies.get(contentOf(arrival))?.shift() ?? [])
}

describe('the plain model', () => {
  it('gives the same for every order of arrival (I2)', () => {
    fc.assert(
      fc.property(
        deviceHistory,
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 }),
        (history, keys) => {
          const arrivals = history.steps.filter(isArrival)
          const others = history.steps.filter((step) => !isArrival(step) && step.kind !== 'pin')
          const inOrder = run(history, [...arrivals, ...others])
          const rearranged = run(history, [...rearrange(arrivals, keys), ...others])
          expect(describeUsage(history, rearranged)).toEqual(describeUsage(history, inOrder))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives the same whether a decision came before or after the readings', () => {
    fc.assert(
      fc.property(deviceHistory, (history) => {
        const steps = history.steps.filter(({ kind }) => kind !== 'pin')
        const meanwhile = run(history, steps)
        const valid = steps.filter((_, index) => !meanwhile.refusedSteps.includes(index))
        const after = run(history, [
          ...valid.filter(isArrival),
          ...valid.filter(({ kind }) => kind === 'model_version'),
          ...valid.filter(({ kind }) => kind === 'decision'),
        ])
        expect(after.refusedSteps).toEqual([])
        expect(describeUsage(history, after)).toEqual(describeUsage(history, meanwhile))
      }),
      { numRuns: 300 },
    )
  })

  it('never lets a time or a total fall, and R(t) with them', () => {
    fc.assert(
      fc.property(deviceHistory, (history) => {
        const model = run(history, history.steps)
        const times = model.sequence.map(({ at }) => at)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        for (const { name } of history.registration.registers) {
          const points = model.listPoints(name)
          const instants = points
            .flatMap(({ at }) => [at - 1, at, at + 1, at + 60_000])
            .toSorted((a, b) => a - b)
          const values = instants.map((at) => model.findValueAt(name, at))
          for (const [index, value] of values.entries()) {
            expect(value).toBeGreaterThanOrEqual(values[index - 1] ?? 0n)
          }
          for (const { at, total } of points) {
            const last = points.findLast((point) => point.at === at)
            expect(model.findValueAt(name, at)).toBe(last?.total)
            expect(total).toBeLessThanOrEqual(last?.total ?? 0n)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the times and the accepted elements of a pin against any later readings and model versions', () => {
    fc.assert(
      fc.property(deviceHistory, fc.nat({ max: 20 }), (history, before) => {
        // A pin of all registers in the middle of the readings; what people decide was decided before it.
        const arrivals = history.steps.filter(isArrival)
        const decisions = history.steps.filter(({ kind }) => kind === 'decision')
        const versions = history.steps.filter(({ kind }) => kind === 'model_version')
        const names = history.registration.registers.map(({ name }) => name)
        const spans = names.map((register) => {
          return { register, from: history.registration.commissionedAt, to: history.until }
        })
        const pinned = [
          ...arrivals.slice(0, before),
          ...decisions,
          { kind: 'pin', pinId: 'all', spans } as const,
        ]
        const atOnce = run(history, pinned)
        const later = run(history, [...pinned, ...versions, ...arrivals.slice(before)])

        const covered = atOnce.pins.flatMap((pin) => pin.covered.map(({ content }) => content))
        const timesOf = ({ sequence }: PlainModel) =>
          sequence
            .filter(({ stored }) => covered.includes(stored.content))
            .map(({ stored, at, isPlaced }) => [stored.content, at, isPlaced])
        expect(timesOf(later)).toEqual(timesOf(atOnce))
        for (const name of names) {
          const shownIn = (model: PlainModel) =>
            model.listPoints(name).map(({ at, shown, content }) => [at, shown, content])
          // What lies after the pin is as open as it was.
          const inPin = shownIn(atOnce).filter(([at]) => Number(at) <= history.until)
          for (const point of inPin) expect(shownIn(later)).toContainEqual(point)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never moves usage by pinning it', () => {
    fc.assert(
      fc.property(deviceHistory, (history) => {
        const lengths = history.steps.flatMap(({ kind }, index) => (kind === 'pin' ? [index + 1] : []))
        for (const length of lengths) {
          const before = run(history, history.steps.slice(0, length - 1))
          const after = run(history, history.steps.slice(0, length))
          const quantities = (model: PlainModel) =>
            after.pins.map((pin) => model.listDifferences(pin).map(({ quantityNow }) => quantityNow))
          expect(quantities(after)).toEqual(quantities(before))
          const made = after.pins.at(-1)
          expect(made && after.listDifferences(made).map(({ difference }) => difference)).toEqual(
            made?.spans.map(() => 0n),
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds the heaviest path, the lexicographically smallest of several', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ weight: fc.constantFrom(1, 9), value: fc.nat({ max: 6 }) }), { maxLength: 9 }),
        (items) => {
          const mayFollow = (from: number, to: number) => {
            const step = (items[to]?.value ?? 0) - (items[from]?.value ?? 0)
            return step >= 0 && step <= 3
          }
          // Every subset, the heaviest path first and, of several, the lexicographically smallest.
          const paths = Array.from({ length: 2 ** items.length }, (_, bits) =>
            items.flatMap((_item, place) => ((bits >> place) & 1 ? [place] : [])),
          ).filter((path) =>
            path.every((place, index) => index === 0 || mayFollow(path[index - 1] ?? 0, place)),
          )
          const weigh = (path: readonly number[]) =>
            path.reduce((sum, place) => sum + (items[place]?.weight ?? 0), 0)
          const [best] = paths.toSorted((a, b) => weigh(b) - weigh(a) || (a.join('') < b.join('') ? -1 : 1))
          expect(
            findHeaviestPath(
              items.map(({ weight }) => weight),
              mayFollow,
            ),
          ).toEqual(best)
        },
      ),
    )
  })
})
