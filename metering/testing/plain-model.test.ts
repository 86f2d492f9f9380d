/** The plain model against tables computed by hand. Instants are hours after commissioning: `hour(2.5)`. */
import { describe, expect, it } from 'vitest'
import type { Reading } from '../../core/index.ts'
import type { RegisterDefinition } from '../metering-types.ts'
import type { ModelDecision, ModelRegistration, ModelSpan, ModelStep } from './plain-model-types.ts'
import { runPlainModel, type PlainModel } from './plain-model.ts'

const HOUR = 3_600_000
const commissionedAt = Date.parse('2026-09-01T00:00:00Z')
const hour = (hours: number) => commissionedAt + hours * HOUR

const runS: RegisterDefinition = {
  name: 'run_s',
  unit: 's',
  maxPerHour: 3_600n,
  maxGapMs: 2 * HOUR,
  gapRule: 'end',
}
const energyWh: RegisterDefinition = {
  name: 'energy_wh',
  unit: 'Wh',
  maxPerHour: 2_000n,
  maxGapMs: 2 * HOUR,
  gapRule: 'spread',
}
const waterL: RegisterDefinition = {
  name: 'water_l',
  unit: 'l',
  maxPerHour: 500n,
  maxGapMs: 2 * HOUR,
  gapRule: 'spread',
  modulus: 100_000n,
}
const drill: ModelRegistration = { commissionedAt, baseValues: {}, registers: [runS, energyWh, waterL] }

type Told = {
  readonly seq: number
  readonly epoch?: number
  /** Hours after commissioning; absent for a reading without device time. */
  readonly at?: number
  readonly ageS?: number
  readonly isUnsynced?: boolean
  /** Hours after commissioning; one minute after `at` if absent. */
  readonly received?: number
  readonly run?: number
  readonly energy?: number
  readonly water?: number
  readonly exchanges?: readonly (readonly [register: string, final: number, start: number, at: number])[]
  readonly events?: readonly (readonly [id: string, quantity: number])[]
  /** The number of this content; its seq if absent. */
  readonly content?: number
}

function arrive(told: Told): ModelStep {
  const {
    seq,
    epoch = 1,
    at,
    ageS,
    isUnsynced = false,
    run,
    energy,
    water,
    exchanges = [],
    events = [],
  } = told
  const time: Reading['time'] =
    at !== undefined
      ? { kind: 'device_time', at: Math.round(hour(at)), isSynced: !isUnsynced }
      : ageS !== undefined
        ? { kind: 'age', ageS }
        : { kind: 'none' }
  const shown = [
    ['run_s', run],
    ['energy_wh', energy],
    ['water_l', water],
  ] as const
  return {
    kind: 'arrival',
    content: told.content ?? seq,
    receivedAt: Math.round(hour(told.received ?? (at ?? 0) + 1 / 60)),
    reading: {
      epoch,
      seq,
      time,
      registers: shown.flatMap(([register, value]) =>
        value === undefined ? [] : [{ register, value: BigInt(value) }],
      ),
      events: events.map(([id, quantity]) => {
        return { id, type: 'job', from: hour(0), to: hour(1), quantity: BigInt(quantity), labels: {} }
      }),
      exchanges: exchanges.map(([register, final, start, exchangedAt]) => {
        return { register, final: BigInt(final), start: BigInt(start), at: hour(exchangedAt) }
      }),
    },
  }
}

const decide = (decision: ModelDecision, decisionId = 0): ModelStep => {
  return { kind: 'decision', decisionId, decision }
}
const pin = (pinId: string, ...spans: readonly ModelSpan[]): ModelStep => ({ kind: 'pin', pinId, spans })
const runSpan = (from: number, to: number): ModelSpan => {
  return { register: 'run_s', from: hour(from), to: hour(to) }
}

/** "2 1.5 placed": seq, hours after commissioning, and whether the time was placed. */
function timesOf(model: PlainModel): string[] {
  return model.sequence.map(({ stored, at, isPlaced }) => {
    return `${stored.reading.seq} ${(at - commissionedAt) / HOUR}${isPlaced ? ' placed' : ''}`
  })
}

/** "1.5 900": hours after commissioning and the total there. */
function pointsOf(model: PlainModel, register = 'run_s'): string[] {
  return model.listPoints(register).map(({ at, total }) => `${(at - commissionedAt) / HOUR} ${total}`)
}

/** "2 run_s register_fell" */
function holdsOf(model: PlainModel): string[] {
  return model.openHolds.map(({ content, register, code }) => `${content} ${register ?? 'whole'} ${code}`)
}

function judge(...told: readonly Told[]): PlainModel {
  return runPlainModel(drill, told.map(arrive))
}

