/**
 * Counts what is tried per e-mail address, in memory: codes asked for, and sign-ins that were refused.
 *
 * Over the limit the caller answers exactly as always and does nothing, so that the limit says nothing about an address. It counts
 * addresses that nobody has just as well. Memory is bounded: beyond `MAX_ADDRESSES` the one that was quiet the longest is forgotten. A
 * restart forgets all; what a code allows is stored with the code. Whoever floods an address can keep its owner from signing in
 * for the length of the window; an open session, and a one-time link of an administrator, are not touched by that.
 */
import type { Clock } from '../../core/index.ts'

const MAX_ADDRESSES = 10_000

export type Throttle = {
  /** Whether the limit is reached within the window that began with the first count. */
  isOver(email: string): boolean
  count(email: string): void
  forget(email: string): void
}

export function createThrottle(clock: Clock, limit: number, windowMs: number): Throttle {
  const counts = new Map<string, { since: number; times: number }>()
  const current = (email: string) => {
    const entry = counts.get(email)
    return entry !== undefined && entry.since > clock.now() - windowMs ? entry : undefined
  }
  return {
    isOver: (email) => (current(email)?.times ?? 0) >= limit,
    count(email) {
      const { since, times } = current(email) ?? { since: clock.now(), times: 0 }
      counts.delete(email)
      counts.set(email, { since, times: times + 1 })
      const [quietest] = counts.keys()
      if (counts.size > MAX_ADDRESSES && quietest !== undefined) counts.delete(quietest)
    },
    forget: (email) => void counts.delete(email),
  }
}
