/**
 * The usage events of the readings in the sequence count (docs/metering-rules.md §5), and what contradicts them is held:
 * keeps the event store and the holds in step with which readings stand.
 */
import type { DatabaseSync } from 'node:sqlite'
import { openEventStore, type EventChanges, type EventConflict } from '../events/event-store.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import type { StoredReading } from '../usage/stored-reading.ts'

export type SequenceEventChanges = {
  /** How many more readings are held than before; may be negative. */
  readonly heldChange: number
  readonly conflicts: readonly EventConflict[]
}

export type SequenceEvents = ReturnType<typeof openSequenceEvents>

export function openSequenceEvents(database: DatabaseSync) {
  const events = openEventStore(database)
  const isStoredAlone = database.prepare(
    'SELECT 1 FROM usage_events WHERE device_no = ? AND id = ? AND reading_id = ? AND reports = 1',
  )
  const isReported = database.prepare(
    'SELECT 1 FROM usage_event_reports WHERE device_no = ? AND reading_id = ? AND event_id = ? LIMIT 1',
  )
  const isHeld = database.prepare('SELECT 1 FROM holds WHERE reading_id = ? AND is_decided = 0 LIMIT 1')
  const insertHold = database.prepare(
    `INSERT INTO holds (device_no, epoch, seq, reading_id, code, detail, held_at, is_decided)
     VALUES (?, ?, ?, ?, 'event_conflict', ?, ?, ?)`,
  )
  const deleteHold = database.prepare(
    "DELETE FROM holds WHERE reading_id = ? AND code = 'event_conflict' AND detail = ?",
  )

  function hasReported(deviceNo: number, { id, reading }: StoredReading): boolean {
    return reading.events.some(
      (event) =>
        isStoredAlone.get(deviceNo, event.id, id) !== undefined ||
        isReported.get(deviceNo, id, event.id) !== undefined,
    )
  }

  function writeHolds(
    deviceNo: number,
    { conflicts, nowHeld, noLongerHeld }: EventChanges,
    { decisions }: DeviceFacts,
  ): number {
    let heldChange = 0
    const change = (readingId: number, write: () => unknown) => {
      const wasHeld = isHeld.get(readingId) !== undefined
      write()
      heldChange += Number(isHeld.get(readingId) !== undefined) - Number(wasHeld)
    }
    for (const { readingId, epoch, seq, receivedAt, detail } of [...conflicts, ...nowHeld]) {
      const isDecided = decisions.about({ id: readingId, epoch, seq }) === undefined ? 0 : 1
      change(readingId, () => insertHold.run(deviceNo, epoch, seq, readingId, detail, receivedAt, isDecided))
    }
    for (const { readingId, detail } of noLongerHeld)
      change(readingId, () => deleteHold.run(readingId, detail))
    return heldChange
  }

  return {
    /** Adds the events of a reading that has just been stored and stands. */
    add(deviceNo: number, stored: StoredReading, facts: DeviceFacts): SequenceEventChanges {
      const changes = events.storeEvents(deviceNo, [{ ...stored, events: stored.reading.events }])
      return { heldChange: writeHolds(deviceNo, changes, facts), conflicts: changes.conflicts }
    },

    /** Brings the events of the readings, all of which have some, into step with which of them stand. */
    follow(
      deviceNo: number,
      readings: readonly StoredReading[],
      standing: ReadonlySet<number>,
      facts: DeviceFacts,
    ): SequenceEventChanges {
      let heldChange = 0
      const added: StoredReading[] = []
      for (const stored of readings) {
        const isIn = hasReported(deviceNo, stored)
        if (standing.has(stored.id) && !isIn) added.push(stored)
        if (standing.has(stored.id) || !isIn) continue
        const ids = stored.reading.events.map(({ id }) => id)
        heldChange += writeHolds(deviceNo, events.withdrawEvents(deviceNo, stored.id, ids), facts)
      }
      if (added.length === 0) return { heldChange, conflicts: [] }
      const changes = events.storeEvents(
        deviceNo,
        added.map((stored) => ({ ...stored, events: stored.reading.events })),
      )
      return { heldChange: heldChange + writeHolds(deviceNo, changes, facts), conflicts: changes.conflicts }
    },
  }
}
