import { describe, expect, it } from 'vitest'
import { isReachable } from './reachability.ts'

describe('isReachable', () => {
  const options = { seed: 7, deviceId: 'drill-1', speed: 1 }
  const windows = Array.from({ length: 3_000 }, (_, place) => place * 20 * 60_000)

  it('is out of reach for about the given part of the time, by whole windows', () => {
    const away = windows.filter((at) => !isReachable({ ...options, offlinePerMille: 200 }, at))
    expect(away.length).toBeGreaterThan(500)
    expect(away.length).toBeLessThan(700)
    expect(
      away.filter((at) => isReachable({ ...options, offlinePerMille: 200 }, at + 20 * 60_000 - 1)),
    ).toEqual([])
  })

  it('is always in reach without an offline fraction', () => {
    expect(windows.filter((at) => !isReachable({ ...options, offlinePerMille: 0 }, at))).toEqual([])
  })
})
