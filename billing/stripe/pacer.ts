/**
 * When the next request of a kind may go, so that an account stays under Stripe's limits: requests of one endpoint keep an even distance, and
 * so do all of an account together, a little more than the limits ask for. Pure but for its own memory; time is given.
 */
export type Pacer = {
  /** Takes the next turn; returns how long to wait for it, in milliseconds. */
  takeTurn(account: string, endpoint: string, now: number): number
  /** Nothing of the account goes before this instant. */
  pauseUntil(account: string, instant: number): void
}

export type Pace = {
  /** Requests of one endpoint per second; Stripe allows 25. */
  readonly perEndpoint: number
  /** Requests of an account per second; Stripe allows 100 live and 25 in a sandbox. */
  readonly perAccount: number
}

/** Requests do not arrive as evenly as they are sent. */
const MARGIN = 1.04

export function createPacer({ perEndpoint, perAccount }: Pace): Pacer {
  const slotMs = (1000 / perAccount) * MARGIN
  const slotsOfEndpoint = Math.max(1, Math.ceil(((1000 / perEndpoint) * MARGIN) / slotMs - 1e-9))
  /** The next slot of an endpoint at the earliest. */
  const freeEndpoint = new Map<string, number>()
  /** The slots of an account that were given out, in order; those that have passed are dropped. */
  const takenOf = new Map<string, number[]>()
  const pausedUntil = new Map<string, number>()

  return {
    takeTurn(account, endpoint, now) {
      const ofEndpoint = `${account} ${endpoint}`
      const earliest = Math.ceil(Math.max(now, pausedUntil.get(account) ?? 0) / slotMs)
      const taken = (takenOf.get(account) ?? []).filter((slot) => slot * slotMs > now - slotMs)
      const slot = findFree(taken, Math.max(earliest, freeEndpoint.get(ofEndpoint) ?? 0))
      taken.splice(taken.findLastIndex((each) => each < slot) + 1, 0, slot)
      takenOf.set(account, taken)
      freeEndpoint.set(ofEndpoint, slot + slotsOfEndpoint)
      return slot * slotMs - now
    },
    pauseUntil(account, instant) {
      pausedUntil.set(account, Math.max(pausedUntil.get(account) ?? 0, instant))
    },
  }
}

/**
 * Slots and not any instant: where turns lie anywhere, a quarter of the time is in gaps that are too short for another. A busy endpoint
 * does not hold up another, which takes the slots between.
 */
function findFree(taken: readonly number[], earliest: number): number {
  let slot = earliest
  for (const each of taken) {
    if (each === slot) slot += 1
    else if (each > slot) break
  }
  return slot
}

/** `POST /v1/invoices/in_1/finalize` → `POST /v1/invoices/:id/finalize`: Stripe counts by endpoint, not by object. */
export function endpointOf(method: string, path: string): string {
  const [route = ''] = path.split('?')
  return `${method} ${route.replaceAll(/\/[a-z]{2,8}_(?:test_|live_)?(?=[a-z]*[A-Z\d])[A-Za-z\d]{6,}(?=\/|$)/g, '/:id')}`
}
