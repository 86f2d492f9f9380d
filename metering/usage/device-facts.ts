/**
 * What judging a device's readings rests on besides the readings: its commissioning, its model, what people decided, and what
 * issued documents pinned. Facts change rarely; each change makes the device be judged again.
 */
import type { Identity } from './identity.ts'
import type { Decision, RegisterDefinition, WithdrawableDecision } from '../metering-types.ts'

export type Definitions = ReadonlyMap<string, RegisterDefinition>

export type DeviceFacts = {
  readonly commissionedAt: number
  readonly baseValues: ReadonlyMap<string, bigint>
  /** Registers of the device's current model version. */
  readonly definitions: Definitions
  readonly decisions: Decisions
  /** Without any, nothing below says anything. */
  readonly hasPins: boolean
  /** The newest pin that covers the reading, if one does. */
  readonly pinOf: (reading: Identity & { readonly id: number }) => PinnedReading | undefined
  /** The definitions that an accepted point which a person entered was pinned with. */
  readonly pinnedEntry: (decisionId: number) => Definitions | undefined
  /** Whether the register's commissioning value was accepted when pinned. */
  readonly isBasePinned: (register: string) => boolean
}

/** What a pin keeps of one reading. */
export type PinnedReading = {
  /** Of the newest pin that covers the reading; above zero, and a later pin has a higher one. */
  readonly pinNo: number
  /** The time it was pinned at; undefined for its own time. */
  readonly placedAt: number | undefined
  /** The time of the reading before it, which bounds its exchanges for good; known where it has exchanges. */
  readonly beforeAt: number | undefined
  /** `ordinal` counts the reading's exchanges; undefined asks for its value. */
  readonly isAccepted: (register: string, ordinal?: number) => boolean
  readonly definitions: Definitions
}

/** An exchange or a hand-over reading that a person entered. */
export type EnteredPoint = {
  readonly decisionId: number
  readonly at: number
  readonly enters: bigint
  readonly leaves: bigint
}

type Named = { readonly id: number; readonly readingId: number | undefined }
type ValueDecision = Named &
  ({ readonly kind: 'release' | 'reject' } | { readonly kind: 'replace'; readonly value: bigint })

/**
 * Every decision about one device, oldest first, ready to be asked; of several about one thing the newest counts. One that
 * was withdrawn is not here, as if it had not been made.
 */
export class Decisions {
  readonly #named = new Map<string, ValueDecision[]>()
  readonly #entered = new Map<string, EnteredPoint[]>()
  /** The latest instant that a person entered a point for. */
  readonly enteredUntil: number

  constructor(decisions: readonly { readonly id: number; readonly decision: Decision }[] = []) {
    let enteredUntil = -Infinity
    for (const { id, decision } of leaveOutWithdrawn(decisions)) {
      if (decision.kind === 'exchange' || decision.kind === 'hand_over') {
        const isExchange = decision.kind === 'exchange'
        const point = {
          decisionId: id,
          at: decision.at,
          enters: isExchange ? decision.final : decision.value,
          leaves: isExchange ? decision.start : decision.value,
        }
        this.#entered.set(decision.register, [...this.entered(decision.register), point])
        enteredUntil = Math.max(enteredUntil, decision.at)
      } else {
        const key = keyOf(decision, decision.register)
        const readingId = decision.kind === 'replace' ? undefined : decision.readingId
        const named: ValueDecision =
          decision.kind === 'replace'
            ? { id, readingId, kind: 'replace', value: decision.value }
            : { id, readingId, kind: decision.kind }
        this.#named.set(key, [...(this.#named.get(key) ?? []), named])
      }
    }
    for (const points of this.#entered.values()) {
      points.sort((left, right) => left.at - right.at || left.decisionId - right.decisionId)
    }
    this.enteredUntil = enteredUntil
  }

  /**
   * The newest decision about one register of a stored reading, or about the whole reading. A hold that such a decision
   * is about is closed.
   */
  about(stored: Identity & { readonly id: number }, register?: string): ValueDecision | undefined {
    if (this.#named.size === 0) return undefined
    return this.#named
      .get(keyOf(stored, register))
      ?.findLast(({ readingId }) => readingId === undefined || readingId === stored.id)
  }

  /** Points that people entered for the register, by time and then decision. */
  entered(register: string): readonly EnteredPoint[] {
    return this.#entered.get(register) ?? []
  }
}

function leaveOutWithdrawn(
  decisions: readonly { readonly id: number; readonly decision: Decision }[],
): readonly { readonly id: number; readonly decision: WithdrawableDecision }[] {
  const withdrawn = new Set<number>()
  for (const { decision } of decisions) {
    if (decision.kind === 'withdraw') withdrawn.add(decision.decisionId)
  }
  return decisions.flatMap(({ id, decision }) =>
    decision.kind === 'withdraw' || withdrawn.has(id) ? [] : [{ id, decision }],
  )
}

function keyOf({ epoch, seq }: Identity, register = ''): string {
  return `${epoch}/${seq}/${register}`
}
