/**
 * The 15-minute slots that accepted points fall into (design §2).
 *
 * Per register one slot is open: the one that holds its newest point. It lives with the device's progress; when a
 * point falls into a later slot, the open one is closed and written once. First and last point of every slot are
 * enough for the exact register value at each slot border.
 */
import { HOUR_MS, SLOT_MS, type Period } from '../../core/index.ts'
import type { RegisterPoint } from '../metering-types.ts'

export type Slot = { readonly slotAt: number; readonly first: RegisterPoint; readonly last: RegisterPoint }

export type ClosedSlot = Slot & { readonly register: string }

/** The start of the slot that holds the instant. */
export function slotStart(at: number): number {
  return Math.floor(at / SLOT_MS) * SLOT_MS
}

/** Puts a point, which is the register's newest, into its slot. `closed` is the slot that it left behind, if any. */
export function addToSlots(
  open: Slot | undefined,
  point: RegisterPoint,
): { readonly open: Slot; readonly closed: Slot | undefined } {
  const slotAt = slotStart(point.at)
  if (open?.slotAt === slotAt) return { open: { slotAt, first: open.first, last: point }, closed: undefined }
  return { open: { slotAt, first: point, last: point }, closed: open }
}

/** The whole UTC hours whose usage became known when a register went from one point to the next, if any. */
export function settledHours(beforeAt: number, afterAt: number): Period | undefined {
  const from = Math.floor(beforeAt / HOUR_MS) * HOUR_MS
  const to = Math.floor(afterAt / HOUR_MS) * HOUR_MS
  return to > from ? { from, to } : undefined
}

/** The smallest span that holds both. */
export function uniteSpans(left: Period | undefined, right: Period | undefined): Period | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) }
}
