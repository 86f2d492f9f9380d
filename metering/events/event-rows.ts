/** The rows of `usage_events` and `usage_event_reports`, and the reports that they hold. */
import { canonicalEvent, type UsageEvent } from '../../core/index.ts'
import { decodeLabels, type EventReport, type Verdict } from './event-report.ts'

export type EventRow = {
  id: string
  type: string
  from_at: number
  to_at: number
  quantity: number
  labels: string
  is_open: 0 | 1
  reading_id: number
  received_at: number
  epoch: number
  seq: number
  place: number
  reports: number
  last_received_at: number
  last_epoch: number
  last_seq: number
}

export type ReportRow = Omit<EventRow, 'id' | 'is_open' | 'reports'> & {
  event_id: string
  verdict: Verdict
  is_closed: 0 | 1
}

export function toReport(row: EventRow | ReportRow): EventReport {
  const event: UsageEvent = {
    id: 'id' in row ? row.id : row.event_id,
    type: row.type,
    from: row.from_at,
    to: row.to_at,
    quantity: BigInt(row.quantity),
    labels: decodeLabels(row.labels),
    ...(('is_open' in row ? row.is_open === 1 : row.is_closed === 0) ? { isOpen: true } : {}),
  }
  return {
    readingId: row.reading_id,
    receivedAt: row.received_at,
    epoch: row.epoch,
    seq: row.seq,
    place: row.place,
    event,
    content: canonicalEvent(event),
  }
}
