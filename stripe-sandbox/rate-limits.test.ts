import { describe, expect, it } from 'vitest'
import { createRateLimiter } from './rate-limits.ts'

describe('rate limits', () => {
  it('hold for each endpoint over a sliding second', () => {
    let now = 0
    const limiter = createRateLimiter({ perEndpoint: 2, total: 10 }, () => now)
    const at = (ms: number, endpoint: string) => {
      now = ms
      return limiter.admit(endpoint)
    }
    expect([at(0, 'a'), at(600, 'a'), at(999, 'a'), at(999, 'b')]).toEqual([
      undefined,
      undefined,
      'endpoint-rate',
      undefined,
    ])
    expect([at(1_000, 'a'), at(1_599, 'a'), at(1_600, 'a')]).toEqual([undefined, 'endpoint-rate', undefined])
    expect(limiter.refusedCount()).toBe(2)
  })

  it('hold for all endpoints together', () => {
    const limiter = createRateLimiter({ perEndpoint: 2, total: 3 }, () => 0)
    expect(['a', 'b', 'c', 'd'].map((endpoint) => limiter.admit(endpoint))).toEqual([
      undefined,
      undefined,
      undefined,
      'global-rate',
    ])
  })

  it('are off unless they are given', () => {
    const limiter = createRateLimiter(undefined, () => 0)
    expect(
      Array.from({ length: 1_000 }, () => limiter.admit('a')).every((reason) => reason === undefined),
    ).toBe(true)
  })
})
