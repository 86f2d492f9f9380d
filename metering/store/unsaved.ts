/**
 * What the readings of one device came to since its rows were last saved: kept in memory and written a little later, since
 * it follows from the log (`checkpoint.ts`). Immutable; a transaction that fails leaves no trace of it.
 */
import type { Period } from '../../core/index.ts'
import { uniteSpans, type ClosedSlot } from '../usage/open-slots.ts'
import type { ChainHead } from './device-state.ts'

/** Devices that one call of the writer saves: a few milliseconds. */
export const SAVED_AT_ONCE = 64

export type Unsaved = {
  /** Every reading before this one is in the saved rows. */
  readonly firstId: number
  /** Newest first. */
  readonly slots: Chained<ClosedSlot> | undefined
  readonly blocks: Chained<ChainHead> | undefined
  readonly changed: Period | undefined
}

/** A list that grows without being copied. */
type Chained<Item> = { readonly item: Item; readonly before: Chained<Item> | undefined }

export function unsavedSince(firstId: number): Unsaved {
  return { firstId, slots: undefined, blocks: undefined, changed: undefined }
}

export function withSlot(unsaved: Unsaved, slot: ClosedSlot): Unsaved {
  return { ...unsaved, slots: { item: slot, before: unsaved.slots } }
}

export function withBlock(unsaved: Unsaved, head: ChainHead): Unsaved {
  return { ...unsaved, blocks: { item: head, before: unsaved.blocks } }
}

export function withChange(unsaved: Unsaved, span: Period | undefined): Unsaved {
  return span === undefined ? unsaved : { ...unsaved, changed: uniteSpans(unsaved.changed, span) }
}

export function* itemsOf<Item>(chained: Chained<Item> | undefined): Generator<Item, void> {
  for (let next = chained; next !== undefined; next = next.before) yield next.item
}
