/** The words of what was set aside for a person, and of what people decide about it. */
import type { DeviceId, Exchange, ManufacturerId } from '../core/index.ts'
import type { PageRequest } from '../db/sqlite-index.ts'
import type { holdSorts } from './list-sorts.ts'
import type { RegisterPoint } from './usage/register-point.ts'

export type Hold = {
  readonly id: number
  readonly deviceId: DeviceId
  /** Undefined when the whole reading is held. */
  readonly register: string | undefined
  readonly epoch: number
  readonly seq: number
  readonly code: string
  readonly detail: string
  readonly heldAt: number
  readonly readingId: number
}

export type HoldQuery = PageRequest<typeof holdSorts> & {
  readonly deviceId?: string | undefined
  /** Leaves out what is held whole. */
  readonly register?: string | undefined
  readonly code?: string | undefined
  /** Held in `[from, to)`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** A held value with the accepted points of its register around it; absent where there is none, or no time is known. */
export type HeldValue = {
  readonly register: string
  /** Of an exchange its final value. */
  readonly value: bigint
  readonly before: RegisterPoint | undefined
  readonly after: RegisterPoint | undefined
}

export type HoldInContext = Hold & {
  /** When it was read: the reading's own time or where it was placed. */
  readonly at: number | undefined
  /** The exchange that is held, if it is one. */
  readonly exchange: Exchange | undefined
  /** Of a reading that is held whole every value that it carries. */
  readonly values: readonly HeldValue[]
}

/** What a person decides about something held or missing (docs/metering-rules.md). */
export type Decision =
  /** Accepts a held value (with `register`), a whole reading, or one of two conflicting contents (`readingId`). */
  | {
      readonly kind: 'release'
      readonly epoch: number
      readonly seq: number
      readonly register?: string
      readonly readingId?: number
    }
  /** Takes a value (with `register`) or a whole reading out for good; `readingId` closes the hold of one content. */
  | {
      readonly kind: 'reject'
      readonly epoch: number
      readonly seq: number
      readonly register?: string
      readonly readingId?: number
    }
  | {
      readonly kind: 'replace'
      readonly epoch: number
      readonly seq: number
      readonly register: string
      readonly value: bigint
    }
  | {
      readonly kind: 'exchange'
      readonly register: string
      readonly final: bigint
      readonly start: bigint
      readonly at: number
    }
  | { readonly kind: 'hand_over'; readonly register: string; readonly value: bigint; readonly at: number }
  /** Takes an earlier decision about the same device back: everything is then as if that had not been made. */
  | { readonly kind: 'withdraw'; readonly decisionId: number }

/** A withdrawal itself cannot be withdrawn: people decide again instead. */
export type WithdrawableDecision = Exclude<Decision, { kind: 'withdraw' }>

/** A decision in the append-only audit trail. */
export type DecisionRecord = {
  readonly id: number
  readonly deviceId: DeviceId
  readonly decision: Decision
  /** Who decided, as the person is known to the caller. */
  readonly decidedBy: string
  readonly reason: string
  readonly decidedAt: number
}

export type DecideInput = {
  readonly manufacturerId: ManufacturerId
  readonly deviceId: string
  readonly decision: Decision
  /** The name of whoever calls, if left out. */
  readonly decidedBy?: string | undefined
  readonly reason: string
}

/** Decisions newer than the one with the id `after`, at most `limit` and 1,000. */
export type DecisionPage = { readonly after?: number | undefined; readonly limit?: number | undefined }
