import { describe, expect, it } from 'vitest'
import { parseMemoryArguments } from './memory-arguments.ts'

describe('parseMemoryArguments', () => {
  it('runs for two minutes after a third of that without arguments', () => {
    expect(parseMemoryArguments([])).toEqual({
      kind: 'run',
      settings: {
        idleConnections: 1_000,
        connections: 200,
        runMs: 120_000,
        warmUpMs: 40_000,
        commitDelayMs: 100,
      },
    })
  })

  it('warms up for a minute at most', () => {
    expect(parseMemoryArguments(['--minutes', '10'])).toMatchObject({
      settings: { runMs: 600_000, warmUpMs: 60_000 },
    })
  })

  it('refuses a delay after which the broker would give up', () => {
    expect(parseMemoryArguments(['--delay', '5000']).kind).toBe('misused')
  })
})
