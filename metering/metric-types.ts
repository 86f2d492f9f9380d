/** The words of metering's face for usage events and metrics. Instants are milliseconds, quantities exact. */
import type { DeviceId, UsageEvent } from '../core/index.ts'

/** How sessions of one event type end when their end is lost, and whether they are for the customer. Declared by the device's model. */
export type EventTypeRule = {
  readonly type: string
  /** A session ends at the latest so long after its `from`. */
  readonly maxLengthMs?: number
  /** A session whose last sign of life is older than this ended with it. */
  readonly heartbeatMs?: number
  /** False of service and test runs: what registers advance while one runs is not billable, nor has it a price itself. */
  readonly isBillable?: boolean
}

/** `report`: the device said so. The others are the rules of the event's type: an assumption, and marked as one. */
export type SessionEnd = { readonly at: number; readonly by: 'report' | 'heartbeat' | 'max_length' }

export type MetricAggregation = 'sum' | 'count' | 'max' | 'unique_days' | 'unique' | 'latest'

/**
 * A rule from usage to a billable quantity.
 *
 * | aggregation | of a register | of events |
 * | --- | --- | --- |
 * | `sum` | its advance | their quantities added |
 * | `count` | | how many |
 * | `max` | the largest advance in one 15-minute UTC slot | |
 * | `unique_days` | civil days in `timeZone` on which it advanced | civil days on which one with a quantity above zero ended |
 * | `unique` | | how many values `label` has |
 * | `latest` | its value at the span's end | quantity of the last one, and its `label` if given |
 */
export type Metric = {
  readonly source: { readonly register: string } | { readonly eventType: string }
  readonly aggregation: MetricAggregation
  /** Only events that carry one of the texts under each of these labels. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
  readonly label?: string
  /** IANA name. */
  readonly timeZone?: string
}

/** An event belongs whole to the span that holds its end; `cutoffAt` is when the rules for lost ends are asked. */
export type MetricQuery = {
  readonly deviceId: DeviceId
  readonly metric: Metric
  readonly from: number
  readonly to: number
  readonly cutoffAt: number
}

export type MetricValue = {
  /** Undefined only for `latest` when there is nothing that it could be the value of. */
  readonly quantity: bigint | undefined
  /** How much of `quantity` rests on steps longer than `maxGapMs`, on placed times, or on ends that a rule set. */
  readonly estimatedQuantity: bigint
  /** What `max` and `unique_days` left out because it is estimated: the largest such slot, the days with no other usage. */
  readonly excludedQuantity: bigint
  /** `max`: where the slot begins; the first of equal ones. */
  readonly slotAt?: number
  /** `latest` with a label. */
  readonly labelText?: string
  /** Sessions that still run and may yet end in the span; they are in no quantity. */
  readonly openSessions: number
}

export type MetricResult = MetricQuery &
  MetricValue & {
    /** Of the register; undefined for events. */
    readonly unit: string | undefined
    /** How far a register's usage is known; undefined without any, and for events. */
    readonly knownUntil: number | undefined
  }

/** `cutoffAt` is when the rules for lost ends are asked. */
export type EventsQuery = {
  readonly deviceId: DeviceId
  readonly type: string
  readonly from: number
  readonly to: number
  readonly cutoffAt: number
}

/** A usage event that stands, with the end that it has by report or rule. */
export type StandingEvent = UsageEvent & { readonly end: SessionEnd }

/** Of one type, at any time of the span. */
export type RunningEvent = {
  readonly id: string
  readonly from: number
  /** Its end by report or rule; undefined while it runs. */
  readonly to: number | undefined
  /** What it shows of itself last: a session that runs ends no earlier. */
  readonly seenAt: number
}

export type RunningEventsResult = EventsQuery & {
  /** In order of beginning and id. */
  readonly events: readonly RunningEvent[]
}

export type EventsResult = EventsQuery & {
  /** Those whose end lies in the span, in order of end and id. */
  readonly events: readonly StandingEvent[]
  /** Sessions that still run and may yet end in the span. */
  readonly openSessions: number
}
