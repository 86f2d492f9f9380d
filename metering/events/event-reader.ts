/** Reads the usage events that stand: those that ended in a span, by report or by the rule of their type. */
import type { DatabaseSync } from 'node:sqlite'
import type { Period, UsageEvent } from '../../core/index.ts'
import type { EventTypeRule, RunningEvent, StandingEvent } from '../metric-types.ts'
import { decodeLabels } from './event-report.ts'
import { findSessionEnd } from './session-end.ts'

type EventRow = {
  id: string
  type: string
  from_at: number
  to_at: number
  quantity: number
  labels: string
  is_open: 0 | 1
}

export function openEventReader(database: DatabaseSync) {
  const listClosed = database.prepare(
    `SELECT * FROM usage_events WHERE device_no = ? AND type = ? AND is_open = 0 AND to_at >= ? AND to_at < ?
     ORDER BY to_at, id`,
  )
  const listOpen = database.prepare(
    'SELECT * FROM usage_events WHERE device_no = ? AND type = ? AND is_open = 1 ORDER BY id',
  )

  const listClosedAfter = database.prepare(
    `SELECT * FROM usage_events WHERE device_no = ? AND type = ? AND is_open = 0 AND to_at > ? AND from_at < ?
     ORDER BY from_at, id`,
  )

  return {
    /** Events that run at some time of the span. */
    *listRunning(
      deviceNo: number,
      type: string,
      span: Period,
      rule: EventTypeRule | undefined,
      cutoffAt: number,
    ): Generator<RunningEvent, void> {
      for (const row of listClosedAfter.iterate(deviceNo, type, span.from, span.to)) {
        const { id, from, to } = toEvent(row as EventRow)
        yield { id, from, to, seenAt: to }
      }
      for (const row of listOpen.iterate(deviceNo, type)) {
        const event = toEvent(row as EventRow)
        const end = findSessionEnd(event, rule, cutoffAt)
        if (event.from >= span.to || (end !== undefined && end.at <= span.from)) continue
        yield { id: event.id, from: event.from, to: end?.at, seenAt: event.to }
      }
    },

    /** Events with a reported end in the span, in the order of it, then sessions that the rule ended in it. */
    *listEnded(
      deviceNo: number,
      type: string,
      span: Period,
      rule: EventTypeRule | undefined,
      cutoffAt: number,
    ): Generator<StandingEvent, void> {
      for (const row of listClosed.iterate(deviceNo, type, span.from, span.to)) {
        const event = toEvent(row as EventRow)
        yield { ...event, end: { at: event.to, by: 'report' } }
      }
      for (const row of listOpen.iterate(deviceNo, type)) {
        const event = toEvent(row as EventRow)
        const end = findSessionEnd(event, rule, cutoffAt)
        if (end !== undefined && span.from <= end.at && end.at < span.to) yield { ...event, end }
      }
    },

    /** Sessions that are open at the cutoff and may yet end in the span: none can end before its last sign of life. */
    *listOpen(
      deviceNo: number,
      type: string,
      span: Period,
      rule: EventTypeRule | undefined,
      cutoffAt: number,
    ): Generator<UsageEvent, void> {
      for (const row of listOpen.iterate(deviceNo, type)) {
        const event = toEvent(row as EventRow)
        if (event.to < span.to && findSessionEnd(event, rule, cutoffAt) === undefined) yield event
      }
    },
  }
}

function toEvent(row: EventRow): UsageEvent {
  return {
    id: row.id,
    type: row.type,
    from: row.from_at,
    to: row.to_at,
    quantity: BigInt(row.quantity),
    labels: decodeLabels(row.labels),
    ...(row.is_open === 1 ? { isOpen: true } : {}),
  }
}
