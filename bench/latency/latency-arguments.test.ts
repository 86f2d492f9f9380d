import { describe, expect, it } from 'vitest'
import { parseLatencyArguments } from './latency-arguments.ts'

describe('parseLatencyArguments', () => {
  it('disturbs 200 connections with a backlog of 100,000 readings in three rounds without arguments', () => {
    expect(parseLatencyArguments([])).toEqual({
      kind: 'run',
      settings: {
        connections: 200,
        rounds: 3,
        warmUpMs: 1_500,
        phaseMs: 5_000,
        backlogReadings: 100_000,
        readingsPerMessage: 1_000,
      },
    })
  })

  it('shortens everything with --quick and lets a flag win over it', () => {
    expect(parseLatencyArguments(['--quick', '--backlog', '9', '--array', '3'])).toMatchObject({
      settings: { connections: 50, rounds: 1, phaseMs: 1_000, backlogReadings: 9, readingsPerMessage: 3 },
    })
  })

  it('refuses arrays that are longer than the wire format allows', () => {
    expect(parseLatencyArguments(['--array', '1001'])).toEqual({
      kind: 'misused',
      problems: ['--array is a whole number from 1 to 1000, not "1001".'],
    })
  })
})