describe('the time of a reading in the plain model', () => {
  const in1970 = -Date.parse('2026-09-01T00:00:00Z') / HOUR
  it.each<[string, readonly Told[], readonly string[]]>([
    [
      'is its own when the clock is right',
      [
        { seq: 1, at: 1 },
        { seq: 2, at: 2 },
      ],
      ['1 1', '2 2'],
    ],
    [
      'is half-way between its neighbours when the clock says 1970',
      [
        { seq: 1, at: 1 },
        { seq: 2, at: in1970, received: 2.5 },
        { seq: 3, at: 3 },
      ],
      ['1 1', '2 2 placed', '3 3'],
    ],
    [
      'is placed when the clock is years ahead',
      [
        { seq: 1, at: 1 },
        { seq: 2, at: 40_000, received: 2.5 },
        { seq: 3, at: 3 },
      ],
      ['1 1', '2 2 placed', '3 3'],
    ],
    [
      'is placed when the clock steps back by two seconds, and not later than its receipt',
      [
        { seq: 1, at: 1, received: 1 },
        { seq: 2, at: 1 - 2 / 3_600, received: 1.25 },
        { seq: 3, at: 3 },
      ],
      ['1 1', '2 1.25 placed', '3 3'],
    ],
    [
      'is placed when the clock is not synchronised',
      [
        { seq: 1, at: 1 },
        { seq: 2, at: 1.25, isUnsynced: true, received: 2.5 },
        { seq: 3, at: 3 },
      ],
      ['1 1', '2 2 placed', '3 3'],
    ],
    [
      'is placed for the one reading that is wrong, not for those after it',
      [
        { seq: 1, at: 1 },
        { seq: 2, at: 9, received: 10 },
        { seq: 3, at: 3, received: 10 },
        { seq: 4, at: 4, received: 10 },
      ],
      ['1 1', '2 2 placed', '3 3', '4 4'],
    ],
    [
      'is placed for those hours behind when more say otherwise',
      [
        { seq: 1, at: 6 },
        { seq: 2, at: 2, received: 7.5 },
        { seq: 3, at: 8 },
        { seq: 4, at: 9 },
      ],
      ['1 6', '2 7 placed', '3 8', '4 9'],
    ],
    ['is its own up to two minutes after receipt', [{ seq: 1, at: 5, received: 5 - 1 / 30 }], ['1 5']],
    [
      'is placed one millisecond further ahead',
      [{ seq: 1, at: 5 + 1 / HOUR, received: 5 - 1 / 30 }],
      [`1 ${(5 * HOUR - 120_000) / HOUR} placed`],
    ],
    ['is its own at the moment of commissioning', [{ seq: 1, at: 0, received: 6 }], ['1 0']],
    ['is placed before it', [{ seq: 1, at: -1 / HOUR, received: 6 }], ['1 6 placed']],
    ['follows from its age', [{ seq: 1, ageS: 7_200, received: 5 }], ['1 3']],
    [
      'does not follow from an age beyond commissioning',
      [{ seq: 1, ageS: 18_001, received: 5 }],
      ['1 5 placed'],
    ],
    [
      'is counted from commissioning before the first anchor',
      [
        { seq: 5, received: 8 },
        { seq: 8, at: 8 },
      ],
      ['5 2 placed', '8 8'],
    ],
    [
      'counts the holes of the sequence',
      [
        { seq: 1, at: 1 },
        { seq: 2, received: 9 },
        { seq: 5, at: 5 },
      ],
      ['1 1', '2 2 placed', '5 5'],
    ],
    [
      'counts one place across epochs',
      [
        { seq: 7, at: 1 },
        { seq: 900, epoch: 2, received: 9 },
        { seq: 901, epoch: 2, at: 5 },
      ],
      ['7 1', '900 3 placed', '901 5'],
    ],
    [
      'is its receipt at the end of the sequence, and no later than its receipt before that',
      [
        { seq: 1, at: 1 },
        { seq: 2, received: 2.5 },
        { seq: 3, received: 5 },
      ],
      ['1 1', '2 2.5 placed', '3 5 placed'],
    ],
    [
      'is capped by the receipt of a later one that is placed too',
      [
        { seq: 1, at: 1 },
        { seq: 2, received: 9 },
        { seq: 3, received: 1.5 },
        { seq: 4, at: 4 },
      ],
      ['1 1', '2 1.5 placed', '3 1.5 placed', '4 4'],
    ],
    [
      'is never before the anchor before it',
      [
        { seq: 1, at: 3, received: 3 },
        { seq: 2, received: 2 },
        { seq: 3, received: 1 },
      ],
      ['1 3', '2 3 placed', '3 3 placed'],
    ],
    [
      'is spread over a whole untimed backlog',
      [
        { seq: 1, received: 8 },
        { seq: 2, received: 8 },
        { seq: 3, received: 8 },
        { seq: 4, received: 8 },
      ],
      ['1 2 placed', '2 4 placed', '3 6 placed', '4 8 placed'],
    ],
  ])('%s', (_title, told, times) => {
    expect(timesOf(judge(...told))).toEqual(times)
    expect(timesOf(judge(...told.toReversed()))).toEqual(times)
  })
})

