import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SilenceWatch, type Watched } from './silence-watch.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function aWatched(allowedTicks: number): Watched & { silences: number } {
  return {
    heardAtTick: 0,
    allowedTicks,
    silences: 0,
    onSilence() {
      this.silences += 1
      this.allowedTicks = 0
    },
  }
}

describe('SilenceWatch', () => {
  it('ends what is silent longer than allowed, at most a tick late, and nothing else', () => {
    const [short, long, unlimited, left] = [aWatched(15), aWatched(16), aWatched(0), aWatched(1)]
    const watched = new Set([short, long, unlimited, left])
    const watch = new SilenceWatch(watched, 10_000)
    watch.start()
    watched.delete(left)
    vi.advanceTimersByTime(15_999)
    expect([short, long, unlimited, left].map(({ silences }) => silences)).toEqual([0, 0, 0, 0])
    vi.advanceTimersByTime(1)
    expect([short, long, unlimited, left].map(({ silences }) => silences)).toEqual([1, 0, 0, 0])
    long.heardAtTick = watch.tick
    vi.advanceTimersByTime(16_000)
    expect(long.silences).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(long.silences).toBe(1)
    watch.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ticks once a second, or faster when the shortest time needs it', () => {
    expect(new SilenceWatch(new Set(), 10_000).tickMs).toBe(1_000)
    const watch = new SilenceWatch(new Set(), 100)
    expect(watch.tickMs).toBe(100)
    expect([0, 1, 100, 101].map((ms) => watch.ticksFor(ms))).toEqual([0, 1, 1, 2])
  })
})
