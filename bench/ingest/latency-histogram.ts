/**
 * Latencies in logarithmic buckets, 2.2 % wide, from a microsecond to a minute: constant memory, and cheap enough to
 * take every acknowledgement instead of a sample.
 */
const BUCKETS_PER_DOUBLING = 32
const DOUBLINGS = 26

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS_PER_DOUBLING * DOUBLINGS)
  #total = 0

  record(latencyMs: number): void {
    const bucket = Math.floor(Math.log2(latencyMs * 1_000) * BUCKETS_PER_DOUBLING)
    const index = Math.min(Math.max(bucket, 0), this.#counts.length - 1)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total += 1
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** Milliseconds that this share of the latencies does not exceed; the middle of the bucket. 0 without any. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#total * share)
    for (const [index, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0 && count > 0) return 2 ** ((index + 0.5) / BUCKETS_PER_DOUBLING) / 1_000
    }
    return 0
  }
}
