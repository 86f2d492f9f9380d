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
  const endpointGapMs = (1000 / perEndpoint) * MARGIN
  const accountGapMs = (1000 / perAccount) * MARGIN
  /** When the next turn of an endpoint is free at the earliest. */
  const freeEndpoint = new Map<string, number>()
  /** The turns of an account that were given out, in order; those that have passed are dropped. */
  const turnsOf = new Map<string, number[]>()
  const pausedUntil = new Map<string, number>()

  return {
    takeTurn(account, endpoint, now) {
      const ofEndpoint = `${account} ${endpoint}`
      const earliest = Math.max(now, pausedUntil.get(account) ?? 0, freeEndpoint.get(ofEndpoint) ?? 0)
      const turns = (turnsOf.get(account) ?? []).filter((turn) => turn > now - accountGapMs)
      const at = findGap(turns, earliest, accountGapMs)
      turns.splice(turns.findLastIndex((turn) => turn < at) + 1, 0, at)
      turnsOf.set(account, turns)
      freeEndpoint.set(ofEndpoint, at + endpointGapMs)
      return at - now
    },
    pauseUntil(account, instant) {
      pausedUntil.set(account, Math.max(pausedUntil.get(account) ?? 0, instant))
    },
  }
}

/** The first instant from `earliest` on that keeps its distance from all turns: a busy endpoint does not hold up another. */
function findGap(turns: readonly number[], earliest: number, gapMs: number): number {
  let at = earliest
  for (const turn of turns) {
    if (turn - at >= gapMs) break
    if (at - turn < gapMs) at = turn + gapMs
  }
  return at
}

/** `POST /v1/invoices/in_1/finalize` → `POST /v1/invoices/:id/finalize`: Stripe counts by endpoint, not by object. */
export function endpointOf(method: string, path: string): string {
  const [route = ''] = path.split('?')
  return `${method} ${route.replaceAll(/\/[a-z]{2,8}_(?:test_|live_)?(?=[a-z]*[A-Z\d])[A-Za-z\d]{6,}(?=\/|$)/g, '/:id')}`
}