describe('the accepted chain in the plain model', () => {
  it.each<[string, readonly Told[], string, readonly string[], readonly string[]]>([
    [
      'leaves out a spike and goes on behind it',
      [
        { seq: 1, at: 1, run: 0 },
        { seq: 2, at: 2, run: 1_800 },
        { seq: 3, at: 3, run: 900_000 },
        { seq: 4, at: 4, run: 3_600 },
      ],
      'run_s',
      ['1 0', '2 1800', '4 3600'],
      ['3 run_s advance_implausible'],
    ],
    [
      'leaves out a fall',
      [
        { seq: 1, at: 1, run: 5_000 },
        { seq: 2, at: 2, run: 5_600 },
        { seq: 3, at: 3, run: 4_000 },
        { seq: 4, at: 4, run: 6_000 },
      ],
      'run_s',
      ['1 5000', '2 5600', '4 6000'],
      ['3 run_s register_fell'],
    ],
    [
      'leaves out a first value that the others contradict',
      [
        { seq: 1, at: 1, run: 9_000 },
        { seq: 2, at: 2, run: 100 },
        { seq: 3, at: 3, run: 200 },
      ],
      'run_s',
      ['2 100', '3 200'],
      ['1 run_s value_contradicted'],
    ],
    [
      'leaves out a value that fits what was before but not what came after',
      [
        { seq: 1, at: 1, run: 100 },
        { seq: 2, at: 2, run: 3_000 },
        { seq: 3, at: 3, run: 200 },
        { seq: 4, at: 4, run: 300 },
      ],
      'run_s',
      ['1 100', '3 200', '4 300'],
      ['2 run_s value_contradicted'],
    ],
    [
      'keeps the earlier of two that are as good',
      [
        { seq: 1, at: 1, run: 100 },
        { seq: 2, at: 2, run: 3_000 },
        { seq: 3, at: 3, run: 200 },
      ],
      'run_s',
      ['1 100', '2 3000'],
      ['3 run_s register_fell'],
    ],
    [
      // 3,600 an hour for 1 h + 4 min is 3,840, and one more.
      'takes what the rate allows to the unit',
      [
        { seq: 1, at: 1, run: 0 },
        { seq: 2, at: 2, run: 3_841 },
      ],
      'run_s',
      ['1 0', '2 3841'],
      [],
    ],
    [
      'does not take one unit more',
      [
        { seq: 1, at: 1, run: 0 },
        { seq: 2, at: 2, run: 3_842 },
      ],
      'run_s',
      ['1 0'],
      ['2 run_s advance_implausible'],
    ],
    [
      'lets a glitch of one register not stop another',
      [
        { seq: 1, at: 1, run: 0, energy: 0 },
        { seq: 2, at: 2, run: 600, energy: 99_999 },
        { seq: 3, at: 3, run: 900 },
        { seq: 4, at: 4, energy: 700 },
      ],
      'run_s',
      ['1 0', '2 600', '3 900'],
      ['2 energy_wh advance_implausible'],
    ],
    [
      'goes on through an exchange that the device reports',
      [
        { seq: 1, at: 1, run: 50_000, energy: 100 },
        { seq: 2, at: 3, run: 600, energy: 300, exchanges: [['run_s', 50_900, 0, 2.25]] },
      ],
      'run_s',
      ['1 50000', '2.25 50900', '3 51500'],
      [],
    ],
    [
      'moves the time of an exchange to between its reading and the one before',
      [
        { seq: 1, at: 1, run: 500 },
        { seq: 2, at: 3, run: 20, exchanges: [['run_s', 700, 0, 9]] },
        { seq: 3, at: 4, run: 10, exchanges: [['run_s', 25, 5, 2]] },
      ],
      'run_s',
      ['1 500', '3 700', '3 720', '3 725', '4 730'],
      [],
    ],
    [
      'takes the exchanges of one reading by their time, not as they are listed',
      [
        { seq: 1, at: 1, run: 500 },
        {
          seq: 2,
          at: 3,
          run: 3,
          exchanges: [
            ['run_s', 50, 0, 2.5],
            ['run_s', 600, 10, 2],
          ],
        },
      ],
      'run_s',
      ['1 500', '2 600', '2.5 640', '3 643'],
      [],
    ],
    [
      'holds an exchange that does not fit, and the values behind it',
      [
        { seq: 1, at: 1, run: 50_000 },
        { seq: 2, at: 2, run: 50_100 },
        { seq: 3, at: 3, run: 40, exchanges: [['run_s', 40_000, 0, 2.5]] },
      ],
      'run_s',
      ['1 50000', '2 50100'],
      ['3 run_s exchange_implausible', '3 run_s register_fell'],
    ],
    [
      'goes on through a rollover',
      [
        { seq: 1, at: 1, water: 95_000 },
        { seq: 2, at: 20, water: 2_000 },
      ],
      'water_l',
      ['1 95000', '20 102000'],
      [],
    ],
    [
      // 7,000 in an hour; 500 an hour allows 534.
      'holds a rollover that would be too fast',
      [
        { seq: 1, at: 1, water: 95_000 },
        { seq: 2, at: 2, water: 2_000 },
      ],
      'water_l',
      ['1 95000'],
      ['2 water_l advance_implausible'],
    ],
    [
      'takes 40,000 → 39,990 after two days with modulus 100,000 for a fall',
      [
        { seq: 1, at: 1, water: 40_000 },
        { seq: 2, at: 49, water: 39_990 },
      ],
      'water_l',
      ['1 40000'],
      ['2 water_l register_fell'],
    ],
    [
      'rolls over from nine tenths of the modulus',
      [
        { seq: 1, at: 0, water: 90_000 },
        { seq: 2, at: 20, water: 1 },
      ],
      'water_l',
      ['0 90000', '20 100001'],
      [],
    ],
    [
      'does not roll over from just below that',
      [
        { seq: 1, at: 0, water: 89_999 },
        { seq: 2, at: 20, water: 1 },
      ],
      'water_l',
      ['0 89999'],
      ['2 water_l register_fell'],
    ],
    [
      'does not care that the epoch changed',
      [
        { seq: 900, at: 1, run: 100 },
        { seq: 1, epoch: 2, at: 2, run: 400 },
      ],
      'run_s',
      ['1 100', '2 400'],
      [],
    ],
  ])('%s', (_title, told, register, points, holds) => {
    for (const model of [judge(...told), judge(...told.toReversed())]) {
      expect(pointsOf(model, register)).toEqual(points)
      expect(holdsOf(model)).toEqual(holds)
    }
  })

  it('begins with the commissioning value', () => {
    const told = [arrive({ seq: 1, at: 1, run: 1_600 })]
    const model = runPlainModel({ ...drill, baseValues: { run_s: 1_000n } }, told)
    expect(pointsOf(model)).toEqual(['0 1000', '1 1600'])
  })

  it('believes the commissioning value before any number of readings', () => {
    const told = [arrive({ seq: 1, at: 1, run: 100 }), arrive({ seq: 2, at: 2, run: 200 })]
    const model = runPlainModel({ ...drill, baseValues: { run_s: 5_000n } }, told)
    expect(pointsOf(model)).toEqual(['0 5000'])
    expect(holdsOf(model)).toEqual(['1 run_s register_fell', '2 run_s register_fell'])
    expect(model.counts).toEqual({ received: 2, accepted: 0, held: 2, duplicate: 0, rejected: 0 })
  })

  it('passes over the values of a register that a later version lacks', () => {
    const model = runPlainModel(drill, [
      arrive({ seq: 1, at: 1, run: 100, energy: 5 }),
      { kind: 'model_version', registers: [energyWh] },
    ])
    expect(pointsOf(model)).toEqual([])
    expect(pointsOf(model, 'energy_wh')).toEqual(['1 5'])
    expect(model.counts.accepted).toBe(1)
  })

  it('refuses at the door what names a register that the model lacks', () => {
    const step = arrive({ seq: 1, at: 1, run: 100 })
    const model = runPlainModel({ ...drill, registers: [energyWh] }, [step])
    expect(model.counts).toEqual({ received: 1, accepted: 0, held: 0, duplicate: 0, rejected: 1 })
    expect(model.listPoints('run_s')).toEqual([])
    expect(model.findValueAt('run_s', hour(2))).toBe(0n)
  })
})

