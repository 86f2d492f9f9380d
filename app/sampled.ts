/**
 * A costly figure that is asked for often: read at most once in a while, and shared by everyone who asks meanwhile.
 *
 * A read that fails gives undefined until the next one is due: whoever shows the figure shows none rather than an old
 * one, and a store in trouble is not asked again at every scrape.
 */
import type { Clock } from '../core/index.ts'

export function sampleAtMostEvery<Figure>(
  pauseMs: number,
  clock: Clock,
  read: () => Promise<Figure>,
): () => Promise<Figure | undefined> {
  let sampledAt = -Infinity
  let sample: Promise<Figure | undefined> = Promise.resolve(undefined)
  return () => {
    const now = clock.now()
    if (now - sampledAt >= pauseMs) {
      sampledAt = now
      sample = read().catch(() => undefined)
    }
    return sample
  }
}
