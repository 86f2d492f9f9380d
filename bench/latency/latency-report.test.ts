import { describe, expect, it } from 'vitest'
import { reportLatency } from './latency-report.ts'

function aPhase(pubackP99Ms: number) {
  return {
    seconds: 5.04,
    acknowledgedPerSecond: 4_000.4,
    pubackP50Ms: 1.234,
    pubackP99Ms,
    pubackMaxMs: 31.6,
    sentLateP99Ms: 2,
  }
}

function aRound(p99Ms: number) {
  const summary = { median: 1, min: 1, max: 1 }
  return {
    bareAedes: aPhase(p99Ms),
    undisturbed: aPhase(p99Ms + 1),
    backlog: { ...aPhase(p99Ms + 2), uploadMs: 900, judgedAfterMs: 10 },
    backup: { ...aPhase(p99Ms + 3), backups: 2, backupMs: summary },
    reading: { ...aPhase(p99Ms + 4), rounds: 7, roundMs: summary, busiestQuantity: '5' },
  }
}

const accounting = {
  acknowledged: 1,
  unacknowledged: 0,
  received: 1,
  pending: 0,
  accepted: 1,
  duplicate: 0,
  held: 0,
  rejected: 0,
}

describe('reportLatency', () => {
  const report = reportLatency(8_001.4, 4_000, [aRound(10), aRound(30), aRound(20)], accounting)

  it('gives each phase median and range over the rounds', () => {
    expect(Object.entries(report.phases).map(([name, phase]) => [name, phase.pubackP99Ms])).toEqual([
      ['bareAedes', { median: 20, min: 10, max: 30 }],
      ['undisturbed', { median: 21, min: 11, max: 31 }],
      ['backlog', { median: 22, min: 12, max: 32 }],
      ['backup', { median: 23, min: 13, max: 33 }],
      ['reading', { median: 24, min: 14, max: 34 }],
    ])
    expect(report.phases.undisturbed.pubackP50Ms.median).toBe(1.23)
  })

  it('says of each round what went on beside the fleet, without the phases', () => {
    expect(report.disturbances).toHaveLength(3)
    expect(report.disturbances[0]?.backlog).toEqual({ uploadMs: 900, judgedAfterMs: 10 })
  })
})
