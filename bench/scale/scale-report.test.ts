import { describe, expect, it } from 'vitest'
import { reportStored } from './scale-report.ts'

const aWindow = (acknowledgedPerSecond: number) => ({
  acknowledgedPerSecond,
  pubackP99Ms: 5,
  generatorCpuShare: 0.5,
  serverCpuMicrosecondsPerMessage: 50,
})

describe('reportStored', () => {
  const report = reportStored({
    storedReadings: 1_000_000,
    fileBytes: 190_000_000,
    fillMs: 4_600,
    rounds: {
      singleMessages: [
        { empty: aWindow(10_000), stored: aWindow(9_000) },
        { empty: aWindow(4_000), stored: aWindow(2_000) },
        { empty: aWindow(20_000), stored: aWindow(19_000) },
      ],
    },
  })

  it('compares both databases within each round, not their medians', () => {
    expect(report.loads.singleMessages?.storedToEmpty).toEqual({ median: 0.9, min: 0.5, max: 0.95 })
    expect(report.loads.singleMessages?.stored.acknowledgedPerSecond.median).toBe(9_000)
  })

  it('leaves out a load that was not measured', () => {
    expect(Object.keys(report.loads)).toEqual(['singleMessages'])
    expect(report.fillSeconds).toBe(5)
  })
})
