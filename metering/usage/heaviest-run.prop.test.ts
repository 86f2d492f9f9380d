import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heaviestRunFrom, solveRuns, type RunProblem } from './heaviest-run.ts'

const RATE = 3
const SLACK = 2

type Element = { readonly at: number; readonly value: number; readonly weight: number }

const histories = fc
  .array(
    fc.record({
      step: fc.nat({ max: 4 }),
      value: fc.nat({ max: 12 }),
      weight: fc.constantFrom(1, 1, 1, 50),
    }),
    { maxLength: 9 },
  )
  .map((steps) => {
    let at = 0
    return steps.map(({ step, value, weight }): Element => ({ at: (at += step), value, weight }))
  })

function mayFollow(earlier: Element, later: Element): boolean {
  const advance = later.value - earlier.value
  return advance >= 0 && advance <= RATE * (later.at - earlier.at) + SLACK
}

function toProblem(elements: readonly Element[]): RunProblem {
  const get = (index: number) => elements[index] ?? { at: 0, value: 0, weight: 0 }
  return {
    count: elements.length,
    weight: (index) => get(index).weight,
    hasEdge: (earlier, later) => mayFollow(get(earlier), get(later)),
    enters: (index) => get(index).value,
    leastFollower: (index) => get(index).value,
    lead: (index) => get(index).value - RATE * get(index).at,
    leadLimit: (index) => get(index).value - RATE * get(index).at + SLACK,
  }
}

/** Every run there is, one after the other. */
function everyRun(elements: readonly Element[]): number[][] {
  const runs: number[][] = []
  for (let set = 1; set < 2 ** elements.length; set += 1) {
    const run = elements.flatMap((_, index) => (set & (1 << index) ? [index] : []))
    const isRun = run.slice(1).every((later, index) => {
      const before = elements[run[index] ?? 0]
      const after = elements[later]
      return before !== undefined && after !== undefined && mayFollow(before, after)
    })
    if (isRun) runs.push(run)
  }
  return runs
}

function compareRuns(left: readonly number[], right: readonly number[]): number {
  const place = left.findIndex((index, at) => index !== right[at])
  if (place === -1) return left.length - right.length
  return (left[place] ?? 0) - (right[place] ?? Infinity)
}

function solve(elements: readonly Element[]): number[] {
  const steps = solveRuns(toProblem(elements))
  for (;;) {
    const step = steps.next()
    if (step.done === true) return heaviestRunFrom(step.value)
  }
}

describe('the heaviest run', () => {
  it('is the one that trying every subset finds, ties to the smallest places', () => {
    fc.assert(
      fc.property(histories, (elements) => {
        const weightOf = (run: readonly number[]) =>
          run.reduce((sum, index) => sum + (elements[index]?.weight ?? 0), 0)
        const [expected = []] = everyRun(elements).sort(
          (left, right) => weightOf(right) - weightOf(left) || compareRuns(left, right),
        )
        expect(solve(elements)).toEqual(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['nothing', [], []],
    ['a spike between two values', [100, 900, 110, 120], [0, 2, 3]],
    ['a tie goes to the smaller place', [100, 900, 110], [0, 1]],
    ['a reset with fewer values after it than before', [5, 6, 7, 0, 1], [0, 1, 2]],
    ['a reset with more values after it than before', [5, 6, 0, 1, 2], [2, 3, 4]],
  ])('of %s', (_, values, expected) => {
    expect(solve(values.map((value, index) => ({ at: index * 1_000, value, weight: 1 })))).toEqual(expected)
  })
})
