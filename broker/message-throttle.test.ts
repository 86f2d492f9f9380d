import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MessageThrottle } from './message-throttle.ts'
import { TokenBucket } from './token-buckets.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

function throttleOf(perSecond: number, burst: number): { throttle: MessageThrottle<number>; seen: number[] } {
  const seen: number[] = []
  const bucket = new TokenBucket({ perSecond, burst, stopwatch: () => performance.now() })
  return { throttle: new MessageThrottle(bucket, (message) => seen.push(message)), seen }
}

describe('MessageThrottle', () => {
  it('forwards the burst at once and the rest at the rate, in order', () => {
    const { throttle, seen } = throttleOf(10, 2)
    for (const message of [1, 2, 3, 4, 5]) throttle.admit(message)
    expect(seen).toEqual([1, 2])
    vi.advanceTimersByTime(99)
    expect(seen).toEqual([1, 2])
    vi.advanceTimersByTime(1)
    expect(seen).toEqual([1, 2, 3])
    vi.advanceTimersByTime(200)
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not let a later message overtake one that waits', () => {
    const { throttle, seen } = throttleOf(1_000, 1)
    throttle.admit(1)
    throttle.admit(2)
    vi.advanceTimersByTime(5)
    throttle.admit(3)
    expect(seen).toEqual([1])
    vi.advanceTimersByTime(1_000)
    expect(seen).toEqual([1, 2, 3])
  })

  it('forwards everything that waits on flush and leaves no timer behind', () => {
    const { throttle, seen } = throttleOf(1, 1)
    for (const message of [1, 2, 3]) throttle.admit(message)
    throttle.flush()
    expect(seen).toEqual([1, 2, 3])
    expect(vi.getTimerCount()).toBe(0)
  })
})
