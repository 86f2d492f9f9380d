/**
 * The readings of a device that are logged and not in its saved rows yet (`checkpoint.ts`), and where they bring it: what the
 * writer has in memory, or would recover after a crash. Reads only.
 */
import type { DatabaseSync } from 'node:sqlite'
import { decodeStoredReading, InvariantError } from '../../core/index.ts'
import type { ClosedSlot } from '../usage/open-slots.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { DeviceSeries } from './standing-times.ts'
import { followsInChain, stepInOrder } from './in-order-step.ts'
import { itemsOf, unsavedSince } from './unsaved.ts'

type LogRow = {
  id: number
  epoch: number
  seq: number
  received_at: number
  previous_id: number | null
  raw: Uint8Array
}

export type UnsavedTail = {
  readonly readings: readonly StoredReading[]
  /** The device after them. */
  readonly series: DeviceSeries
  /** Slots that they closed. */
  readonly slots: readonly ClosedSlot[]
}

export function openUnsavedTails(database: DatabaseSync) {
  const readCheckpoint = database.prepare("SELECT position FROM cursors WHERE name = 'checkpoint'")
  const listAfter = database.prepare(
    `SELECT id, epoch, seq, received_at, previous_id, raw FROM readings
     WHERE id > ? AND device_no = ? ORDER BY id`,
  )

  return (saved: DeviceSeries): UnsavedTail => {
    const checkpoint = Number(readCheckpoint.get()?.['position'] ?? 0)
    const readings: StoredReading[] = []
    let { state } = saved
    let unsaved = unsavedSince(checkpoint)
    for (const row of listAfter.iterate(checkpoint, saved.deviceNo) as Iterable<LogRow>) {
      const { id, epoch, seq, received_at: receivedAt, raw } = row
      if (!followsInChain(state, id, row.previous_id)) continue
      const stored = { id, epoch, seq, receivedAt, reading: decodeStoredReading(raw) }
      const step = stepInOrder(stored, state, unsaved, saved.facts)
      if (step === undefined) throw new InvariantError('A reading that extended its device no longer does.')
      ;({ state, unsaved } = step)
      readings.push(stored)
    }
    return { readings, series: { ...saved, state }, slots: [...itemsOf(unsaved.slots)] }
  }
}
