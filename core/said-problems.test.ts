import { describe, expect, it } from 'vitest'
import { declareProblems, problem } from './said-problems.ts'

const problems = declareProblems({
  too_late: problem([], () => 'It came too late.'),
  sums_differ: problem(
    ['sumMinor', 'count'],
    ({ sumMinor, count }) => `${count} lines sum to ${sumMinor}; compare them.`,
  ),
})

describe('a problem that is kept', () => {
  it('has a sentence that follows from its code and facts, which are texts', () => {
    expect(problems.say('sums_differ', { sumMinor: -1_693n, count: 3 })).toEqual({
      sentence: '3 lines sum to -1693; compare them.',
      reason: { code: 'sums_differ', facts: { sumMinor: '-1693', count: '3' } },
    })
    expect(problems.say('too_late')).toEqual({
      sentence: 'It came too late.',
      reason: { code: 'too_late', facts: {} },
    })
  })

  it('is read back as it was stored', () => {
    const { reason } = problems.say('sums_differ', { sumMinor: 12n, count: 1 })
    expect(problems.readReason(JSON.stringify(reason))).toEqual(reason)
  })

  it('has no code where none was stored, or one of a newer program', () => {
    expect(problems.readReason(null)).toBe(undefined)
    expect(problems.readReason('{"code":"of_tomorrow","facts":{}}')).toBe(undefined)
    expect(problems.readReason('{"code":"toString","facts":{}}')).toBe(undefined)
  })
})
