/**
 * Rate limits over a sliding second: for each endpoint (its method and the pattern of its path) and in total. A refused request does not
 * count. Stripe documents 25 a second for an endpoint, and in all 100 live and 25 in a sandbox.
 */

export type RateLimits = {
  readonly perEndpoint: number
  readonly total: number
  /** Whether the refusal carries `stripe-should-retry: true`; without it the SDK does not try again by itself. */
  readonly shouldRetry?: boolean
}

export const liveLimits: RateLimits = { perEndpoint: 25, total: 100 }
export const sandboxLimits: RateLimits = { perEndpoint: 25, total: 25 }

export type RateLimiter = {
  /** What is exhausted, or undefined when the request may go on; then it counts. */
  readonly admit: (endpoint: string) => 'endpoint-rate' | 'global-rate' | undefined
  readonly refusedCount: () => number
}

export function createRateLimiter(limits: RateLimits | undefined, nowMs: () => number): RateLimiter {
  const all: number[] = []
  const byEndpoint = new Map<string, number[]>()
  let refused = 0
  return {
    admit(endpoint) {
      if (limits === undefined) return undefined
      const now = nowMs()
      const own = byEndpoint.get(endpoint) ?? []
      byEndpoint.set(endpoint, own)
      for (const instants of [all, own]) dropOld(instants, now - 1000)
      const exhausted =
        own.length >= limits.perEndpoint
          ? 'endpoint-rate'
          : all.length >= limits.total
            ? 'global-rate'
            : undefined
      if (exhausted === undefined) {
        all.push(now)
        own.push(now)
      } else {
        refused += 1
      }
      return exhausted
    },
    refusedCount: () => refused,
  }
}

function dropOld(instants: number[], untilMs: number): void {
  const kept = instants.findIndex((instant) => instant > untilMs)
  instants.splice(0, kept === -1 ? instants.length : kept)
}