describe('which readings stand in the plain model', () => {
  const early: Told = { seq: 1, at: 1, received: 2, run: 1, content: 10 }
  const late: Told = { seq: 1, at: 1, received: 3, run: 2, content: 11 }

  it('is the earlier received of two contents, whichever came first', () => {
    for (const told of [
      [early, late],
      [late, early],
    ]) {
      const model = judge(...told)
      expect(pointsOf(model)).toEqual(['1 1'])
      expect(holdsOf(model)).toEqual(['11 whole content_conflict'])
    }
  })

  it('is the one of the lower digest when both were received at once', () => {
    // sha256sum of [1788224400000,[["run_s","2"]],[],[]] begins with 4a3a, with "3" in place of "2" with 451b.
    const told: readonly Told[] = [late, { ...late, run: 3, content: 12 }]
    for (const model of [judge(...told), judge(...told.toReversed())]) {
      expect(pointsOf(model)).toEqual(['1 3'])
      expect(holdsOf(model)).toEqual(['11 whole content_conflict'])
    }
  })

  it.each<[string, readonly ModelDecision[], readonly string[], readonly string[]]>([
    ['the released one', [{ kind: 'release', epoch: 1, seq: 1, readingId: 11 }], ['1 2'], ['10']],
    ['the lowest, when a release names none', [{ kind: 'release', epoch: 1, seq: 1 }], ['1 1'], []],
    [
      'the other one, when one is rejected',
      [{ kind: 'reject', epoch: 1, seq: 1, readingId: 10 }],
      ['1 2'],
      [],
    ],
    ['none, when the reading is rejected', [{ kind: 'reject', epoch: 1, seq: 1 }], [], []],
    [
      'the lowest, when the released one is rejected later',
      [
        { kind: 'release', epoch: 1, seq: 1, readingId: 11 },
        { kind: 'reject', epoch: 1, seq: 1, readingId: 11 },
      ],
      ['1 1'],
      [],
    ],
    [
      'the one released last',
      [
        { kind: 'release', epoch: 1, seq: 1, readingId: 11 },
        { kind: 'release', epoch: 1, seq: 1, readingId: 10 },
      ],
      ['1 1'],
      [],
    ],
    [
      'the lowest, when a release names a value only',
      [{ kind: 'release', epoch: 1, seq: 1, register: 'run_s', readingId: 11 }],
      ['1 1'],
      ['11'],
    ],
  ])('is %s', (_title, decisions, points, heldContents) => {
    const model = runPlainModel(drill, [...[early, late].map(arrive), ...decisions.map(decide)])
    expect(model.refusedSteps).toEqual([])
    expect(pointsOf(model)).toEqual(points)
    expect(holdsOf(model)).toEqual(heldContents.map((content) => `${content} whole content_conflict`))
  })

  it('counts the same content again as a duplicate that has no effect', () => {
    const model = judge(
      { seq: 1, ageS: 3_600, received: 5, run: 1 },
      { seq: 1, ageS: 7_200, received: 6, run: 1 },
      { seq: 1, ageS: 0, received: 4, run: 1 },
    )
    expect(model.counts).toEqual({ received: 3, accepted: 1, held: 0, duplicate: 2, rejected: 0 })
    expect(pointsOf(model)).toEqual(['4 1'])
  })

  it('holds a jump of more than a million whole, and passes over it', () => {
    const told: readonly Told[] = [
      { seq: 1, at: 1, run: 0 },
      { seq: 1_000_002, at: 2, run: 100, content: 2 },
      { seq: 5, at: 3, run: 200, content: 3 },
    ]
    expect(holdsOf(judge(...told.slice(0, 2)))).toEqual(['2 whole sequence_jump'])
    expect(pointsOf(judge(...told.slice(0, 2)))).toEqual(['1 0'])
    // Behind seq 5 it is no jump any more, but its value fell.
    expect(holdsOf(judge(...told))).toEqual(['2 run_s register_fell'])

    const exact = judge({ seq: 1, at: 1, run: 0 }, { seq: 1_000_001, at: 2, run: 100 })
    expect(holdsOf(exact)).toEqual([])
  })

  it('holds a jump of more than a thousand epochs until a person releases it', () => {
    const steps = [
      arrive({ seq: 1, at: 1, run: 0 }),
      arrive({ seq: 1, epoch: 1_002, at: 2, run: 100, content: 2 }),
      arrive({ seq: 2, epoch: 1_002, at: 3, run: 200, content: 3 }),
    ]
    expect(holdsOf(runPlainModel(drill, steps))).toEqual(['2 whole sequence_jump', '3 whole sequence_jump'])
    const released = [...steps, decide({ kind: 'release', epoch: 1_002, seq: 1 })]
    expect(holdsOf(runPlainModel(drill, released))).toEqual([])
    expect(pointsOf(runPlainModel(drill, released))).toEqual(['1 0', '2 100', '3 200'])
  })

  it('lets the first received of two events with one id stand, and holds the reading that brought the other', () => {
    const model = judge(
      { seq: 1, at: 1, received: 9, run: 0, events: [['job-1', 1]] },
      { seq: 2, at: 2, received: 8, run: 60, events: [['job-1', 2]] },
      { seq: 3, at: 3, received: 10, run: 120, events: [['job-1', 2]] },
    )
    expect(model.events).toEqual([
      { event: expect.objectContaining({ id: 'job-1', quantity: 2n }), content: 2 },
    ])
    expect(holdsOf(model)).toEqual(['1 whole event_conflict'])
    expect(pointsOf(model)).toEqual(['1 0', '2 60', '3 120'])
    expect(model.counts.held).toBe(1)
  })

  it('does not count the events of a reading that a person rejected', () => {
    const model = runPlainModel(drill, [
      arrive({ seq: 1, at: 1, events: [['job-1', 1]] }),
      arrive({ seq: 2, at: 2, events: [['job-1', 2]] }),
      decide({ kind: 'reject', epoch: 1, seq: 1 }),
    ])
    expect(model.events.map(({ event, content }) => [content, event.quantity])).toEqual([[2, 2n]])
    expect(holdsOf(model)).toEqual([])
  })
})

