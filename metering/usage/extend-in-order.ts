/**
 * The step that nearly every reading takes: it follows all the others in sequence and time, and every value follows the
 * register's last accepted one. Then the heaviest runs grow by it and nothing before changes, so no history is needed.
 * Exact, not a guess: a run that can be continued is longer than any that cannot, and it was the smallest of its length.
 */
import type { RegisterPoint } from '../metering-types.ts'
import { elementsOfReading, nextPoint } from './accepted-chain.ts'
import type { DeviceFacts } from './device-facts.ts'
import type { Slot } from './open-slots.ts'
import { candidateTime } from './reading-times.ts'
import { plausibleAdvance } from './register-edges.ts'
import type { StoredReading } from './stored-reading.ts'

/** Where a device stands after its last standing reading. */
export type Standing = {
  /** Undefined before the first reading. */
  readonly lastAt: number | undefined
  /** The last reading was placed: the next one may move it. */
  readonly isLastPlaced: boolean
  readonly openSlots: ReadonlyMap<string, Slot>
}

export type AcceptedPoint = { readonly register: string; readonly point: RegisterPoint }

export type InOrderStep = { readonly at: number; readonly accepted: readonly AcceptedPoint[] }

/** Undefined when the reading has to be judged together with those before it. */
export function extendInOrder(
  stored: StoredReading,
  { lastAt, isLastPlaced, openSlots }: Standing,
  facts: DeviceFacts,
): InOrderStep | undefined {
  const at = candidateTime(stored, facts)
  if (at === undefined || isLastPlaced || at < (lastAt ?? at) || at <= facts.decisions.enteredUntil) {
    return undefined
  }
  const timed = { stored, at, isPlaced: false }
  const beforeAt = lastAt ?? facts.commissionedAt
  const accepted: AcceptedPoint[] = []
  for (const register of registersOf(stored)) {
    let last = openSlots.get(register)?.last
    for (const element of elementsOfReading(register, timed, beforeAt, facts)) {
      const start = last && { at: last.at, leaves: last.shown ?? last.value }
      if (start !== undefined && plausibleAdvance(start, element) === undefined) return undefined
      last = nextPoint(last, element)
      accepted.push({ register, point: last })
    }
  }
  return { at, accepted }
}

function registersOf({ reading: { registers, exchanges } }: StoredReading): Iterable<string> {
  if (exchanges.length === 0) return registers.map(({ register }) => register)
  return new Set([...registers, ...exchanges].map(({ register }) => register))
}
