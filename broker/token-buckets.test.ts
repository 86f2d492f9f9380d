import { describe, expect, it } from 'vitest'
import { addressKey, TokenBucket, TokenBuckets } from './token-buckets.ts'

function takeAll(bucket: TokenBucket): number {
  let count = 0
  while (bucket.tryTake()) count += 1
  return count
}

describe('TokenBucket', () => {
  it('gives its burst at once and then its rate', () => {
    let now = 0
    const bucket = new TokenBucket({ perSecond: 10, burst: 5, stopwatch: () => now })
    expect(takeAll(bucket)).toBe(5)
    expect([bucket.hasToken(), bucket.waitMs()]).toEqual([false, 100])
    now = 250
    expect(takeAll(bucket)).toBe(2)
    expect(bucket.waitMs()).toBe(50)
    now = 300
    expect(takeAll(bucket)).toBe(1)
  })

  it('never saves more than its burst', () => {
    let now = 0
    const bucket = new TokenBucket({ perSecond: 10, burst: 5, stopwatch: () => now })
    takeAll(bucket)
    now = 3_600_000
    expect(takeAll(bucket)).toBe(5)
  })
})

describe('TokenBuckets', () => {
  it('keeps one bucket per key and forgets the one used longest ago', () => {
    const buckets = new TokenBuckets(1, 1, () => 0, 2)
    expect([buckets.get('a').tryTake(), buckets.get('a').tryTake()]).toEqual([true, false])
    buckets.get('b').tryTake()
    buckets.get('a')
    buckets.get('c')
    expect([buckets.get('a').hasToken(), buckets.get('b').hasToken()]).toEqual([false, true])
  })
})

describe('addressKey', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:db8:0:0:1::', '2001:db8::/64'],
    ['::1', '::/64'],
    [undefined, 'unknown'],
  ])('turns %s into %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })
})
