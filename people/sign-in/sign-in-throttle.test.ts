import { describe, expect, it } from 'vitest'
import { createThrottle } from './sign-in-throttle.ts'

describe('the throttle', () => {
  it('is over at the limit, within the window that the first count began', () => {
    let now = 0
    const throttle = createThrottle({ now: () => now }, 2, 1_000)
    throttle.count('a')
    expect(throttle.isOver('a')).toBe(false)
    now = 999
    throttle.count('a')
    expect([throttle.isOver('a'), throttle.isOver('b')]).toEqual([true, false])
    now = 1_000
    expect(throttle.isOver('a')).toBe(false)
  })

  it('forgets an address on request', () => {
    const throttle = createThrottle({ now: () => 0 }, 1, 1_000)
    throttle.count('a')
    throttle.forget('a')
    expect(throttle.isOver('a')).toBe(false)
  })

  it('keeps ten thousand addresses and forgets the one that was quiet the longest', () => {
    const throttle = createThrottle({ now: () => 0 }, 1, 1_000)
    for (let index = 0; index < 10_000; index++) throttle.count(`address ${index}`)
    throttle.count('address 0')
    throttle.count('one more')
    expect(['address 0', 'address 1', 'one more'].map((each) => throttle.isOver(each))).toEqual([
      true,
      false,
      true,
    ])
  })
})
