/**
 * What metering offers to the other folders: the words of its face. `create-metering.ts` builds it.
 *
 * Every contract here is asynchronous, so that a store on another machine fits behind it. Instants are milliseconds;
 * quantities are whole base units as bigint.
 */
import type { Actor, DeviceId, HandOver, ManufacturerId, Period } from '../core/index.ts'
import type { NotedChange } from './changes.ts'
import type { ChangingVerbs } from './changing-verbs.ts'
import type { DeviceAdministration, Page } from './devices/device-types.ts'
import type { QuarantineQuery } from './list-sorts.ts'
import type {
  EventsQuery,
  EventsResult,
  MetricQuery,
  MetricResult,
  RunningEventsResult,
} from './metric-types.ts'
import type { StoreFigures } from './keeping/store-figures.ts'
import type { DecisionPage, DecisionRecord, Hold, HoldInContext, HoldQuery } from './decision-types.ts'
import type { RecomputedDevice, RecomputedTotals, RecomputeScope } from './recompute-types.ts'
import type { OpenedHold } from './store/opened-holds.ts'
import type { RegisterPoint } from './usage/register-point.ts'

export type { NotedChange } from './changes.ts'
export type { OpenedHold } from './store/opened-holds.ts'
export type * from './changing-verbs.ts'
export type * from './decision-types.ts'
export type * from './recompute-types.ts'
export type { RegisterPoint } from './usage/register-point.ts'

export type * from './devices/device-types.ts'

/** The register's value R(t) at an instant, with the accepted points around it that it follows from (design §5.5). */
export type RegisterAt = {
  readonly at: number
  readonly value: bigint
  /** The last accepted point at or before the instant. */
  readonly before: RegisterPoint | undefined
  /** The first accepted point after the instant. */
  readonly after: RegisterPoint | undefined
  /** True when the instant lies inside a step longer than the register's `maxGapMs`. */
  readonly isEstimated: boolean
}

export type UsageQuery = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly from: number
  readonly to: number
}

/** How far a register advanced in `[from, to)`: exactly `end.value - start.value`. */
export type RegisterUsage = UsageQuery & {
  readonly unit: string
  readonly quantity: bigint
  readonly start: RegisterAt
  readonly end: RegisterAt
  /** How far usage is known: device time of the last accepted point, undefined without any. */
  readonly knownUntil: number | undefined
}

/** The instants in order at which the register is read. */
export type StepsQuery = Pick<UsageQuery, 'deviceId' | 'register'> & { readonly borders: readonly number[] }

/** R(t) at each border: between two of them the register advanced by the difference of their values. */
export type UsageSteps = Pick<UsageQuery, 'deviceId' | 'register'> & {
  readonly unit: string
  readonly values: BigInt64Array
  /** 1 where the border lies inside a step longer than the register's `maxGapMs`. */
  readonly isEstimated: Uint8Array
  readonly knownUntil: number | undefined
}

/** A span in which a register advanced without a pause. */
export type RunSession = {
  readonly register: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  readonly isEstimated: boolean
}

export type ReadingListQuery = {
  readonly after?: string | undefined
  /** At most 100. */
  readonly limit: number
  /** By the time the reading counts at, or else by received time. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export type ListedReading = {
  readonly id: number
  readonly epoch: number
  readonly seq: number
  readonly receivedAt: number
  /** The time that it counts at: its own or where it was placed. */
  readonly at: number | undefined
  readonly clock: 'synced' | 'unsynced' | undefined
  readonly registers: Readonly<Record<string, bigint>>
  readonly outcome: 'accepted' | 'held' | 'pending' | 'rejected'
  /** Why it or one of its values is held. */
  readonly codes: readonly string[]
}

/** Between two readings of a device, both included. */
export type HoleQuery = {
  readonly deviceId: DeviceId
  readonly from: { readonly epoch: number; readonly seq: number }
  readonly to: { readonly epoch: number; readonly seq: number }
}

