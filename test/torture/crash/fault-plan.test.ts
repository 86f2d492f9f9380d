import { describe, expect, it } from 'vitest'
import { faultKinds, killKinds, planLives } from './fault-plan.ts'

describe('the plan of a crash run', () => {
  it('is the same for the same seed and another one for another seed', () => {
    expect(planLives(7, 40)).toEqual(planLives(7, 40))
    expect(planLives(7, 40)).not.toEqual(planLives(8, 40))
  })

  it.each([1, 2, 3, 4, 5])('has every kind of kill and of fault in 10 kills (seed %i)', (seed) => {
    const lives = planLives(seed, 10)
    expect(new Set(lives.map(({ kill }) => kill?.kind))).toEqual(new Set([...killKinds, undefined]))
    const faults = new Set(lives.flatMap(({ fault }) => (fault === undefined ? [] : [fault.kind])))
    expect(faults).toEqual(new Set([...faultKinds, 'disk_hangs']))
  })

  it('lets the server live through its fault before it is killed', () => {
    const lives = planLives(3, 300).filter(({ kill, fault }) => kill !== undefined && fault !== undefined)
    expect(lives.length).toBeGreaterThan(200)
    for (const { dueCommit, fault } of lives) {
      expect(dueCommit).toBeGreaterThan((fault?.commit ?? 0) + (fault?.count ?? 0))
    }
  })

  it('ends in one life without a kill', () => {
    const lives = planLives(3, 4)
    expect(lives.map(({ kill }) => kill === undefined)).toEqual([false, false, false, false, true])
  })
})
