/**
 * What may happen to a device, as small records that fast-check draws and shrinks one by one: everything unusual is an
 * alternative to something plain, which it shrinks to. `device-histories.ts` turns a recipe into a history.
 */
import fc from 'fast-check'

export type AdvanceRecipe =
  /** Percent of what the rate allows in the time that passed. */
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'absent' }
  /** As much as the skew allows between two readings, and one more where `isOver`. */
  | { readonly kind: 'edge'; readonly isOver: boolean }
  /** Shown once only; the register itself goes on from where it was. */
  | { readonly kind: 'spike' | 'fall'; readonly amount: number }
  | { readonly kind: 'reset'; readonly to: number; readonly report: ResetReport }

export type ResetReport = 'device' | 'device_wrong' | 'device_late' | 'device_elsewhen' | 'person' | 'nobody'

export type SequenceRecipe = {
  readonly kind: 'next' | 'hole' | 'million' | 'jump' | 'detour' | 'epoch' | 'epoch_jump'
  readonly size: number
}

export type ClockRecipe =
  | 'synced'
  | 'unsynced'
  | 'in_1970'
  | 'years_ahead'
  | 'back_2_s'
  | 'hours_behind'
  | 'to_the_skew'
  | 'beyond_the_skew'
  | 'none'
  | 'age'

export type EventRecipe = { readonly id: number; readonly quantity: number; readonly hasLabel: boolean }

/** Another content under the same identity. */
export type RivalRecipe = { readonly added: number; readonly receivedMs: number; readonly displaced: number }

export type CopyRecipe = {
  readonly spelling: 'same' | 'as_text' | 'older' | 'other_clock'
  readonly laterMs: number
  readonly displaced: number
}

export type ReadingRecipe = {
  readonly minutes: number
  /** One for each register. */
  readonly advances: readonly AdvanceRecipe[]
  readonly sequence: SequenceRecipe
  readonly clock: ClockRecipe
  /** Readings of the same window of six hours are received at its end, at one instant. */
  readonly isBuffered: boolean
  readonly delayMs: number
  readonly events: readonly EventRecipe[]
  readonly hasStrayRegister: boolean
  readonly rivals: readonly RivalRecipe[]
  readonly copies: readonly CopyRecipe[]
  /** By how many places it arrives later (or earlier) than it was received. */
  readonly displaced: number
  readonly joinsMessage: boolean
  readonly endsBatch: boolean
}

export type RegisterRecipe = {
  readonly maxPerHour: bigint
  readonly maxGapMinutes: number
  readonly gapRule: 'spread' | 'end'
  readonly modulus: bigint | undefined
  readonly startPercent: number
  readonly isHuge: boolean
  /** The commissioning value, less than the first true value by so much. */
  readonly baseBelow: number | undefined
}

export type ActionRecipe = { readonly afterArrivals: number } & (
  | {
      readonly kind: 'judge'
      readonly verdict: 'release' | 'reject' | 'replace'
      /** Among what looks troubled, or among all. */
      readonly isAimed: boolean
      readonly target: number
      readonly register: number | undefined
      readonly names: 'none' | 'own' | 'absent_content' | 'absent_reading'
      readonly added: number
    }
  | {
      readonly kind: 'hand_over' | 'exchange'
      readonly register: number
      /** Thousandths of the time that the history takes. */
      readonly at: number
      readonly added: number
    }
  | {
      readonly kind: 'withdraw'
      /** How many decisions before it back, round and round; undefined for one that nobody made. */
      readonly back: number | undefined
    }
  | { readonly kind: 'model_version'; readonly changed: RegisterChange }
  | {
      readonly kind: 'pin'
      readonly spans: readonly {
        readonly register: number
        readonly from: number
        readonly length: number
      }[]
    }
)

export type RegisterChange = {
  readonly maxPerHour: 'same' | 'half' | 'double'
  readonly isGapRuleTurned: boolean
  readonly maxGapMinutes: number | undefined
  readonly dropsModulus: boolean
}

/** Which kinds of trouble a history has at all: without this hardly any would have only one. */
export type TroubleRecipe = {
  readonly inOrder: boolean
  readonly inSequence: boolean
  readonly inClocks: boolean
  readonly inValues: boolean
  readonly inContents: boolean
  /** A machine that never knows the time. */
  readonly withoutClock: 'none' | 'age' | undefined
}