export type PinInput = {
  /** The document that rests on the pin; pinning the same id again changes nothing. */
  readonly pinId: string
  readonly spans: readonly UsageQuery[]
  /** Devices whose events the document rests on, up to an instant: what changes before it is told as late. */
  readonly watched?: readonly { readonly deviceId: DeviceId; readonly to: number }[]
}

/** What a pin fixed for one span. */
export type PinnedUsage = UsageQuery & {
  readonly startValue: bigint
  readonly endValue: bigint
  readonly quantity: bigint
}

/** Usage now against what was pinned; `difference` is signed: now less pinned. */
export type PinDifference = PinnedUsage & {
  readonly pinId: string
  readonly quantityNow: bigint
  readonly difference: bigint
}

export type QuarantinedMessage = {
  readonly id: number
  readonly deviceId: DeviceId
  readonly topic: string
  readonly receivedAt: number
  readonly code: string
  readonly detail: string
  readonly raw: Uint8Array
}

/**
 * Readings by how they ended; `received` is the sum of the others (I4). `pending` are stored and acknowledged and not
 * judged yet, because their device is being judged again.
 */
export type OutcomeCounts = {
  readonly received: number
  readonly pending: number
  readonly accepted: number
  readonly duplicate: number
  readonly held: number
  readonly rejected: number
}

/** A page of accepted register values for the history store; `position` is where the next page begins. */
export type RegisterFeedPage = {
  readonly points: readonly {
    readonly manufacturerId: ManufacturerId
    readonly deviceId: DeviceId
    readonly register: string
    readonly at: number
    readonly value: bigint
  }[]
  readonly position: number
  readonly isLast: boolean
}

/** A page of hourly usage that became known or changed. */
export type UsageFeedPage = {
  readonly hours: readonly {
    readonly manufacturerId: ManufacturerId
    readonly deviceId: DeviceId
    readonly register: string
    /** Start of the UTC hour. */
    readonly from: number
    readonly quantity: bigint
    readonly isEstimated: boolean
  }[]
  readonly position: number
  readonly isLast: boolean
}

/**
 * Spans, in whole hours, in which usage or events of a device changed although a document rests on the device up to a
 * later instant. A span may be wider than what changed, and what is named may have changed before the document was made.
 */
export type LateChangesPage = {
  readonly changes: readonly (Period & { readonly deviceId: DeviceId })[]
  readonly position: number
  readonly isLast: boolean
}

/** What a follower of the store needs; each cursor has a name and survives restarts. */
export type MeteringFeed = {
  readCursor(name: string): Promise<number>
  moveCursor(name: string, position: number): Promise<void>
  readRegisters(afterPosition: number, limit: number): Promise<RegisterFeedPage>
  readUsage(afterPosition: number, limit: number): Promise<UsageFeedPage>
  readLateChanges(afterPosition: number, limit: number): Promise<LateChangesPage>
  /** What was changed after the change with that id, oldest first. */
  readChanges(afterId: number, limit: number): Promise<readonly NotedChange[]>
  /** What was opened after the one with that id, oldest first; at least the newest 100,000 are kept. */
  readOpenedHolds(afterId: number, limit: number): Promise<readonly OpenedHold[]>
}

export type MeteringStats = {
  readonly batchesCommitted: number
  readonly messagesCommitted: number
  readonly batchesFailed: number
  readonly lastCommitMs: number
}

