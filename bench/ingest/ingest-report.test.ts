import { describe, expect, it } from 'vitest'
import { findAccountingFaults, reportIngest } from './ingest-report.ts'
import type { Accounting, WindowResult } from './measure-ingest.ts'

function aWindow(acknowledgedPerSecond: number, overrides: Partial<WindowResult> = {}): WindowResult {
  return {
    acknowledgedPerSecond,
    pubackP50Ms: 1,
    pubackP99Ms: 4,
    generatorCpuShare: 0.5,
    acknowledged: acknowledgedPerSecond,
    unacknowledged: 0,
    serverCpuMicrosecondsPerMessage: undefined,
    messagesPerCommit: undefined,
    deliveryLagMs: undefined,
    ...overrides,
  }
}

function anAccounting(overrides: Partial<Accounting> = {}): Accounting {
  const outcomes = { received: 100, pending: 0, accepted: 100, duplicate: 0, held: 0, rejected: 0 }
  return { acknowledged: 100, unacknowledged: 0, ...outcomes, ...overrides }
}

describe('reportIngest', () => {
  const report = reportIngest(
    {
      loads: {
        singleMessages: {
          usance: [aWindow(30_000), aWindow(10_000), aWindow(24_000)],
          bareAedes: [aWindow(40_000), aWindow(20_000), aWindow(40_000)],
        },
      },
      memory: { connections: 1_000, usanceBytesPerConnection: 45_000.4, bareAedesBytesPerConnection: 30_000 },
      accounting: anAccounting(),
    },
    {
      connections: 200,
      rounds: 3,
      warmUpMs: 1_500,
      windowMs: 4_000,
      idleConnections: 1_000,
      loads: ['singleMessages'],
      shapes: {
        fullSegments: { messagesPerSegment: 20, segmentsUnderWay: 2 },
        singleMessages: { messagesPerSegment: 1, segmentsUnderWay: 10 },
      },
      profileFolder: undefined,
    },
    { cores: 2, cpu: 'x', os: 'linux 6', node: 'v26.0.0', commit: 'abc', isModified: false },
    '2026-11-22T00:00:00.000Z',
  )

  it('compares servers within each round, not their medians', () => {
    expect(report.loads.singleMessages?.ratios).toEqual({
      usanceToBareAedes: { median: 0.6, min: 0.5, max: 0.75 },
    })
  })

  it('gives each server median and range and leaves out what is not known', () => {
    expect(report.loads.singleMessages?.servers.usance).toEqual({
      acknowledgedPerSecond: { median: 24_000, min: 10_000, max: 30_000 },
      pubackP50Ms: { median: 1, min: 1, max: 1 },
      pubackP99Ms: { median: 4, min: 4, max: 4 },
      generatorCpuShare: { median: 0.5, min: 0.5, max: 0.5 },
    })
    expect(Object.keys(report.loads)).toEqual(['singleMessages'])
  })

  it('gives memory per connection and its ratio', () => {
    expect(report.memory).toEqual({
      connections: 1_000,
      usanceBytesPerConnection: 45_000,
      bareAedesBytesPerConnection: 30_000,
      ratio: 1.5,
    })
  })
})

describe('findAccountingFaults', () => {
  it('finds none when everything acknowledged was accepted', () => {
    expect(findAccountingFaults(anAccounting())).toEqual([])
  })

  it('takes readings that were stored while their acknowledgement was under way', () => {
    expect(findAccountingFaults(anAccounting({ received: 103, accepted: 103, unacknowledged: 5 }))).toEqual(
      [],
    )
  })

  it.each([
    ['held', { accepted: 99, held: 1 }, 2],
    ['duplicate', { accepted: 99, duplicate: 1 }, 2],
    ['rejected', { received: 101, rejected: 1 }, 1],
    ['lost after the acknowledgement', { received: 99, accepted: 99 }, 1],
    ['stored but never sent', { received: 101, accepted: 101 }, 1],
    ['received without an outcome', { received: 101 }, 1],
    ['absent altogether', { acknowledged: 0, received: 0, accepted: 0 }, 1],
  ])('does not let a run count with readings %s', (_what, overrides, faultCount) => {
    expect(findAccountingFaults(anAccounting(overrides))).toHaveLength(faultCount)
  })
})
