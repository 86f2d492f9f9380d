/**
 * Which register values count: a fold over a device's readings in (epoch, seq) order.
 *
 * The result depends only on the readings and their first received times, never on the order of arrival: a reading
 * that comes in sequence order takes one step of the fold, anything else makes the store fold that device again.
 * What is implausible is held, value by value where it can be, and does not stop what follows it:
 *  - a sequence number more than a million, or an epoch more than a thousand ahead holds the reading and leaves the
 *    sequence where it was;
 *  - a time that cannot be trusted, or falls, holds the reading's values;
 *  - a value that falls, or rises faster than `maxPerHour * (span + 2 * skew) + 1`, is held alone;
 *  - from an exchange of a register on, its values are held: what they advanced by cannot be known without it.
 *
 * Placing readings with wrong clocks by interpolation, the longest plausible chain, exchanges and rollovers widen this
 * fold later; until then such values are held, so nothing is billed wrongly and nothing is lost.
 */
import { formatInstant, HOUR_MS, InvariantError, type Reading } from '../../core/index.ts'
import type { HoldCode } from '../errors.ts'
import type { RegisterDefinition, RegisterPoint } from '../metering-types.ts'

const MAX_SEQUENCE_JUMP = 1_000_000
/** A machine that lost its counter a thousand times since its last reading needs a person all the same. */
const MAX_EPOCH_JUMP = 1_000

/** How far a device's clock may be off, in milliseconds. */
const CLOCK_SKEW_MS = 120_000

/** What the fold needs to know about the device. */
export type AcceptanceRules = {
  readonly registers: ReadonlyMap<string, RegisterDefinition>
  readonly commissionedAt: number
}

export type Identity = { readonly epoch: number; readonly seq: number }

export type StoredReading = Identity & {
  readonly id: number
  readonly receivedAt: number
  readonly reading: Reading
}

/** The fold's state: where the sequence and the time stand, and the last accepted point of each register. */
export type AcceptanceState = {
  readonly last: Identity | undefined
  readonly lastAt: number | undefined
  readonly points: ReadonlyMap<string, RegisterPoint>
  /** Registers that were replaced or reset; nobody has said yet what that means for their advance. */
  readonly exchanged: ReadonlySet<string>
}

export type HeldValue = {
  readonly register: string | undefined
  readonly code: HoldCode
  readonly detail: string
}

export type AcceptanceStep = {
  readonly next: AcceptanceState
  readonly accepted: readonly { readonly register: string; readonly point: RegisterPoint }[]
  readonly held: readonly HeldValue[]
}

export function compareIdentity(left: Identity, right: Identity): number {
  return left.epoch === right.epoch ? left.seq - right.seq : left.epoch - right.epoch
}

export function isSequenceJump(last: Identity | undefined, next: Identity): boolean {
  if (last === undefined) return false
  if (last.epoch === next.epoch) return next.seq - last.seq > MAX_SEQUENCE_JUMP
  return next.epoch - last.epoch > MAX_EPOCH_JUMP
}

/** When the registers were read: the synchronised device time, or the age before first receipt; else unknown. */
export function readingTime({ time }: Reading, receivedAt: number): number | undefined {
  if (time.kind === 'age') return receivedAt - time.ageS * 1_000
  return time.kind === 'device_time' && time.isSynced ? time.at : undefined
}

/** One step; `stored` must come after `state.last`. */
export function acceptReading(
  state: AcceptanceState,
  stored: StoredReading,
  rules: AcceptanceRules,
): AcceptanceStep {
  if (isSequenceJump(state.last, stored)) {
    const detail = `Epoch ${stored.epoch}, sequence number ${stored.seq} is too far ahead of the readings before it; a jump of more than ${MAX_EPOCH_JUMP} epochs or ${MAX_SEQUENCE_JUMP} sequence numbers needs a person's decision.`
    return { next: state, accepted: [], held: [{ register: undefined, code: 'sequence_jump', detail }] }
  }
  const last = { epoch: stored.epoch, seq: stored.seq }
  const { exchanges } = stored.reading
  const exchanged =
    exchanges.length === 0
      ? state.exchanged
      : new Set([...state.exchanged, ...exchanges.map(({ register }) => register)])
  const placed = placeReading(state, stored, rules)
  if ('code' in placed) {
    return { next: { ...state, last, exchanged }, accepted: [], held: [{ register: undefined, ...placed }] }
  }
  const accepted: { register: string; point: RegisterPoint }[] = []
  const held: HeldValue[] = []
  const points = new Map(state.points)
  const reading = { id: stored.id, epoch: stored.epoch, seq: stored.seq }
  for (const { register, value } of stored.reading.registers) {
    const point = { at: placed.at, value, reading }
    const objection = exchanged.has(register)
      ? {
          code: 'exchange_undecided' as const,
          detail: `${register} was replaced or reset; its values wait for a decision.`,
        }
      : findObjection(register, points.get(register), point, rules)
    if (objection === undefined) {
      points.set(register, point)
      accepted.push({ register, point })
    } else {
      held.push({ register, ...objection })
    }
  }
  return { next: { last, lastAt: placed.at, points, exchanged }, accepted, held }
}

type Objection = { readonly code: HoldCode; readonly detail: string }

function placeReading(
  state: AcceptanceState,
  { reading, receivedAt }: StoredReading,
  { commissionedAt }: AcceptanceRules,
): { readonly at: number } | Objection {
  const at = readingTime(reading, receivedAt)
  if (at === undefined) {
    return {
      code: 'time_missing',
      detail: 'The reading has neither a device time from a synchronised clock nor an age.',
    }
  }
  if (at < commissionedAt) {
    const detail = `Device time ${formatInstant(at)} is before the commissioning at ${formatInstant(commissionedAt)}.`
    return { code: 'time_before_commissioning', detail }
  }
  if (at > receivedAt + CLOCK_SKEW_MS) {
    const detail = `Device time ${formatInstant(at)} is after the time of receipt, ${formatInstant(receivedAt)}.`
    return { code: 'time_in_future', detail }
  }
  if (state.lastAt !== undefined && at < state.lastAt) {
    const detail = `Device time ${formatInstant(at)} is before ${formatInstant(state.lastAt)}, the time of an earlier reading.`
    return { code: 'time_fell', detail }
  }
  return { at }
}

function findObjection(
  register: string,
  before: RegisterPoint | undefined,
  point: RegisterPoint,
  { registers }: AcceptanceRules,
): Objection | undefined {
  if (before === undefined) return undefined
  const { unit, maxPerHour } = getDefinition(registers, register)
  const advance = point.value - before.value
  if (advance < 0n) {
    return { code: 'register_fell', detail: `${register} fell ${describeStep(before, point, unit)}.` }
  }
  const spanMs = BigInt(point.at - before.at + 2 * CLOCK_SKEW_MS)
  if ((advance - 1n) * BigInt(HOUR_MS) > maxPerHour * spanMs) {
    const detail = `${register} rose ${describeStep(before, point, unit)}; the model allows at most ${maxPerHour} ${unit} an hour.`
    return { code: 'advance_implausible', detail }
  }
  return undefined
}

function describeStep(before: RegisterPoint, after: RegisterPoint, unit: string): string {
  return `from ${before.value} ${unit} at ${formatInstant(before.at)} to ${after.value} ${unit} at ${formatInstant(after.at)}`
}

function getDefinition(
  registers: ReadonlyMap<string, RegisterDefinition>,
  register: string,
): RegisterDefinition {
  const definition = registers.get(register)
  if (definition === undefined)
    throw new InvariantError(`Register ${register} was not checked against the model.`)
  return definition
}
