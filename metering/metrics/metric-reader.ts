/**
 * Reads metrics: finds the usage that a metric is of and hands it to the pure `evaluateMetric`.
 *
 * All queries of a call see the same moment of the database. A register is walked point by point, once per query, with
 * one query to the database per span and not per slot. What it needs of the usage reader is `walkRegister` alone.
 */
import type { DatabaseSync } from 'node:sqlite'
import { openEventReader } from '../events/event-reader.ts'
import type { RegisterDefinition, UsageQuery } from '../metering-types.ts'
import type {
  EventsQuery,
  EventsResult,
  EventTypeRule,
  MetricQuery,
  MetricResult,
  RunningEvent,
  RunningEventsResult,
  StandingEvent,
} from '../metric-types.ts'
import { getDeviceRow, type DeviceRow } from '../store/device-catalogue.ts'
import { evaluateMetric, type EndedEvent, type EventUsageParts } from './evaluate-metric.ts'
import { meteredSlots, meteredValue, type MetricPoint } from './metered-slots.ts'

/**
 * A register's accepted points in order: the last one at or before `from`, those up to `to`, and the first one after it.
 * Points that lie between two others of one slot may be left out, if no step there is longer than `maxGapMs`.
 */
export type RegisterWalk = {
  readonly definition: RegisterDefinition
  /** Device time of the last accepted point. */
  readonly knownUntil: number | undefined
  readonly points: Iterable<MetricPoint>
}

export type MetricSources = {
  /** @throws AppError `device_unknown`, `register_not_in_model` */
  readonly walkRegister: (query: UsageQuery) => RegisterWalk
  /** How sessions of the device's event types end when their end is lost, as its model declares it. */
  readonly readEventTypes: (device: DeviceRow) => readonly EventTypeRule[]
}

export function openMetricReader(database: DatabaseSync, { walkRegister, readEventTypes }: MetricSources) {
  const events = openEventReader(database)

  function readMetric(query: MetricQuery): MetricResult {
    const { source } = query.metric
    return 'register' in source
      ? readRegisterMetric(query, source.register)
      : readEventMetric(query, source.eventType)
  }

  function readRegisterMetric(query: MetricQuery, register: string): MetricResult {
    const { deviceId, from, to, metric } = query
    const { definition, knownUntil, points } = walkRegister({ deviceId, register, from, to })
    const isLatest = metric.aggregation === 'latest'
    const end = isLatest
      ? meteredValue(walkRegister({ deviceId, register, from: to, to }).points, to, definition)
      : undefined
    const slots = meteredSlots(points, { from, to }, definition)
    const value = evaluateMetric(metric, { kind: 'register', slots, end })
    return { ...query, ...value, unit: definition.unit, knownUntil }
  }

  function readEventMetric(query: MetricQuery, type: string): MetricResult {
    const { ended, open } = findEvents({ ...query, type })
    const usage: EventUsageParts = { kind: 'events', events: toEnded(ended), open }
    return { ...query, ...evaluateMetric(query.metric, usage), unit: undefined, knownUntil: undefined }
  }

  function findEvents({ deviceId, type, from, to, cutoffAt }: EventsQuery) {
    const row = getDeviceRow(database, deviceId)
    const rule = readEventTypes(row).find((each) => each.type === type)
    return {
      ended: events.listEnded(row.no, type, { from, to }, rule, cutoffAt),
      open: events.listOpen(row.no, type, { from, to }, rule, cutoffAt),
    }
  }

  /** Queries see the same moment of the database. */
  function readTogether<Query, Result>(
    queries: readonly Query[],
    readOne: (query: Query) => Result,
  ): Result[] {
    database.exec('BEGIN')
    try {
      return queries.map(readOne)
    } finally {
      database.exec('COMMIT')
    }
  }

  return {
    /** The queries are valid. @throws AppError `device_unknown`, `register_not_in_model` */
    readMetrics: (queries: readonly MetricQuery[]): MetricResult[] => readTogether(queries, readMetric),

    /** The queries are valid. @throws AppError `device_unknown` */
    readRunningEvents: (queries: readonly EventsQuery[]): RunningEventsResult[] =>
      readTogether(queries, (query) => {
        const { deviceId, type, from, to, cutoffAt } = query
        const row = getDeviceRow(database, deviceId)
        const rule = readEventTypes(row).find((each) => each.type === type)
        const running = [...events.listRunning(row.no, type, { from, to }, rule, cutoffAt)]
        return { ...query, events: running.sort(byBeginning) }
      }),

    /** The queries are valid. @throws AppError `device_unknown` */
    readEvents: (queries: readonly EventsQuery[]): EventsResult[] =>
      readTogether(queries, (query) => {
        const { ended, open } = findEvents(query)
        const found = [...ended].sort(byEnd)
        return { ...query, events: found, openSessions: [...open].length }
      }),
  }
}

function byBeginning(left: RunningEvent, right: RunningEvent): number {
  return left.from - right.from || (left.id < right.id ? -1 : 1)
}

/** Ends by rule among the reported ones. */
function byEnd(left: StandingEvent, right: StandingEvent): number {
  return left.end.at - right.end.at || (left.id < right.id ? -1 : 1)
}

function* toEnded(found: Iterable<StandingEvent>): Generator<EndedEvent> {
  for (const { id, end, quantity, labels } of found) {
    yield { id, endedAt: end.at, quantity, labels, isEstimated: end.by !== 'report' }
  }
}
