import { describe, expect, it } from 'vitest'
import { getDeviceId } from '../core/index.ts'
import { TakeoverWatch } from './takeover-watch.ts'

const drill = getDeviceId('drill-1')

/** Notes takeovers of one device at these moments and addresses; the alarms by their place. */
function alarmsOf(takeovers: readonly (readonly [second: number, address: string])[]) {
  let now = 0
  const watch = new TakeoverWatch(() => now)
  return takeovers.map(([second, address]) => {
    now = second * 1_000
    return watch.note(drill, address)
  })
}

describe('TakeoverWatch', () => {
  it.each([
    ['one takeover', [[0, 'a']], [undefined]],
    [
      'two within a minute from different addresses',
      [
        [0, 'a'],
        [60, 'b'],
      ],
      [undefined, ['a', 'b']],
    ],
    [
      'two further apart',
      [
        [0, 'a'],
        [60.001, 'b'],
      ],
      [undefined, undefined],
    ],
    [
      'two from the same address',
      [
        [0, 'a'],
        [1, 'a'],
      ],
      [undefined, undefined],
    ],
    [
      'a change of network between hasty reconnects',
      [
        [0, 'a'],
        [1, 'a'],
        [2, 'b'],
      ],
      [undefined, undefined, ['a', 'b']],
    ],
    [
      'a duel, once a minute',
      [
        [0, 'a'],
        [1, 'b'],
        [2, 'a'],
        [60.999, 'b'],
        [61, 'a'],
      ],
      [undefined, ['a', 'b'], undefined, undefined, ['b', 'a']],
    ],
  ] as const)('judges %s', (_what, takeovers, alarms) => {
    expect(alarmsOf(takeovers)).toEqual(alarms)
  })

  it('does not mix devices', () => {
    const watch = new TakeoverWatch(() => 0)
    expect(watch.note(drill, 'a')).toBe(undefined)
    expect(watch.note(getDeviceId('drill-2'), 'b')).toBe(undefined)
  })

  it('forgets after a minute, and the oldest above its bound', () => {
    let now = 0
    const watch = new TakeoverWatch(() => now, 3)
    for (const id of ['drill-1', 'drill-2', 'drill-3', 'drill-4']) watch.note(getDeviceId(id), 'a')
    expect(watch.size).toBe(3)
    expect(watch.note(drill, 'b')).toBe(undefined)
    now = 60_001
    watch.note(drill, 'a')
    expect(watch.size).toBe(1)
  })
})
