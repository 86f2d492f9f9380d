/**
 * When the next request of a kind may go, so that an account stays under Stripe's limits: requests of one endpoint keep an even distance, and
 * so do all of an account together. Pure but for its own memory; time is given.
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

export function createPacer({ perEndpoint, perAccount }: Pace): Pacer {
  const endpointGapMs = 1000 / perEndpoint
  const accountGapMs = 1000 / perAccount
  /** When the next turn of each is free. */
  const free = new Map<string, number>()
  return {
    takeTurn(account, endpoint, now) {
      const ofEndpoint = `${account} ${endpoint}`
      const at = Math.max(now, free.get(account) ?? 0, free.get(ofEndpoint) ?? 0)
      free.set(account, at + accountGapMs)
      free.set(ofEndpoint, at + endpointGapMs)
      return at - now
    },
    pauseUntil(account, instant) {
      free.set(account, Math.max(free.get(account) ?? 0, instant))
    },
  }
}

/** `POST /v1/invoices/in_1/finalize` → `POST /v1/invoices/:id/finalize`: Stripe counts by endpoint, not by object. */
export function endpointOf(method: string, path: string): string {
  const [route = ''] = path.split('?')
  return `${method} ${route.replaceAll(/\/[a-z]{2,8}_(?:test_|live_)?(?=[a-z]*[A-Z\d])[A-Za-z\d]{6,}(?=\/|$)/g, '/:id')}`
}
