/**
 * The heaviest run along permitted edges, for time anchors and for the values of a register (docs/metering-rules.md).
 *
 * `hasEdge` need not be transitive (a rate limit with slack is not), so this is a longest path and no patience sort.
 * Worked out from the end: `heaviest[i]` is the heaviest run that begins at i, and the follower chosen is the earliest
 * that attains it; following them from the earliest best start gives the lexicographically smallest of the heaviest.
 *
 * A tree over the followers prunes the search by three necessary conditions (weight, value, speed); `hasEdge` alone
 * decides. Ordinary histories cost one look per element; contradictory ones O(log n) to O(n) per element. The work
 * yields every few thousand looks, so that its caller can do something else in between.
 */

/** Looks between two yields. */
const LOOKS_PER_TURN = 4_096

export type RunProblem = {
  readonly count: number
  /** A whole number above zero; sums must stay below 2^53. */
  readonly weight: (index: number) => number
  /** May `later` directly follow `earlier`? */
  readonly hasEdge: (earlier: number, later: number) => boolean
  /** An element's value where edges come in; whole. */
  readonly enters: (index: number) => number
  /** A follower's `enters` is never below this. `-Infinity` if that cannot be said. */
  readonly leastFollower: (index: number) => number
  /** A follower's lead is never above `leadLimit` of the element before. */
  readonly lead: (index: number) => number
  readonly leadLimit: (index: number) => number
}

export type RunSolution = {
  /** Weight of the heaviest run that begins at each element. */
  readonly heaviest: Float64Array
  /** The element after each in that run; -1 at its end. */
  readonly follower: Int32Array
}

export function* solveRuns(problem: RunProblem): Generator<void, RunSolution> {
  const { count, hasEdge } = problem
  const heaviest = new Float64Array(count)
  const follower = new Int32Array(count).fill(-1)
  const width = 2 ** Math.ceil(Math.log2(Math.max(count, 1)))
  const maxWeight = new Float64Array(2 * width)
  const maxEnters = new Float64Array(2 * width).fill(-Infinity)
  const minLead = new Float64Array(2 * width).fill(Infinity)
  let looks = 0

  for (let index = count - 1; index >= 0; index -= 1) {
    const least = problem.leastFollower(index)
    const limit = problem.leadLimit(index)
    let best = 0
    let chosen = -1
    if (index + 1 < count && hasEdge(index, index + 1)) {
      best = heaviest[index + 1] ?? 0
      chosen = index + 1
    }
    looks += 1
    const stack = (maxWeight[1] ?? 0) > best ? [1] : []
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      looks += 1
      if (looks % LOOKS_PER_TURN === 0) yield
      const isHopeless =
        (maxWeight[node] ?? 0) <= best || (maxEnters[node] ?? 0) < least || (minLead[node] ?? 0) > limit
      if (isHopeless) continue
      if (node < width) {
        stack.push(2 * node + 1, 2 * node)
      } else if (hasEdge(index, node - width)) {
        best = heaviest[node - width] ?? 0
        chosen = node - width
      }
    }
    heaviest[index] = problem.weight(index) + best
    follower[index] = chosen
    let node = width + index
    maxWeight[node] = heaviest[index] ?? 0
    maxEnters[node] = problem.enters(index)
    minLead[node] = problem.lead(index)
    for (node >>= 1; node > 0; node >>= 1) {
      maxWeight[node] = Math.max(maxWeight[2 * node] ?? 0, maxWeight[2 * node + 1] ?? 0)
      maxEnters[node] = Math.max(maxEnters[2 * node] ?? 0, maxEnters[2 * node + 1] ?? 0)
      minLead[node] = Math.min(minLead[2 * node] ?? 0, minLead[2 * node + 1] ?? 0)
    }
    if (looks % LOOKS_PER_TURN === 0) yield
  }
  return { heaviest, follower }
}

/** The places of the heaviest run that begins at or after `first`; empty when there is none. */
export function heaviestRunFrom({ heaviest, follower }: RunSolution, first = 0): number[] {
  let start = -1
  for (let index = first; index < heaviest.length; index += 1) {
    if (start === -1 || (heaviest[index] ?? 0) > (heaviest[start] ?? 0)) start = index
  }
  return runThatBeginsAt({ heaviest, follower }, start)
}

export function runThatBeginsAt({ follower }: RunSolution, start: number): number[] {
  const run: number[] = []
  for (let index = start; index !== -1; index = follower[index] ?? -1) run.push(index)
  return run
}
