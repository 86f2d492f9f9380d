import { describe, expect, it } from 'vitest'

import { versionsNow } from './versions-now.ts'

const versions = ['2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'].map(
  (effectiveAt) => ({ effectiveAt }),
)

describe('versionsNow', () => {
  it.each([
    ['2025-12-31T23:59:59Z', undefined, '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    ['2026-11-27T00:00:00Z', '2026-06-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00Z', undefined],
  ])('at %s has the version from %s in force and the one from %s to come', (now, current, next) => {
    const found = versionsNow(versions, Date.parse(now))
    expect([found.current?.effectiveAt, found.next?.effectiveAt]).toEqual([current, next])
  })

  it('of none is none', () => {
    expect(versionsNow([], 0)).toEqual({ current: undefined, next: undefined, newestFirst: [] })
  })
})
