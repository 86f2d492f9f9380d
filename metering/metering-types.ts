/**
 * What metering offers to the other folders: the words of its face. `create-metering.ts` builds it.
 *
 * Every contract here is asynchronous, so that a store on another machine fits behind it. Instants are milliseconds;
 * quantities are whole base units as bigint.
 */
import type { DeviceId, HandOver, ManufacturerId, ModelId } from '../core/index.ts'
import type {
  DecideInput,
  DecisionPage,
  DecisionRecord,
  Hold,
  HoldInContext,
  HoldQuery,
} from './decision-types.ts'
import type { MetricQuery, MetricResult } from './metric-types.ts'
import type { RecomputedDevice, RecomputedTotals, RecomputeScope } from './recompute-types.ts'
import type { RegisterPoint } from './usage/register-point.ts'

export type * from './decision-types.ts'
export type * from './recompute-types.ts'
export type { RegisterPoint } from './usage/register-point.ts'

/** How a register of a model behaves. Versioned with its model. */
export type RegisterDefinition = {
  readonly name: string
  /** Base unit as people write it: "s", "Wh". */
  readonly unit: string
  /** The most that the register can physically advance in an hour, in base units. */
  readonly maxPerHour: bigint
  /** A step between two readings longer than this is estimated, in milliseconds. */
  readonly maxGapMs: number
  /** How an estimated step is spread: evenly, or as late as `maxPerHour` allows. */
  readonly gapRule: 'spread' | 'end'
  /** The value at which the register starts again at zero; absent if it never does. */
  readonly modulus?: bigint
}

export type Model = {
  readonly id: ModelId
  readonly version: number
  readonly manufacturerId: ManufacturerId
  readonly name: string
  readonly registers: readonly RegisterDefinition[]
}

export type Device = {
  readonly id: DeviceId
  readonly manufacturerId: ManufacturerId
  readonly modelId: ModelId
  readonly modelVersion: number
  readonly serial: string | undefined
  readonly commissionedAt: number
  readonly createdAt: number
}

/** Whether a device is connected, and why it is or is not; known since the server started. */
export type DevicePresence = {
  readonly state: 'online' | 'offline'
  /** Received time. */
  readonly at: number
  /** The broker's word: `connected`, `connection_lost`, `keepalive_timeout`, `taken_over`, … */
  readonly reason: string
}

/** A device with where it stands. */
export type DeviceStatus = Device & {
  /** Undefined until the device connects for the first time since the server started. */
  readonly presence: DevicePresence | undefined
  readonly lastReading:
    | {
        readonly epoch: number
        readonly seq: number
        readonly receivedAt: number
        readonly at: number | undefined
      }
    | undefined
  /** The accepted value of each register and the device time it was read at. */
  readonly registers: Readonly<Record<string, { readonly value: bigint; readonly at: number }>>
  readonly openHolds: number
  /** True while its newest readings are stored and not judged yet. */
  readonly isBeingJudged: boolean
}

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

export type PinInput = {
  /** The document that rests on the pin; pinning the same id again changes nothing. */
  readonly pinId: string
  readonly spans: readonly UsageQuery[]
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

export type Page<Item> = { readonly items: readonly Item[]; readonly nextAfter: string | undefined }

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

/** What a follower of the store needs; each cursor has a name and survives restarts. */
export type MeteringFeed = {
  readCursor(name: string): Promise<number>
  moveCursor(name: string, position: number): Promise<void>
  readRegisters(afterPosition: number, limit: number): Promise<RegisterFeedPage>
  readUsage(afterPosition: number, limit: number): Promise<UsageFeedPage>
}

export type RegisterDeviceInput = {
  readonly id: DeviceId
  readonly manufacturerId: ManufacturerId
  readonly modelId: ModelId
  readonly serial?: string
  readonly commissionedAt: number
  /** Register values at commissioning; without one the first reading is the base and bills nothing. */
  readonly baseValues?: Readonly<Record<string, bigint>>
}

export type MeteringStats = {
  readonly batchesCommitted: number
  readonly messagesCommitted: number
  readonly batchesFailed: number
  readonly lastCommitMs: number
}

export type Metering = {
  /** Takes a batch from the broker; resolves after COMMIT. See `HandOver`. */
  readonly ingest: HandOver

  /** Adds version 1 of a model, or the next version if its registers changed. Idempotent for equal content. */
  registerModel(model: Omit<Model, 'version'>): Promise<Model>
  /** @throws AppError `model_unknown`, `device_exists` */
  registerDevice(input: RegisterDeviceInput): Promise<{ readonly device: Device; readonly secret: string }>
  /** True when the secret is one of the device's active ones. Same time for unknown devices. */
  authenticateDevice(deviceId: string, secret: Uint8Array): Promise<boolean>

  /** Remembers, in memory, that a device came or went. */
  notePresence(deviceId: DeviceId, presence: DevicePresence): void
  /** Undefined also when the device belongs to another manufacturer. */
  findDevice(manufacturerId: ManufacturerId, deviceId: string): Promise<DeviceStatus | undefined>
  listDevices(
    manufacturerId: ManufacturerId,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<Page<DeviceStatus>>
  findModel(manufacturerId: ManufacturerId, modelId: ModelId): Promise<Model | undefined>

  /** Exact usage per query, in the order asked. @throws AppError `device_unknown`, `register_not_in_model` */
  readUsage(queries: readonly UsageQuery[]): Promise<readonly RegisterUsage[]>

  /**
   * Metrics in the order asked, all of the same moment. @throws AppError `metric_invalid`, `time_zone_unknown`,
   * `usage_span_invalid`, `metric_span_too_long`, `device_unknown`, `register_not_in_model`
   */
  readMetrics(queries: readonly MetricQuery[]): Promise<readonly MetricResult[]>

  /** The newest 1,000 that nobody has decided about. */
  listHolds(manufacturerId: ManufacturerId, deviceId?: string): Promise<readonly Hold[]>
  /** A page of them, the newest first, each with the accepted points around what is held. */
  findHolds(manufacturerId: ManufacturerId, query: HoldQuery): Promise<Page<HoldInContext>>
  /**
   * Records a person's decision and judges the device again, with the result as if it had been known before.
   * @throws AppError `device_unknown`, `decision_invalid`, `reading_unknown`, `register_not_in_model`
   */
  decide(input: DecideInput): Promise<DecisionRecord>
  /** Oldest first. @throws AppError `device_unknown` */
  listDecisions(
    manufacturerId: ManufacturerId,
    deviceId: string,
    page?: DecisionPage,
  ): Promise<readonly DecisionRecord[]>

  /**
   * Fixes what a document rests on; usage pinned once never moves.
   * @throws AppError `device_unknown`, `register_not_in_model`, `usage_not_settled` while a device is judged again
   */
  pinUsage(input: PinInput): Promise<readonly PinnedUsage[]>
  /** Every span of the pin, in its order, with its usage now. @throws AppError `pin_unknown` */
  readPinDifferences(pinId: string): Promise<readonly PinDifference[]>
  /** Moves a device to another version of its model, older or newer. @throws AppError `device_unknown`, `model_unknown` */
  setModelVersion(manufacturerId: ManufacturerId, deviceId: string, version: number): Promise<Device>
  listQuarantine(manufacturerId: ManufacturerId, limit: number): Promise<readonly QuarantinedMessage[]>
  readOutcomeCounts(): Promise<OutcomeCounts>

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
}
