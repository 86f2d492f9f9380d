import { describe, expect, it } from 'vitest'
import { countTests, formatClosingLine, type VitestReport } from './closing-line.ts'

function aReport(changes: Partial<VitestReport> = {}): VitestReport {
  return {
    numPassedTests: 12,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
    ...changes,
  }
}

describe('countTests', () => {
  it('takes the counts of the report', () => {
    expect(countTests(aReport(), 0)).toEqual({ passed: 12, failed: 0, skipped: 0 })
  })

  it('counts todo tests as skipped', () => {
    expect(countTests(aReport({ numPendingTests: 2, numTodoTests: 1 }), 0).skipped).toBe(3)
  })

  it('counts a failed test once, although its file failed too', () => {
    const report = aReport({
      numFailedTests: 1,
      testResults: [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] }],
    })
    expect(countTests(report, 1)).toEqual({ passed: 12, failed: 1, skipped: 0 })
  })

  it('counts a file that does not load as one failure', () => {
    const report = aReport({ testResults: [{ status: 'failed', assertionResults: [] }] })
    expect(countTests(report, 1).failed).toBe(1)
  })

  it('counts a file that fails after its tests have passed as one failure', () => {
    const report = aReport({ testResults: [{ status: 'failed', assertionResults: [{ status: 'passed' }] }] })
    expect(countTests(report, 1).failed).toBe(1)
  })

  it('counts an exit code that no test explains as one failure', () => {
    expect(countTests(aReport(), 1).failed).toBe(1)
  })

  it('takes a run in which every test was skipped for what it is', () => {
    expect(countTests(aReport({ numPassedTests: 0, numPendingTests: 4 }), 0)).toEqual({
      passed: 0,
      failed: 0,
      skipped: 4,
    })
  })

  it('counts a run that found no test as one failure', () => {
    expect(countTests(aReport({ numPassedTests: 0, testResults: [] }), 0)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    })
  })

  it('counts a run without a report as one failure', () => {
    expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('formatClosingLine', () => {
  it.each([
    [{ passed: 12, failed: 0, skipped: 0 }, '12 passed, 0 failed'],
    [{ passed: 0, failed: 1, skipped: 0 }, '0 passed, 1 failed'],
    [{ passed: 12, failed: 0, skipped: 3 }, '12 passed, 0 failed, 3 skipped'],
  ])('writes %j as "%s"', (counts, expected) => {
    expect(formatClosingLine(counts)).toBe(expected)
  })
})