describe('R(t) in the plain model', () => {
  it.each<[string, string, number, bigint]>([
    ['is the first total before the first point', 'run_s', 0.5, 1_000n],
    ['is the total at a point', 'run_s', 1, 1_000n],
    ['rises evenly within a step', 'run_s', 1.5, 1_900n],
    ['is rounded down', 'run_s', 1 + 1 / 1_440, 1_001n],
    ['is the total at the next point', 'run_s', 2, 2_800n],
    // The step from 2 to 10 is a gap: 900 s more, so the last 15 minutes.
    ['stays through a gap that ends late', 'run_s', 9.75, 2_800n],
    ['rises at the end of that gap', 'run_s', 9.75 + 1 / 12, 3_100n],
    ['is rounded down there too', 'run_s', 10 - 449.5 / 3_600, 3_250n],
    ['is the last total for ever after', 'run_s', 1_000, 3_700n],
    // 1,000 Wh from 1 to 10.
    ['rises evenly through a gap that is spread', 'energy_wh', 4, 333n],
    ['is zero without any point', 'water_l', 4, 0n],
  ])('%s (%s at hour %d)', (_title, register, at, value) => {
    const model = judge(
      { seq: 1, at: 1, run: 1_000, energy: 0 },
      { seq: 2, at: 2, run: 2_800 },
      { seq: 3, at: 10, run: 3_700, energy: 1_000 },
    )
    expect(model.findValueAt(register, Math.round(hour(at)))).toBe(value)
  })

  it('begins to rise at seven on Monday for a drill off since Friday with 900 s more by 07:15', () => {
    const friday = (Date.parse('2026-11-20T18:00:00Z') - commissionedAt) / HOUR
    const monday = (Date.parse('2026-11-23T07:15:00Z') - commissionedAt) / HOUR
    const model = judge({ seq: 1, at: friday, run: 36_000 }, { seq: 2, at: monday, run: 36_900 })
    expect(model.findValueAt('run_s', Date.parse('2026-11-23T00:00:00Z'))).toBe(36_000n)
    expect(model.findValueAt('run_s', Date.parse('2026-11-23T07:00:00Z'))).toBe(36_000n)
    expect(model.findValueAt('run_s', Date.parse('2026-11-23T07:05:00Z'))).toBe(36_300n)
    expect(model.isEstimatedAt('run_s', Date.parse('2026-11-22T00:00:00Z'))).toBe(true)
  })

  it('jumps just after the start of a late gap that is faster than the rate', () => {
    // 3 h of gap allow 10,800 at the end, and 11,041 were taken: 241 rise at once.
    const model = judge({ seq: 1, at: 1, run: 0 }, { seq: 2, at: 4, run: 11_041 })
    expect(model.findValueAt('run_s', hour(1))).toBe(0n)
    expect(model.findValueAt('run_s', hour(1) + 1)).toBe(241n)
    expect(model.findValueAt('run_s', hour(1) + 1_000)).toBe(242n)
  })

  it('is estimated in a step longer than the largest gap or beside a placed time', () => {
    const model = judge(
      { seq: 1, at: 1, run: 0 },
      { seq: 2, at: 3, run: 60 },
      { seq: 3, received: 4.5, run: 120 },
      { seq: 4, at: 5, run: 180 },
      { seq: 5, at: 6, run: 240 },
      { seq: 6, at: 8.001, run: 300 },
    )
    const estimated = [0, 1, 2, 3, 4, 5, 6, 9].map((at) => model.isEstimatedAt('run_s', hour(at)))
    expect(estimated).toEqual([false, false, false, true, true, false, true, false])
  })

  it('spreads a step as long as the largest gap evenly', () => {
    const model = judge({ seq: 1, at: 1, run: 0 }, { seq: 2, at: 3, run: 60 })
    expect(model.findValueAt('run_s', hour(2))).toBe(30n)
  })
})

