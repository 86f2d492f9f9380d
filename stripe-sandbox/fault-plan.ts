/**
 * A seeded plan of failures: a share of the mutating requests meets one of all kinds, each as likely as the others. The same seed and the
 * same order of requests give the same failures; `describe` prints what happened, to be read beside the seed.
 */
import type { Fault, FaultRequest } from './faults.ts'
import { createSeededRandom } from './seeded-random.ts'

export type FaultPlan = {
  /** To be given as the sandbox's `fault`. */
  readonly next: (request: FaultRequest) => Fault | undefined
  /** One line with the seed, then one for each failure in its order. */
  readonly describe: () => string
}

/** Longer than a person would wait, shorter than the SDK's timeout. */
const MAX_HANG_MS = 300

const kinds: readonly ((answersAfterMs: number) => Fault)[] = [
  () => ({ kind: 'error_before' }),
  () => ({ kind: 'error_stored' }),
  () => ({ kind: 'error_after' }),
  () => ({ kind: 'reset_before' }),
  () => ({ kind: 'reset_after' }),
  () => ({ kind: 'cut_body' }),
  () => ({ kind: 'bad_gateway' }),
  () => ({ kind: 'rate_limit' }),
  () => ({ kind: 'rate_limit', shouldRetry: true }),
  () => ({ kind: 'lock_timeout' }),
  (answersAfterMs) => ({ kind: 'hang_before', answersAfterMs }),
  (answersAfterMs) => ({ kind: 'hang_after', answersAfterMs }),
]

/** @throws RangeError when the share is not between 0 and 1 */
export function createFaultPlan({
  seed,
  share,
}: {
  readonly seed: number
  readonly share: number
}): FaultPlan {
  if (!(share >= 0 && share <= 1))
    throw new RangeError(`The share of faults must be between 0 and 1: ${share}`)
  const random = createSeededRandom(seed)
  const happened: string[] = []
  let count = 0
  return {
    next({ method, path }) {
      if (method === 'GET') return undefined
      count += 1
      const isFaulty = random.fraction() < share
      const kind = kinds[random.below(kinds.length)]
      const answersAfterMs = 1 + random.below(MAX_HANG_MS)
      if (!isFaulty || kind === undefined) return undefined
      const fault = kind(answersAfterMs)
      happened.push(`${count} ${method} ${path}: ${JSON.stringify(fault)}`)
      return fault
    },
    describe: () => [`seed ${seed}, share ${share}`, ...happened].join('\n'),
  }
}
