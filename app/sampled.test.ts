import { describe, expect, it } from 'vitest'
import { sampleAtMostEvery } from './sampled.ts'

describe('sampleAtMostEvery', () => {
  it('reads once in the pause, also for those who ask while it is being read', async () => {
    let now = 1_000
    let reads = 0
    const ask = sampleAtMostEvery(60_000, { now: () => now }, async () => (reads += 1))
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
    now += 59_999
    expect(await ask()).toBe(1)
    now += 1
    expect(await ask()).toBe(2)
  })

  it('shows nothing after a read that failed, and asks again only when the next one is due', async () => {
    let now = 0
    let reads = 0
    const ask = sampleAtMostEvery(60_000, { now: () => now }, async () => {
      reads += 1
      if (reads === 1) throw new Error('the store restarts')
      return reads
    })
    expect([await ask(), await ask(), reads]).toEqual([undefined, undefined, 1])
    now = 60_000
    expect(await ask()).toBe(2)
  })
})