describe('decisions in the plain model', () => {
  const spike = [
    arrive({ seq: 1, at: 1, run: 0 }),
    arrive({ seq: 2, at: 2, run: 900_000 }),
    arrive({ seq: 3, at: 3, run: 3_600 }),
  ]
  const named = { epoch: 1, seq: 2, register: 'run_s' } as const

  it.each<[string, readonly ModelDecision[], readonly string[], readonly string[]]>([
    ['nothing decided', [], ['1 0', '3 3600'], ['2 run_s advance_implausible']],
    ['release', [{ kind: 'release', ...named }], ['1 0', '2 900000'], ['3 run_s register_fell']],
    ['reject', [{ kind: 'reject', ...named }], ['1 0', '3 3600'], []],
    ['reject of the whole reading', [{ kind: 'reject', epoch: 1, seq: 2 }], ['1 0', '3 3600'], []],
    [
      'release of the whole reading',
      [{ kind: 'release', epoch: 1, seq: 2 }],
      ['1 0', '3 3600'],
      ['2 run_s advance_implausible'],
    ],
    ['replace', [{ kind: 'replace', ...named, value: 900n }], ['1 0', '2 900', '3 3600'], []],
    [
      'a replacement is believed before other readings',
      [{ kind: 'replace', ...named, value: 5_000n }],
      ['1 0', '2 5000'],
      ['3 run_s register_fell'],
    ],
    [
      'the newest decision about a value counts',
      [
        { kind: 'reject', ...named },
        { kind: 'replace', ...named, value: 900n },
        { kind: 'replace', ...named, value: 1_200n },
      ],
      ['1 0', '2 1200', '3 3600'],
      [],
    ],
    [
      'two that contradict each other: the earlier one stands, and the held one stays closed',
      [
        { kind: 'release', ...named },
        { kind: 'release', ...named, seq: 3 },
      ],
      ['1 0', '2 900000'],
      [],
    ],
    [
      'hand-over reading',
      [{ kind: 'hand_over', register: 'run_s', value: 2_000n, at: hour(2.5) }],
      ['1 0', '2.5 2000', '3 3600'],
      ['2 run_s advance_implausible'],
    ],
    [
      'a withdrawn release: the value is held again',
      [
        { kind: 'release', ...named },
        { kind: 'withdraw', decisionId: 0 },
      ],
      ['1 0', '3 3600'],
      ['2 run_s advance_implausible'],
    ],
    [
      'a withdrawn reject: the hold is open again',
      [
        { kind: 'reject', ...named },
        { kind: 'withdraw', decisionId: 0 },
      ],
      ['1 0', '3 3600'],
      ['2 run_s advance_implausible'],
    ],
    [
      'a withdrawn replacement: the one before it counts',
      [
        { kind: 'replace', ...named, value: 900n },
        { kind: 'replace', ...named, value: 5_000n },
        { kind: 'withdraw', decisionId: 1 },
      ],
      ['1 0', '2 900', '3 3600'],
      [],
    ],
    [
      'a withdrawn hand-over reading, and the right one',
      [
        { kind: 'hand_over', register: 'run_s', value: 20_000n, at: hour(2.5) },
        { kind: 'withdraw', decisionId: 0 },
        { kind: 'hand_over', register: 'run_s', value: 2_000n, at: hour(2.5) },
      ],
      ['1 0', '2.5 2000', '3 3600'],
      ['2 run_s advance_implausible'],
    ],
    [
      'the same decided again after its withdrawal',
      [
        { kind: 'release', ...named },
        { kind: 'withdraw', decisionId: 0 },
        { kind: 'release', ...named },
      ],
      ['1 0', '2 900000'],
      ['3 run_s register_fell'],
    ],
  ])('%s', (_title, decisions, points, holds) => {
    const model = runPlainModel(drill, [...spike, ...decisions.map(decide)])
    expect(model.refusedSteps).toEqual([])
    expect(pointsOf(model)).toEqual(points)
    expect(holdsOf(model)).toEqual(holds)
  })

  it('gives the same as if it had been known before the other readings came', () => {
    const [first, second, third] = [spike.slice(0, 1), spike.slice(1, 2), spike.slice(2)]
    const release = decide({ kind: 'release', ...named })
    const model = runPlainModel(drill, [...second, release, ...third, ...first])
    expect(pointsOf(model)).toEqual(['1 0', '2 900000'])
    expect(holdsOf(model)).toEqual(['3 run_s register_fell'])
  })

  it('enters an exchange that the device did not report', () => {
    const steps = [arrive({ seq: 1, at: 1, run: 50_000 }), arrive({ seq: 2, at: 3, run: 200 })]
    expect(holdsOf(runPlainModel(drill, steps))).toEqual(['2 run_s register_fell'])
    const exchange = decide({ kind: 'exchange', register: 'run_s', final: 50_900n, start: 0n, at: hour(2) })
    const model = runPlainModel(drill, [...steps, exchange])
    expect(pointsOf(model)).toEqual(['1 50000', '2 50900', '3 51100'])
    expect(model.listPoints('run_s').map(({ shown }) => shown)).toEqual([50_000n, 0n, 200n])
    expect(holdsOf(model)).toEqual([])
  })

  it('puts what was entered behind everything read that is not later, and by time among itself', () => {
    const model = runPlainModel(drill, [
      arrive({ seq: 1, at: 1, run: 100 }),
      arrive({ seq: 2, at: 3, run: 4, exchanges: [['run_s', 300, 0, 2]] }),
      decide({ kind: 'hand_over', register: 'run_s', value: 3n, at: hour(2.5) }),
      decide({ kind: 'hand_over', register: 'run_s', value: 1n, at: hour(2.25) }),
      decide({ kind: 'hand_over', register: 'run_s', value: 0n, at: hour(2) }),
      decide({ kind: 'hand_over', register: 'run_s', value: 200n, at: hour(1.5) }),
      decide({ kind: 'hand_over', register: 'run_s', value: 9n, at: hour(3) }),
    ])
    expect(pointsOf(model)).toEqual([
      '1 100',
      '1.5 200',
      '2 300',
      '2 300',
      '2.25 301',
      '2.5 303',
      '3 304',
      '3 309',
    ])
  })

  it('rejects the exchange of a reading together with its value', () => {
    const model = runPlainModel(drill, [
      arrive({ seq: 1, at: 1, run: 500 }),
      arrive({ seq: 2, at: 2, run: 10, exchanges: [['run_s', 600, 0, 1.5]] }),
      arrive({ seq: 3, at: 3, run: 700 }),
      decide({ kind: 'reject', epoch: 1, seq: 2, register: 'run_s' }),
    ])
    expect(pointsOf(model)).toEqual(['1 500', '3 700'])
    expect(holdsOf(model)).toEqual([])
  })

  it.each<[string, ModelDecision]>([
    ['a reading that is not there', { kind: 'release', epoch: 1, seq: 9 }],
    ['a content that is not there', { kind: 'release', epoch: 1, seq: 2, readingId: 9 }],
    ["another reading's content", { kind: 'release', epoch: 1, seq: 2, readingId: 3 }],
    ['a register that the reading lacks', { kind: 'reject', epoch: 1, seq: 2, register: 'energy_wh' }],
    ['a value too large', { kind: 'replace', ...named, value: 2n ** 53n }],
    ['a register that the model lacks', { kind: 'hand_over', register: 'air_l', value: 1n, at: hour(2) }],
    ['a time before commissioning', { kind: 'hand_over', register: 'run_s', value: 1n, at: hour(0) - 1 }],
  ])('are refused when they name %s', (_title, decision) => {
    const model = runPlainModel(drill, [...spike, decide(decision)])
    expect(model.refusedSteps).toEqual([3])
    expect(holdsOf(model)).toEqual(['2 run_s advance_implausible'])
  })
})

