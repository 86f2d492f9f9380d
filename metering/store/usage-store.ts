/** Usage events, and the spans whose usage changed. */
import type { DatabaseSync } from 'node:sqlite'
import type { Period, UsageEvent } from '../../core/index.ts'
import type { HoldCode } from '../errors.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import type { StoredReading } from '../usage/stored-reading.ts'

export type EventConflict = { readonly code: HoldCode; readonly detail: string }

export type UsageStore = ReturnType<typeof openUsageStore>

export function openUsageStore(database: DatabaseSync) {
  const insertHold = database.prepare(
    `INSERT INTO holds (device_no, register, epoch, seq, reading_id, code, detail, held_at, is_decided)
     VALUES (?, NULL, ?, ?, ?, 'event_conflict', ?, ?, ?)`,
  )
  const insertEvent = database.prepare(
    `INSERT INTO usage_events (device_no, id, type, from_at, to_at, quantity, labels, reading_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const isSameEvent = database.prepare(
    `SELECT 1 FROM usage_events WHERE device_no = ? AND id = ? AND type = ? AND from_at = ? AND to_at = ?
       AND quantity = ? AND labels = ?`,
  )
  const isHeld = database.prepare('SELECT 1 FROM holds WHERE reading_id = ? AND is_decided = 0')
  const isEventHeld = database.prepare("SELECT 1 FROM holds WHERE reading_id = ? AND code = 'event_conflict'")
  const insertChange = database.prepare(
    'INSERT INTO usage_changes (device_no, from_at, to_at) VALUES (?, ?, ?)',
  )

  /** False when an event with this id but other content is there already. */
  function writeEvent(deviceNo: number, readingId: number, event: UsageEvent): boolean {
    const labels = JSON.stringify(
      Object.entries(event.labels).sort(([left], [right]) => (left < right ? -1 : 1)),
    )
    const content = [event.type, event.from, event.to, event.quantity, labels] as const
    if (insertEvent.run(deviceNo, event.id, ...content, readingId).changes === 1) return true
    return isSameEvent.get(deviceNo, event.id, ...content) !== undefined
  }

  function addEvents(
    deviceNo: number,
    { id, epoch, seq, receivedAt, reading }: StoredReading,
  ): EventConflict[] {
    return reading.events
      .filter((event) => !writeEvent(deviceNo, id, event))
      .map((event) => {
        const detail = `Usage event "${event.id}" was reported before with other content; the first one stands.`
        insertHold.run(deviceNo, epoch, seq, id, detail, receivedAt, 0)
        return { code: 'event_conflict', detail }
      })
  }

  return {
    /** Adds the events of a standing reading; what contradicts an event stored before is held. */
    addEvents,

    /** Adds those events of standing readings that are not stored yet. */
    replaceEvents(
      deviceNo: number,
      standing: readonly StoredReading[],
      _facts: DeviceFacts,
    ): { readonly heldChange: number } {
      let heldChange = 0
      for (const stored of standing) {
        if (stored.reading.events.length === 0 || isEventHeld.get(stored.id) !== undefined) continue
        const wasHeld = isHeld.get(stored.id) !== undefined
        const conflicts = addEvents(deviceNo, stored)
        if (!wasHeld && conflicts.length > 0) heldChange += 1
      }
      return { heldChange }
    },

    writeChange(deviceNo: number, span: Period): void {
      insertChange.run(deviceNo, span.from, span.to)
    },
  }
}
