import { describe, expect, it } from 'vitest'
import { parseRetryAfter, pauseAfter } from './retry-schedule.ts'

const now = Date.parse('2026-11-27T12:00:00Z')

describe('the pause after an attempt that failed', () => {
  it.each([
    [1, 5_000],
    [2, 300_000],
    [3, 1_800_000],
    [4, 7_200_000],
    [5, 18_000_000],
    [6, 36_000_000],
    [7, 50_400_000],
    [8, 72_000_000],
    [9, 86_400_000],
    [10, undefined],
    [11, undefined],
  ])('after %i attempts is %s ms at least', (attempts, pauseMs) => {
    expect(pauseAfter(attempts, 0)).toBe(pauseMs)
  })

  it('is longer by chance, by less than a tenth', () => {
    expect(pauseAfter(1, 128)).toBe(5_250)
    expect(pauseAfter(1, 255)).toBe(5_498)
  })

  it('is as long as the server asks, but a day at most and never shorter', () => {
    expect(pauseAfter(1, 0, 60_000)).toBe(60_000)
    expect(pauseAfter(3, 0, 60_000)).toBe(1_800_000)
    expect(pauseAfter(1, 0, 7 * 86_400_000)).toBe(86_400_000)
    expect(pauseAfter(10, 0, 60_000)).toBe(undefined)
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Fri, 27 Nov 2026 12:00:30 GMT', 30_000],
    ['Fri, 27 Nov 2026 11:59:00 GMT', 0],
    [undefined, undefined],
    ['', undefined],
    ['-5', undefined],
    ['1e3', undefined],
    ['9999999999', undefined],
    ['Fri, 31 Feb 2026 12:00:30 GMT', undefined],
    ['Fri, 27 Foo 2026 12:00:30 GMT', undefined],
    ['tomorrow', undefined],
  ])('%j asks for %s ms', (header, asked) => {
    expect(parseRetryAfter(header, now)).toBe(asked)
  })
})
