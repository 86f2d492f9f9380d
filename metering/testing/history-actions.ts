/**
 * What people do while the readings of a device arrive, for `device-histories.ts`: decisions that name something there or
 * not, entered exchanges and hand-over readings, withdrawals, model versions and pins.
 */
import { MINUTE_MS, REGISTER_LIMIT } from '../../core/index.ts'
import type { RegisterDefinition } from '../metering-types.ts'
import type { ActionRecipe, RegisterChange } from './history-recipes.ts'
import type { ModelDecision, ModelStep } from './plain-model-types.ts'

/** The JSON of a reading. */
export type SentDocument = {
  readonly v: 1
  readonly epoch: number
  readonly seq: number
  readonly at?: string
  readonly ageS?: number
  readonly clock?: 'synced' | 'unsynced'
  readonly registers: Readonly<Record<string, number | string>>
  readonly events?: readonly unknown[]
  readonly exchanges?: readonly unknown[]
}

export type SentArrival = Extract<ModelStep, { kind: 'arrival' }> & {
  readonly document: SentDocument
  /** In one array with the arrival before it, if that was received at the same instant. */
  readonly joinsMessage: boolean
  readonly endsBatch: boolean
}

export type HistoryStep = SentArrival | Exclude<ModelStep, { kind: 'arrival' }>

export type PersonalExchange = Extract<ModelDecision, { kind: 'exchange' }>

export type Told = {
  readonly arrivals: { readonly key: number; readonly arrival: SentArrival }[]
  /** Contents that a person would look at. */
  readonly troubled: SentArrival[]
  readonly personalExchanges: { readonly afterArrivals: number; readonly decision: PersonalExchange }[]
}

export const commissionedAt = Date.parse('2026-09-01T00:00:00Z')
/** A content that no arrival has. */
export const ABSENT_CONTENT = 999_999
/** A decision that nobody made. */
const ABSENT_DECISION = 999_999
const registerNames = ['run_s', 'energy_wh', 'air_l'] as const

export function nameOf(index: number): string {
  return registerNames[index] ?? registerNames[0]
}

/** The arrivals in their order with what people do between them. */
export function insertActions(
  arrivals: readonly SentArrival[],
  actions: readonly ActionRecipe[],
  told: Told,
  registers: readonly RegisterDefinition[],
  until: number,
): HistoryStep[] {
  const decisionIds: number[] = []
  const decide = (decision: ModelDecision): HistoryStep => {
    const decisionId = decisionIds.length + 1
    decisionIds.push(decisionId)
    return { kind: 'decision', decisionId, decision }
  }
  const withdraw = (back: number | undefined): HistoryStep => {
    const place = back === undefined ? undefined : back % Math.max(1, decisionIds.length)
    const decisionId = place === undefined ? undefined : decisionIds.at(-1 - place)
    return decide({ kind: 'withdraw', decisionId: decisionId ?? ABSENT_DECISION })
  }
  // In the order in which they happen, which numbers the decisions.
  const inserted = [
    ...told.personalExchanges.map(({ afterArrivals, decision }) => {
      return { afterArrivals, tell: () => decide(decision) }
    }),
    ...actions.map((action, index) => {
      const { afterArrivals } = action
      if (action.kind === 'withdraw') return { afterArrivals, tell: () => withdraw(action.back) }
      const done = tellAction(action, index, arrivals, told, registers, until)
      const isStep = done.kind === 'model_version' || done.kind === 'pin'
      return { afterArrivals, tell: () => (isStep ? done : decide(done)) }
    }),
  ]
    .map(({ afterArrivals, tell }) => ({ count: Math.min(afterArrivals, arrivals.length), tell }))
    .toSorted((a, b) => a.count - b.count)
    .map(({ count, tell }) => ({ count, step: tell() }))
  const at = (count: number) => inserted.filter((each) => each.count === count).map(({ step }) => step)
  return [...at(0), ...arrivals.flatMap((arrival, index) => [arrival, ...at(index + 1)])]
}

