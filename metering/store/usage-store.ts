/** Writing what the fold decides: closed slots, holds and the spans whose usage changed. */
import type { DatabaseSync } from 'node:sqlite'
import type { Period } from '../../core/index.ts'
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
  const insertChange = database.prepare(
    'INSERT INTO usage_changes (device_no, from_at, to_at) VALUES (?, ?, ?)',
  )
  const countHeldReadings = database.prepare(
    'SELECT count(DISTINCT reading_id) AS n FROM holds WHERE device_no = ?',
  )
  const findFirstSlot = database.prepare('SELECT min(slot_at) AS at FROM slots WHERE device_no = ?')
  const forget = ['slots', 'holds'].map((table) =>
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

    writeHold(
      deviceNo: number,
      stored: Pick<StoredReading, 'id' | 'epoch' | 'seq' | 'receivedAt'>,
      held: HeldValue,
    ): void {
      const { epoch, seq, id, receivedAt } = stored
      insertHold.run(deviceNo, held.register ?? null, epoch, seq, id, held.code, held.detail, receivedAt)
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

    /** Removes everything derived of a device but its events, before it is derived again. */
    forgetDerived(deviceNo: number): void {
      for (const statement of forget) statement.run(deviceNo)
    },
  }
}
