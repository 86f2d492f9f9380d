/**
 * Token buckets, one per key, in bounded memory: the broker's rate limits.
 *
 * They run on a monotonic stopwatch instead of the `Clock`: what they order is timers, which run on real time too, and
 * neither a corrected wall clock nor a test's frozen one may lock a device out.
 */

/** Milliseconds since some fixed moment; never goes back. */
export type Stopwatch = () => number

/** One for all buckets of a kind. */
export type Rate = { readonly perSecond: number; readonly burst: number; readonly stopwatch: Stopwatch }

export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #refilledAt: number

  constructor(rate: Rate) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#refilledAt = rate.stopwatch()
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    if (this.#tokens < 1) this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  hasToken(): boolean {
    if (this.#tokens < 1) this.#refill()
    return this.#tokens >= 1
  }

  /** Milliseconds until the next token, at least 1. */
  waitMs(): number {
    return Math.max(1, Math.ceil(((1 - this.#tokens) * 1_000) / this.#rate.perSecond))
  }

  #refill(): void {
    const { perSecond, burst, stopwatch } = this.#rate
    const now = stopwatch()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#refilledAt) * perSecond) / 1_000)
    this.#refilledAt = now
  }
}

/** The buckets of many keys; above `maxKeys` the key that was used longest ago is forgotten. */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #rate: Rate
  readonly #maxKeys: number

  constructor(perSecond: number, burst: number, stopwatch: Stopwatch, maxKeys: number) {
    this.#rate = { perSecond, burst, stopwatch }
    this.#maxKeys = maxKeys
  }

  get(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate)
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > this.#maxKeys) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return bucket
  }
}

/** The key that stands for a peer: its IPv4 address, or the /64 that its IPv6 address lies in. */
export function addressKey(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!remoteAddress.includes(':')) return remoteAddress
  const [head = ''] = remoteAddress.split('::')
  const groups = head
    .split(':')
    .slice(0, 4)
    .join(':')
    .replace(/(?::0)+$/, '')
  return `${groups}::/64`
}
