/** What is kept of everything derived of one device, row by row, to be compared with `derive-device.ts`. */
import type { DatabaseSync } from 'node:sqlite'
import { toReport, type EventRow, type ReportRow } from '../events/event-rows.ts'
import type { Identity } from '../usage/identity.ts'
import {
  eventRow,
  exchangeRow,
  holdRow,
  lastReadingRow,
  placedRow,
  reportRow,
  slotRow,
  unacceptedBaseRow,
  unacceptedRow,
  type DerivedRow,
} from './derived-row.ts'
import type { RegisterPoints } from './register-points.ts'
import type { SlotRow } from './slot-rows.ts'
import type { UnsavedTail } from './unsaved-tail.ts'

type HoldRow = Identity & {
  reading_id: number
  register: string | null
  exchange_ordinal: number | null
  code: string
  detail: string
  held_at: number
  is_decided: 0 | 1
}

export function openStoredDerivation(database: DatabaseSync, points: RegisterPoints) {
  const slots = database.prepare('SELECT * FROM slots WHERE device_no = ? AND register = ?')
  slots.setReadBigInts(true)
  const holds = database.prepare('SELECT * FROM holds WHERE device_no = ?')
  const placed = database.prepare(
    'SELECT epoch, seq, reading_id AS readingId, at FROM placed_readings WHERE device_no = ?',
  )
  const unaccepted = database.prepare(
    `SELECT u.decision_id AS decisionId, u.at FROM unaccepted_entries AS u
     WHERE u.decision_id IN (SELECT id FROM decisions WHERE device_no = ?)`,
  )
  const unacceptedBases = database.prepare('SELECT register FROM unaccepted_bases WHERE device_no = ?')
  const exchanges = database.prepare(
    'SELECT epoch, seq, reading_id AS readingId FROM reading_exchanges WHERE device_no = ?',
  )
  const events = database.prepare('SELECT * FROM usage_events WHERE device_no = ?')
  const reports = database.prepare('SELECT * FROM usage_event_reports WHERE device_no = ?')

  return {
    /** A register that the device's current model version lacks has no usage: what is left of it is not looked at. */
    *list({ series, slots: unsavedSlots }: UnsavedTail): Generator<DerivedRow, void> {
      const { deviceNo, facts, state } = series
      for (const register of facts.definitions.keys()) {
        const unsaved = new Map(
          unsavedSlots.filter((slot) => slot.register === register).map((slot) => [slot.slotAt, slot]),
        )
        for (const row of slots.iterate(deviceNo, register)) {
          const slot = points.toSlot(row as SlotRow)
          if (!unsaved.has(slot.slotAt)) yield slotRow(register, slot, false)
        }
        for (const slot of unsaved.values()) yield slotRow(register, slot, false)
        const open = state.openSlots.get(register)
        if (open !== undefined) yield slotRow(register, open, true)
      }
      yield lastReadingRow(state)
      for (const row of holds.iterate(deviceNo) as Iterable<HoldRow>) yield toHoldRow(row)
      for (const row of placed.iterate(deviceNo)) yield placedRow(row as Parameters<typeof placedRow>[0])
      for (const row of unaccepted.iterate(deviceNo)) {
        yield unacceptedRow(Number(row['decisionId']), Number(row['at']))
      }
      for (const row of unacceptedBases.iterate(deviceNo)) yield unacceptedBaseRow(String(row['register']))
      for (const row of exchanges.iterate(deviceNo))
        yield exchangeRow(row as Parameters<typeof exchangeRow>[0])
      for (const row of events.iterate(deviceNo) as Iterable<EventRow>) {
        const last = { receivedAt: row.last_received_at, epoch: row.last_epoch, seq: row.last_seq }
        yield eventRow(toReport(row), row.reports, last)
      }
      for (const row of reports.iterate(deviceNo) as Iterable<ReportRow>) {
        yield reportRow(toReport(row), row.verdict)
      }
    },
  }
}

function toHoldRow(row: HoldRow): DerivedRow {
  const { epoch, seq, reading_id: readingId, code, detail, held_at: heldAt } = row
  return holdRow({
    readingId,
    epoch,
    seq,
    register: row.register ?? undefined,
    exchangeOrdinal: row.exchange_ordinal ?? undefined,
    code,
    detail,
    heldAt,
    isDecided: row.is_decided === 1,
  })
}
