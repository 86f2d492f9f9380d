/** Writing what the fold decides: closed slots, holds, usage events and the spans whose usage changed. */
import type { DatabaseSync } from 'node:sqlite'
import type { Period, UsageEvent } from '../../core/index.ts'
import type { HeldValue, StoredReading } from '../usage/accept-reading.ts'
import type { ClosedSlot } from '../usage/open-slots.ts'

export function openUsageStore(database: DatabaseSync) {
  const insertSlot = database.prepare(
    `INSERT INTO slots (device_no, register, slot_at, first_at, first_value, first_reading_id,
       last_at, last_value, last_reading_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertHold = database.prepare(
    `INSERT INTO holds (device_no, register, epoch, seq, reading_id, code, detail, held_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertEvent = database.prepare(
    `INSERT INTO usage_events (device_no, id, type, from_at, to_at, quantity, labels, reading_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const isSameEvent = database.prepare(
    `SELECT 1 FROM usage_events WHERE device_no = ? AND id = ? AND type = ? AND from_at = ? AND to_at = ?
       AND quantity = ? AND labels = ?`,
  )
  const insertChange = database.prepare(
    'INSERT INTO usage_changes (device_no, from_at, to_at) VALUES (?, ?, ?)',
  )
  const countHeldReadings = database.prepare(
    'SELECT count(DISTINCT reading_id) AS n FROM holds WHERE device_no = ?',
  )
  const findFirstSlot = database.prepare('SELECT min(slot_at) AS at FROM slots WHERE device_no = ?')
  const forget = ['slots', 'holds', 'usage_events'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE device_no = ?`),
  )

  return {
    writeSlot(deviceNo: number, { register, slotAt, first, last }: ClosedSlot): void {
      insertSlot.run(
        deviceNo,
        register,
        slotAt,
        first.at,
        first.value,
        first.reading?.id ?? null,
        last.at,
        last.value,
        last.reading?.id ?? null,
      )
    },

    writeHold(deviceNo: number, stored: StoredReading, held: HeldValue): void {
      const { epoch, seq, id, receivedAt } = stored
      insertHold.run(deviceNo, held.register ?? null, epoch, seq, id, held.code, held.detail, receivedAt)
    },

    /** False when an event with this id but other content is there already. */
    writeEvent(deviceNo: number, readingId: number, event: UsageEvent): boolean {
      const labels = JSON.stringify(
        Object.entries(event.labels).sort(([left], [right]) => (left < right ? -1 : 1)),
      )
      const content = [event.type, event.from, event.to, event.quantity, labels] as const
      if (insertEvent.run(deviceNo, event.id, ...content, readingId).changes === 1) return true
      return isSameEvent.get(deviceNo, event.id, ...content) !== undefined
    },

    writeChange(deviceNo: number, span: Period): void {
      insertChange.run(deviceNo, span.from, span.to)
    },

    countHeldReadings(deviceNo: number): number {
      return (countHeldReadings.get(deviceNo) as { n: number }).n
    },

    /** The start of the device's first closed slot. */
    findFirstSlotAt(deviceNo: number): number | undefined {
      return (findFirstSlot.get(deviceNo) as { at: number | null }).at ?? undefined
    },

    /** Removes everything derived of a device, before it is derived again. */
    forgetDerived(deviceNo: number): void {
      for (const statement of forget) statement.run(deviceNo)
    },
  }
}