describe('withdrawals in the plain model', () => {
  const release: ModelDecision = { kind: 'release', epoch: 1, seq: 2 }
  const withdrawal: ModelDecision = { kind: 'withdraw', decisionId: 1 }

  it.each<[string, readonly (readonly [number, ModelDecision])[], readonly number[]]>([
    ['a decision that nobody made', [[2, withdrawal]], [1]],
    [
      'one that is withdrawn already',
      [
        [1, release],
        [2, withdrawal],
        [3, withdrawal],
      ],
      [3],
    ],
    [
      'a withdrawal',
      [
        [1, release],
        [2, withdrawal],
        [3, { kind: 'withdraw', decisionId: 2 }],
      ],
      [3],
    ],
    [
      'a decision that was refused',
      [
        [1, { ...release, seq: 9 }],
        [2, withdrawal],
      ],
      [1, 2],
    ],
  ])('are refused when they name %s', (_title, decisions, refused) => {
    const steps = decisions.map(([decisionId, decision]) => decide(decision, decisionId))
    const model = runPlainModel(drill, [arrive({ seq: 2, at: 2, run: 100 }), ...steps])
    expect(model.refusedSteps).toEqual(refused)
  })
})

describe('pins in the plain model', () => {
  const three = [
    arrive({ seq: 1, at: 1, run: 0 }),
    arrive({ seq: 3, at: 3, run: 3_000 }),
    arrive({ seq: 4, at: 4, run: 3_600 }),
  ]
  const differencesOf = (model: PlainModel) =>
    model.pins.flatMap((made) => model.listDifferences(made).map(({ difference }) => difference))

  it('keeps what was used, and names what a late reading moved', () => {
    const model = runPlainModel(drill, [
      ...three,
      pin('a', runSpan(1, 3), runSpan(1, 2)),
      arrive({ seq: 2, at: 2, run: 2_000, received: 9 }),
    ])
    expect(
      model.pins[0]?.spans.map(({ startValue, endValue, quantity }) => [startValue, endValue, quantity]),
    ).toEqual([
      [0n, 3_000n, 3_000n],
      [0n, 1_500n, 1_500n],
    ])
    expect(model.pins[0]?.covered.map(({ content }) => content)).toEqual([1, 3, 4])
    expect(pointsOf(model)).toEqual(['1 0', '2 2000', '3 3000', '4 3600'])
    expect(differencesOf(model)).toEqual([0n, 500n])
  })

  it('keeps an accepted value against late readings that would outweigh it', () => {
    const late = [
      arrive({ seq: 2, at: 2, run: 3_200, received: 9 }),
      arrive({ seq: 5, at: 4.25, run: 3_700, received: 9 }),
    ]
    expect(pointsOf(runPlainModel(drill, [...three, ...late]))).toEqual([
      '1 0',
      '2 3200',
      '4 3600',
      '4.25 3700',
    ])
    const pinned = runPlainModel(drill, [...three, pin('a', runSpan(1, 3)), ...late])
    expect(pointsOf(pinned)).toEqual(['1 0', '3 3000', '4 3600', '4.25 3700'])
    expect(holdsOf(pinned)).toEqual(['2 run_s value_contradicted'])
    expect(differencesOf(pinned)).toEqual([0n])
  })

  it('names what moved when an exchange that it rests on is withdrawn', () => {
    const model = runPlainModel(drill, [
      arrive({ seq: 1, at: 1, run: 1_000 }),
      arrive({ seq: 2, at: 3, run: 4_000 }),
      decide({ kind: 'exchange', register: 'run_s', final: 1_500n, start: 3_500n, at: hour(2) }, 1),
      pin('a', runSpan(1, 3)),
      decide({ kind: 'withdraw', decisionId: 1 }),
    ])
    // 500 up to the exchange and 500 after it; without it 3,000 at once.
    expect(model.pins[0]?.spans.map(({ quantity }) => quantity)).toEqual([1_000n])
    expect(differencesOf(model)).toEqual([2_000n])
    expect(pointsOf(model)).toEqual(['1 1000', '3 4000'])
  })

  it('covers up to the first accepted point after its end', () => {
    const covered = (to: number) =>
      runPlainModel(drill, [...three, pin('a', runSpan(0, to))]).pins[0]?.covered.map(
        ({ content }) => content,
      )
    expect([0.5, 1, 2.999, 3, 4, 9].map(covered)).toEqual([
      [1],
      [1, 3],
      [1, 3],
      [1, 3, 4],
      [1, 3, 4],
      [1, 3, 4],
    ])
  })

  it('covers as far as every register needs that it pins', () => {
    const steps = [
      arrive({ seq: 1, at: 1, run: 0, energy: 0 }),
      arrive({ seq: 2, at: 2, run: 60 }),
      arrive({ seq: 3, at: 3, energy: 100 }),
      arrive({ seq: 4, at: 4, run: 120 }),
    ]
    const energySpan = { register: 'energy_wh', from: hour(1), to: hour(1.5) }
    const both = runPlainModel(drill, [...steps, pin('a', runSpan(1, 1.5), energySpan)])
    expect(both.pins[0]?.covered.map(({ content }) => content)).toEqual([1, 2, 3])
  })

  it('covers as far as an earlier pin of the device asks, of another register too', () => {
    const model = runPlainModel(drill, [
      ...three,
      pin('a', { register: 'energy_wh', from: hour(1), to: hour(3) }),
      pin('b', runSpan(0, 0.5)),
    ])
    expect(model.pins[1]?.covered.map(({ content }) => content)).toEqual([1, 3, 4])
  })

  it('does not move the usage of an earlier pin that ends later', () => {
    const milliseconds = (register: string, from: number, to: number): ModelSpan => {
      return { register, from: commissionedAt + from, to: commissionedAt + to }
    }
    const steps = [
      arrive({ seq: 1, received: 1.5, energy: 0 }),
      pin('a', milliseconds('energy_wh', 258_000, 8_183_760)),
      arrive({ seq: 2, received: 5_820 / 3_600, energy: 0 }),
      arrive({ seq: 3, received: 8_160 / 3_600, energy: 0 }),
      arrive({ seq: 4, received: 10_320 / 3_600, energy: 21 }),
    ]
    const before = runPlainModel(drill, steps)
    const after = runPlainModel(drill, [...steps, pin('b', milliseconds('energy_wh', 4_674_960, 5_407_680))])
    // Seq 3 is placed at its receipt, 8,160,000 ms: 21 x 23,760 / 2,160,000 is 0.2. With seq 2 alone fixed at its own receipt it
    // would come to 8,070,000, half way from there to seq 4, and 21 x 113,760 / 2,250,000 is 1.1.
    expect(differencesOf(before)).toEqual([0n])
    expect(differencesOf(after)).toEqual([0n, 0n])
  })

  it('keeps a placed time, still marked, when a later anchor would move it', () => {
    const steps = [arrive({ seq: 1, at: 1, run: 0 }), arrive({ seq: 2, received: 2.5, run: 60 })]
    const later = arrive({ seq: 3, at: 3, run: 120 })
    expect(timesOf(runPlainModel(drill, [...steps, later]))).toEqual(['1 1', '2 2 placed', '3 3'])
    const pinned = runPlainModel(drill, [...steps, pin('a', runSpan(1, 2)), later])
    expect(timesOf(pinned)).toEqual(['1 1', '2 2.5 placed', '3 3'])
    expect(pinned.isEstimatedAt('run_s', hour(2.75))).toBe(true)
  })

  it('lets a content that it covers stand against one received earlier', () => {
    const rival = arrive({ seq: 3, at: 3, run: 2_900, received: 2.999, content: 30 })
    expect(holdsOf(runPlainModel(drill, [...three, rival]))).toEqual(['3 whole content_conflict'])
    const pinned = runPlainModel(drill, [...three, pin('a', runSpan(1, 3)), rival])
    expect(holdsOf(pinned)).toEqual(['30 whole content_conflict'])
    const release = decide({ kind: 'release', epoch: 1, seq: 3, readingId: 30 })
    const released = runPlainModel(drill, [...three, pin('a', runSpan(1, 3)), rival, release])
    expect(holdsOf(released)).toEqual(['3 whole content_conflict'])
    expect(differencesOf(released)).toEqual([-100n])
  })

  it('judges what it covers by the model version of then, and the rest by that of now', () => {
    const slower: ModelStep = { kind: 'model_version', registers: [{ ...runS, maxPerHour: 100n }] }
    const next = arrive({ seq: 5, at: 5, run: 4_000 })
    expect(holdsOf(runPlainModel(drill, [...three, slower, next]))).toEqual([
      '3 run_s advance_implausible',
      '4 run_s advance_implausible',
      '5 run_s advance_implausible',
    ])
    const pinned = runPlainModel(drill, [...three, pin('a', runSpan(1, 3)), slower, next])
    expect(holdsOf(pinned)).toEqual(['5 run_s advance_implausible'])
    const again = runPlainModel(drill, [
      ...three,
      pin('a', runSpan(1, 3)),
      slower,
      pin('b', runSpan(1, 4)),
      next,
    ])
    expect(again.pins[1]?.covered.map(({ registers }) => registers[0]?.maxPerHour)).toEqual([
      3_600n,
      3_600n,
      3_600n,
    ])
    expect(differencesOf(again)).toEqual([0n, 0n])
  })

  it('does not cover what was held: that may be accepted or replaced later', () => {
    const steps = [...three, arrive({ seq: 5, at: 5, run: 1 }), pin('a', runSpan(1, 9))]
    const more = [6, 7, 8].map((seq) => arrive({ seq, at: seq, run: seq - 4 }))
    expect(pointsOf(runPlainModel(drill, [...steps, ...more]))).toEqual(['1 0', '3 3000', '4 3600'])
    const exchange = decide({ kind: 'exchange', register: 'run_s', final: 3_600n, start: 0n, at: hour(4.5) })
    const decided = runPlainModel(drill, [...steps, ...more, exchange])
    expect(pointsOf(decided).slice(3)).toEqual(['4.5 3600', '5 3601', '6 3602', '7 3603', '8 3604'])
    expect(differencesOf(decided)).toEqual([4n])
  })

  it('shows what a person takes out afterwards as a difference', () => {
    const model = runPlainModel(drill, [
      ...three,
      pin('a', runSpan(1, 4)),
      decide({ kind: 'replace', epoch: 1, seq: 4, register: 'run_s', value: 3_100n }),
    ])
    expect(differencesOf(model)).toEqual([-500n])
  })

  it('changes nothing when pinned again, and refuses what it cannot pin', () => {
    const model = runPlainModel(drill, [
      ...three,
      pin('a', runSpan(1, 3)),
      pin('a', runSpan(1, 4)),
      pin('b', { ...runSpan(1, 3), register: 'air_l' }),
      pin('c', runSpan(3, 1)),
    ])
    expect(model.pins.map(({ pinId, spans }) => [pinId, spans.map(({ quantity }) => quantity)])).toEqual([
      ['a', [3_000n]],
    ])
    expect(model.refusedSteps).toEqual([5, 6])
  })
})
