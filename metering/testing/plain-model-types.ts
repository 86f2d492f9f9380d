/**
 * The words of the plain model: what happened to one device, in time order, and what follows from it.
 *
 * A stored content is named by a number that the test assigns (`content`); where metering says `readingId`, decisions here
 * carry that number. A decision is named by a number of the test's too (`decisionId`).
 */
import type { Reading } from '../../core/index.ts'
import type { Decision, RegisterDefinition, WithdrawableDecision } from '../metering-types.ts'

export type ModelDecision = Decision

export type ModelRegistration = {
  readonly commissionedAt: number
  readonly baseValues: Readonly<Record<string, bigint>>
  /** Version 1 of the model. */
  readonly registers: readonly RegisterDefinition[]
}

export type ModelSpan = { readonly register: string; readonly from: number; readonly to: number }

export type ModelStep =
  | {
      readonly kind: 'arrival'
      readonly content: number
      readonly reading: Reading
      readonly receivedAt: number
    }
  | { readonly kind: 'decision'; readonly decisionId: number; readonly decision: ModelDecision }
  | { readonly kind: 'model_version'; readonly registers: readonly RegisterDefinition[] }
  | { readonly kind: 'pin'; readonly pinId: string; readonly spans: readonly ModelSpan[] }

export type StoredContent = {
  readonly content: number
  readonly reading: Reading
  readonly receivedAt: number
}

/** What a pin keeps of a reading that it covers. */
export type CoveredReading = {
  readonly content: number
  readonly at: number
  readonly isPlaced: boolean
  readonly readBefore: number
  /** Keys of the elements that were accepted, see `ChainElement`. */
  readonly accepted: readonly string[]
  readonly registers: readonly RegisterDefinition[]
}

export type ModelPinnedSpan = ModelSpan & {
  readonly startValue: bigint
  readonly endValue: bigint
  readonly quantity: bigint
}

export type ModelPin = {
  readonly pinId: string
  readonly spans: readonly ModelPinnedSpan[]
  readonly covered: readonly CoveredReading[]
  readonly entered: readonly CoveredDecision[]
  /** Registers whose commissioning value was accepted. */
  readonly commissioned: readonly string[]
}

/** An accepted element that a person had entered. */
export type CoveredDecision = {
  readonly decision: WithdrawableDecision
  readonly registers: readonly RegisterDefinition[]
}

/** A decision that was made and not withdrawn. */
export type StandingDecision = { readonly decisionId: number; readonly decision: WithdrawableDecision }

/** Everything that the rules may look at. Decisions and pins are oldest first; withdrawn decisions are not there. */
export type KnownFacts = {
  readonly commissionedAt: number
  readonly baseValues: Readonly<Record<string, bigint>>
  readonly registers: readonly RegisterDefinition[]
  readonly contents: readonly StoredContent[]
  readonly decisions: readonly WithdrawableDecision[]
  readonly pins: readonly ModelPin[]
}

export type ModelHold = {
  readonly epoch: number
  readonly seq: number
  /** Undefined when the whole reading is held. */
  readonly register: string | undefined
  readonly code: string
  readonly content: number
}

/** A reading of the sequence with its time. */
export type TimedReading = {
  readonly stored: StoredContent
  readonly at: number
  readonly isPlaced: boolean
  /** The time of the reading before, or of the commissioning: exchanges of this reading are not before it. */
  readonly readBefore: number
}

/** An accepted element. `content` is absent for the commissioning value and for what people entered. */
export type ModelPoint = {
  readonly at: number
  readonly total: bigint
  readonly shown: bigint
  readonly isPlaced: boolean
  readonly content: number | undefined
}
