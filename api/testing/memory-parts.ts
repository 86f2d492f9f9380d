/** What the in-memory metering and billing of the harness have in common. */
import { getInstant, type ManufacturerId } from '../../core/index.ts'

export const NOW = getInstant('2026-11-22T12:00:00Z')
export const own = 'man_own' as ManufacturerId

/** More than a float holds exactly, so that a quantity that went through one shows. */
export const HUGE = 9_007_199_254_740_993n

/** Stands for every verb that only makes sense with a store. */
export const needsStore = () => Promise.reject(new Error('Pass a real store to test this.'))

export const nothing = { items: [], nextAfter: undefined }

export function pageOf<Item>(item: Item): { items: Item[]; nextAfter: undefined } {
  return { items: [item], nextAfter: undefined }
}
