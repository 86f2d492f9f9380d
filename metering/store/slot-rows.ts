/**
 * Rows of closed slots, asked for by time: from the database, or from a window of them that was read at once, which answers
 * the same for every instant inside it. Reading many borders of one span is worth a window.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Period } from '../../core/index.ts'
import { slotStart } from '../usage/open-slots.ts'

/** Read as bigint: a total may pass 2^53. */
export type SlotRow = {
  device_no: bigint
  slot_at: bigint
  first_at: bigint
  first_value: bigint
  first_shown: bigint | null
  first_reading_id: bigint | null
  last_at: bigint
  last_value: bigint
  last_shown: bigint | null
  last_reading_id: bigint | null
  placed: bigint
}

/** Of one register of one device. A slot holds no point before its start, so the two nearest hold what is looked for. */
export type SlotRows = {
  /** The last two that start at or before the instant, the later one first. */
  readonly upTo: (slotAt: number) => readonly SlotRow[]
  /** The first two that start at or after the instant. */
  readonly from: (slotAt: number) => readonly SlotRow[]
}

export function openSlotRows(database: DatabaseSync) {
  const prepare = (condition: string) => {
    const statement = database.prepare(
      `SELECT * FROM slots WHERE device_no = ? AND register = ? ${condition}`,
    )
    statement.setReadBigInts(true)
    return statement
  }
  const slotsUpTo = prepare('AND slot_at <= ? ORDER BY slot_at DESC LIMIT 2')
  const slotsFrom = prepare('AND slot_at >= ? ORDER BY slot_at LIMIT 2')
  const slotsBetween = prepare('AND slot_at BETWEEN ? AND ? ORDER BY slot_at')

  const ofSeries = (deviceNo: number, register: string): SlotRows => ({
    upTo: (slotAt) => slotsUpTo.all(deviceNo, register, slotAt) as SlotRow[],
    from: (slotAt) => slotsFrom.all(deviceNo, register, slotAt) as SlotRow[],
  })

  return {
    ofSeries,

    iterateBetween: (deviceNo: number, register: string, fromSlotAt: number, toSlotAt: number) =>
      slotsBetween.iterate(
        deviceNo,
        register,
        fromSlotAt,
        toSlotAt,
      ) as Iterable<unknown> as Iterable<SlotRow>,

    /** For instants of the span, its end included. */
    readWindow(deviceNo: number, register: string, span: Period): SlotRows {
      const [first, last] = [slotStart(span.from), slotStart(span.to)]
      const stored = ofSeries(deviceNo, register)
      const between = slotsBetween.all(deviceNo, register, first + 1, last) as SlotRow[]
      return searchRows([...stored.upTo(first).toReversed(), ...between, ...stored.from(last + 1)])
    },
  }
}

/** `rows` in order of time. */
function searchRows(rows: readonly SlotRow[]): SlotRows {
  /** How many start before the instant. */
  const countBefore = (slotAt: number) => {
    let [low, high] = [0, rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((rows[middle]?.slot_at ?? 0n) < slotAt) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    upTo(slotAt) {
      const end = countBefore(slotAt + 1)
      return rows.slice(Math.max(0, end - 2), end).reverse()
    },
    from(slotAt) {
      const start = countBefore(slotAt)
      return rows.slice(start, start + 2)
    },
  }
}