function tellAction(
  action: Exclude<ActionRecipe, { kind: 'withdraw' }>,
  index: number,
  arrivals: readonly SentArrival[],
  told: Told,
  registers: readonly RegisterDefinition[],
  until: number,
): ModelDecision | Exclude<HistoryStep, { kind: 'arrival' | 'decision' }> {
  const nameIn = (register: number) => nameOf(register % registers.length)
  const instantAt = (permille: number) =>
    commissionedAt + Math.floor(((until - commissionedAt) * permille) / 1_000)
  switch (action.kind) {
    case 'model_version':
      return {
        kind: 'model_version',
        registers: registers.map((register) => change(register, action.changed)),
      }
    case 'pin':
      return {
        kind: 'pin',
        pinId: `pin-${index}`,
        spans: action.spans.map(({ register, from, length }) => {
          return { register: nameIn(register), from: instantAt(from), to: instantAt(from + length) }
        }),
      }
    case 'hand_over':
    case 'exchange': {
      // A register shows at a time about what the reading before that time showed.
      const register = nameIn(action.register)
      const at = action.at < 0 ? commissionedAt + action.at : instantAt(action.at)
      const shown = arrivals
        .filter(({ document }) => document.at !== undefined && Date.parse(document.at) <= at)
        .flatMap(({ reading }) => reading.registers.filter((carried) => carried.register === register))
        .at(-1)
      const value = clampValue((shown?.value ?? 0n) + BigInt(action.added))
      return action.kind === 'hand_over'
        ? { kind: 'hand_over', register, value, at }
        : { kind: 'exchange', register, final: value, start: value / 2n, at }
    }
    case 'judge': {
      const choices = action.isAimed && told.troubled.length > 0 ? told.troubled : arrivals
      const target = choices[action.target % choices.length]
      const register = action.register === undefined ? undefined : nameIn(action.register)
      if (target === undefined) return { kind: 'release', epoch: 0, seq: 0 }
      return judgeTarget(action, target, register)
    }
  }
}

function judgeTarget(
  { verdict, names, added }: Extract<ActionRecipe, { kind: 'judge' }>,
  { content, reading }: SentArrival,
  register: string | undefined,
): ModelDecision {
  const identity = { epoch: reading.epoch, seq: reading.seq + (names === 'absent_reading' ? 777 : 0) }
  if (verdict === 'replace' && register !== undefined) {
    const shown = reading.registers.find((carried) => carried.register === register)
    return { kind: 'replace', ...identity, register, value: clampValue((shown?.value ?? 0n) + BigInt(added)) }
  }
  const readingId = names === 'own' ? content : names === 'absent_content' ? ABSENT_CONTENT : undefined
  return {
    kind: verdict === 'reject' ? 'reject' : 'release',
    ...identity,
    ...(register === undefined ? {} : { register }),
    ...(readingId === undefined ? {} : { readingId }),
  }
}

function clampValue(value: bigint): bigint {
  return value < 0n ? 0n : value >= REGISTER_LIMIT ? REGISTER_LIMIT - 1n : value
}

function change(definition: RegisterDefinition, changed: RegisterChange): RegisterDefinition {
  const { modulus, ...rest } = definition
  const maxPerHour = { same: rest.maxPerHour, half: rest.maxPerHour / 2n, double: rest.maxPerHour * 2n }
  const turned = rest.gapRule === 'end' ? 'spread' : 'end'
  return {
    ...rest,
    maxPerHour: maxPerHour[changed.maxPerHour],
    gapRule: changed.isGapRuleTurned ? turned : rest.gapRule,
    maxGapMs: changed.maxGapMinutes === undefined ? rest.maxGapMs : changed.maxGapMinutes * MINUTE_MS,
    ...(modulus === undefined || changed.dropsModulus ? {} : { modulus }),
  }
}