export type Metering = {
  /** Everything that somebody changes, in that actor's name. */
  by(actor: Actor): ChangingVerbs
  /** Takes a batch from the broker; resolves after COMMIT. See `HandOver`. */
  readonly ingest: HandOver

  /** Exact usage per query, in the order asked. @throws AppError `device_unknown`, `register_not_in_model` */
  readUsage(queries: readonly UsageQuery[]): Promise<readonly RegisterUsage[]>

  /**
   * The same exact values at many borders, without the points that each follows from: for charts and tables. All of one
   * moment, in the order asked. @throws AppError as `readUsage`, and `usage_span_invalid`
   */
  readSteps(queries: readonly StepsQuery[]): Promise<readonly UsageSteps[]>

  /**
   * Metrics in the order asked, all of the same moment. @throws AppError `metric_invalid`, `time_zone_unknown`,
   * `usage_span_invalid`, `metric_span_too_long`, `device_unknown`, `register_not_in_model`
   */
  readMetrics(queries: readonly MetricQuery[]): Promise<readonly MetricResult[]>

  /**
   * The usage events themselves, in the order asked, all of the same moment. An event belongs whole to the span that holds
   * its end. @throws AppError `device_unknown`, `usage_span_invalid`
   */
  readEvents(queries: readonly EventsQuery[]): Promise<readonly EventsResult[]>
  /**
   * When events run, in the order asked, all of the same moment: those that run at some time of the span, whether they end in it or not.
   * @throws AppError `device_unknown`, `usage_span_invalid`
   */
  readRunningEvents(queries: readonly EventsQuery[]): Promise<readonly RunningEventsResult[]>

  /** When a register advanced, in order of time. @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid` */
  readSessions(query: UsageQuery): Promise<readonly RunSession[]>
  /** Newest in sequence first; a page may be shorter than asked although another follows. @throws AppError `device_unknown` */
  listReadings(
    manufacturerId: ManufacturerId,
    deviceId: string,
    query: ReadingListQuery,
  ): Promise<Page<ListedReading>>

  /** The newest 1,000 that nobody has decided about. */
  listHolds(manufacturerId: ManufacturerId, deviceId?: string): Promise<readonly Hold[]>
  /** A page of them, the newest first unless asked otherwise, each with the accepted points around what is held. */
  findHolds(manufacturerId: ManufacturerId, query: HoldQuery): Promise<Page<HoldInContext>>
  /** Oldest first. @throws AppError `device_unknown` */
  listDecisions(
    manufacturerId: ManufacturerId,
    deviceId: string,
    page?: DecisionPage,
  ): Promise<readonly DecisionRecord[]>

  /** How many sequence numbers no stored reading has, in the order asked. @throws AppError `device_unknown` */
  countMissingReadings(queries: readonly HoleQuery[]): Promise<readonly number[]>

  /**
   * Fixes what a document rests on; usage pinned once never moves.
   * @throws AppError `device_unknown`, `register_not_in_model`, `usage_not_settled` while a device is judged again
   */
  pinUsage(input: PinInput): Promise<readonly PinnedUsage[]>
  /** Every span of the pin, in its order, with its usage now. @throws AppError `pin_unknown` */
  readPinDifferences(pinId: string): Promise<readonly PinDifference[]>
  /** The newest first unless asked otherwise. */
  listQuarantine(manufacturerId: ManufacturerId, query: QuarantineQuery): Promise<Page<QuarantinedMessage>>
  readOutcomeCounts(): Promise<OutcomeCounts>
  /** How much is stored of each kind, at a bounded cost; for operators. */
  readStoreFigures(): Promise<StoreFigures>

  /** Resolves once every stored reading is judged. */
  settle(): Promise<void>
  /**
   * Derives devices from what is stored and compares with everything that is kept of it, one device after the other,
   * each of one moment; then, if it was about all, what must add up over them. @throws AppError `device_unknown`
   */
  recompute(scope?: RecomputeScope): AsyncGenerator<RecomputedDevice | RecomputedTotals, void>

  readonly feed: MeteringFeed
  /** Counts since the start of the process; `lastCommitMs` is the time of the last batch, hand-over to COMMIT. */
  stats(): MeteringStats
  /** False while the store refuses writes; turns true again by itself. */
  isReady(): boolean
  close(): Promise<void>
} & DeviceAdministration
