/** The words of recompute: what it is asked, and what it finds. */
import type { DeviceId, ManufacturerId } from '../core/index.ts'

/** Which devices, all if nothing is given, and from which instant on what is stored is compared. */
export type RecomputeScope = {
  readonly deviceId?: string | undefined
  readonly manufacturerId?: ManufacturerId | undefined
  readonly from?: number | undefined
}

/** Something stored that does not follow from the readings, or the other way round. */
export type RecomputeDifference = {
  /** Undefined for what concerns all devices. */
  readonly deviceId: DeviceId | undefined
  readonly what:
    | 'slot'
    | 'open_slot'
    | 'last_reading'
    | 'hold'
    | 'placed_reading'
    | 'unaccepted_entry'
    | 'unaccepted_base'
    | 'reading_exchange'
    | 'usage_event'
    | 'usage_event_report'
    | 'pinned_usage'
    | 'reading'
    | 'device'
    | 'outcome_counts'
    | 'stored_readings'
  readonly register?: string
  readonly readingId?: number
  /** Start of the slot, or the instant that it is about. */
  readonly at?: number
  /** Undefined for what is not stored. */
  readonly stored: string | undefined
  /** Undefined for what does not follow. */
  readonly recomputed: string | undefined
  readonly sentence: string
}

type RecomputeFindings = {
  /** At most 1,000. */
  readonly differences: readonly RecomputeDifference[]
  readonly differenceCount: number
}

export type RecomputedDevice = RecomputeFindings & {
  readonly kind: 'device'
  readonly no: number
  readonly deviceId: DeviceId
  readonly manufacturerId: ManufacturerId
  /** Then it was not compared. */
  readonly isBeingJudged: boolean
  readonly readings: number
  /** Of those that were stored when the run began. */
  readonly readingsOfRun: number
}

export type RecomputedTotals = RecomputeFindings & {
  readonly kind: 'totals'
  readonly readings: number
  readonly counts: Readonly<
    Record<'received' | 'pending' | 'accepted' | 'duplicate' | 'held' | 'rejected', number>
  >
}