export type HistoryRecipe = {
  readonly trouble: TroubleRecipe
  readonly registers: readonly RegisterRecipe[]
  readonly readings: readonly ReadingRecipe[]
  readonly actions: readonly ActionRecipe[]
}

type Weighted<Item> = readonly [weight: number, arbitrary: fc.Arbitrary<Item>]

/** Draws one of several; shrinks to the first. */
function mostly<Item>(...choices: readonly Weighted<Item>[]): fc.Arbitrary<Item> {
  const weighted = choices.map(([weight, arbitrary]) => ({ weight, arbitrary }))
  return fc.oneof({ withCrossShrink: true }, ...weighted)
}

const rarely = (weight: number): fc.Arbitrary<boolean> =>
  mostly([weight, fc.constant(false)], [1, fc.constant(true)])

/** Far more than any other place: the backlog that comes after what was sent live. */
const AFTER_ALL = 10_000

const displaced = mostly<number>(
  [5, fc.constant(0)],
  [2, fc.integer({ min: -20, max: 20 })],
  [1, fc.constant(AFTER_ALL)],
)

const advance = mostly<AdvanceRecipe>(
  [12, fc.record({ kind: fc.constant('share'), percent: fc.integer({ min: 0, max: 100 }) })],
  [2, fc.record({ kind: fc.constant('absent') })],
  [1, fc.record({ kind: fc.constantFrom('spike', 'fall'), amount: fc.integer({ min: 1, max: 30_000 }) })],
  [1, fc.record({ kind: fc.constant('edge'), isOver: fc.boolean() })],
  [
    1,
    fc.record({
      kind: fc.constant('reset'),
      to: fc.integer({ min: 0, max: 200 }),
      report: fc.constantFrom<ResetReport[]>(
        'device',
        'device_late',
        'device_elsewhen',
        'device_wrong',
        'person',
        'nobody',
      ),
    }),
  ],
)

const sequence = mostly<SequenceRecipe>(
  [20, fc.record({ kind: fc.constant('next'), size: fc.constant(1) })],
  [3, fc.record({ kind: fc.constant('hole'), size: fc.integer({ min: 2, max: 40 }) })],
  [2, fc.record({ kind: fc.constant('epoch'), size: fc.integer({ min: 1, max: 3 }) })],
  [
    1,
    fc.record({
      kind: fc.constantFrom('detour', 'million', 'jump', 'epoch_jump'),
      size: fc.integer({ min: 1, max: 1_000_000_000 }),
    }),
  ],
)

const clock = mostly<ClockRecipe>(
  [12, fc.constant('synced')],
  [2, fc.constantFrom<ClockRecipe[]>('none', 'age')],
  [
    3,
    fc.constantFrom<ClockRecipe[]>(
      'unsynced',
      'in_1970',
      'years_ahead',
      'back_2_s',
      'hours_behind',
      'to_the_skew',
      'beyond_the_skew',
    ),
  ],
)

const event = fc.record<EventRecipe>({
  id: fc.integer({ min: 1, max: 4 }),
  quantity: mostly([4, fc.constant(1)], [1, fc.integer({ min: 2, max: 3 })]),
  hasLabel: rarely(4),
})

const rival = fc.record<RivalRecipe>({
  added: fc.integer({ min: 1, max: 50 }),
  receivedMs: mostly([1, fc.constant(0)], [2, fc.integer({ min: -3_600_000, max: 3_600_000 })]),
  displaced,
})

const copy = fc.record<CopyRecipe>({
  spelling: fc.constantFrom('same', 'as_text', 'older', 'other_clock'),
  laterMs: mostly([1, fc.constant(0)], [2, fc.integer({ min: 0, max: 7_200_000 })]),
  displaced: fc.integer({ min: 0, max: 10 }),
})

function seldom<Item>(weight: number, arbitrary: fc.Arbitrary<Item>, maxLength: number) {
  return mostly<readonly Item[]>([weight, fc.constant([])], [1, fc.array(arbitrary, { maxLength })])
}

const reading = fc.record<ReadingRecipe>({
  minutes: mostly(
    [8, fc.integer({ min: 0, max: 90 })],
    [1, fc.constant(0)],
    [2, fc.integer({ min: 90, max: 4_000 })],
  ),
  advances: fc.tuple(advance, advance, advance),
  sequence,
  clock,
  isBuffered: rarely(2),
  delayMs: mostly([2, fc.constant(0)], [2, fc.integer({ min: 0, max: 120_001 })]),
  events: seldom(3, event, 2),
  hasStrayRegister: rarely(60),
  rivals: seldom(8, rival, 2),
  copies: seldom(5, copy, 3),
  displaced,
  joinsMessage: fc.boolean(),
  endsBatch: rarely(3),
})

const register = fc.record<RegisterRecipe>({
  maxPerHour: fc.constantFrom(3_600n, 500n, 60n, 7n),
  maxGapMinutes: fc.constantFrom(120, 15, 45, 1_440),
  gapRule: fc.constantFrom('spread', 'end'),
  modulus: mostly<bigint | undefined>(
    [2, fc.constant(undefined)],
    [2, fc.constantFrom(1_000n, 10_000n, 100_000n)],
  ),
  startPercent: mostly([1, fc.integer({ min: 0, max: 99 })], [1, fc.integer({ min: 88, max: 99 })]),
  isHuge: rarely(10),
  baseBelow: mostly<number | undefined>(
    [3, fc.constant(undefined)],
    [1, fc.integer({ min: 0, max: 300 })],
    [1, fc.integer({ min: -100, max: -1 })],
  ),
})

const afterArrivals = fc.integer({ min: 0, max: 30 })
const registerIndex = fc.integer({ min: 0, max: 2 })
const permille = fc.integer({ min: 0, max: 1_050 })

const action = mostly<ActionRecipe>(
  [
    6,
    fc.record({
      kind: fc.constant('judge'),
      afterArrivals,
      verdict: fc.constantFrom('release', 'reject', 'replace'),
      isAimed: fc.boolean(),
      target: fc.integer({ min: 0, max: 30 }),
      register: mostly<number | undefined>([1, fc.constant(undefined)], [2, registerIndex]),
      names: mostly<'none' | 'own' | 'absent_content' | 'absent_reading'>(
        [6, fc.constant('none')],
        [4, fc.constant('own')],
        [1, fc.constantFrom('absent_content', 'absent_reading')],
      ),
      added: fc.integer({ min: -40, max: 400 }),
    }),
  ],
  [
    2,
    fc.record({
      kind: fc.constantFrom('hand_over', 'exchange'),
      afterArrivals,
      register: registerIndex,
      at: mostly([20, permille], [1, fc.integer({ min: -60, max: -1 })]),
      added: mostly([2, fc.constant(0)], [1, fc.integer({ min: -100, max: 100 })]),
    }),
  ],
  [
    3,
    fc.record({
      kind: fc.constant('withdraw'),
      afterArrivals,
      back: mostly<number | undefined>([12, fc.integer({ min: 0, max: 5 })], [1, fc.constant(undefined)]),
    }),
  ],
  [
    3,
    fc.record({
      kind: fc.constant('pin'),
      afterArrivals,
      spans: fc.array(fc.record({ register: registerIndex, from: permille, length: permille }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  ],
  [
    1,
    fc.record({
      kind: fc.constant('model_version'),
      afterArrivals,
      changed: fc.record<RegisterChange>({
        maxPerHour: fc.constantFrom('same', 'half', 'double'),
        isGapRuleTurned: fc.boolean(),
        maxGapMinutes: mostly<number | undefined>([1, fc.constant(undefined)], [1, fc.constantFrom(30, 240)]),
        dropsModulus: rarely(2),
      }),
    }),
  ],
)

export const historyRecipe: fc.Arbitrary<HistoryRecipe> = fc.record({
  trouble: fc.record<TroubleRecipe>({
    inOrder: fc.boolean(),
    inSequence: fc.boolean(),
    inClocks: fc.boolean(),
    inValues: fc.boolean(),
    inContents: fc.boolean(),
    withoutClock: mostly<'none' | 'age' | undefined>(
      [8, fc.constant(undefined)],
      [1, fc.constantFrom('none', 'age')],
    ),
  }),
  registers: fc.array(register, { minLength: 1, maxLength: 3 }),
  readings: mostly(
    [7, fc.array(reading, { minLength: 1, maxLength: 16 })],
    [1, fc.array(reading, { minLength: 1, maxLength: 48 })],
  ),
  actions: fc.array(action, { maxLength: 6 }),
})
