/**
 * A seeded plan of failures: a share of the mutating requests meets one of all kinds, each as likely as the others. The same seed and the
 * same order of requests give the same failures; `describe` prints the last thousand that happened, to be read beside the seed.
 */
import { createRandom } from '../core/index.ts'
import type { Fault, FaultRequest } from './faults.ts'

export type FaultPlan = {
  /** To be given as the sandbox's `fault`. */
  readonly next: (request: FaultRequest) => Fault | undefined
  /** One line with the seed, then one for each of the last failures in their order. */
  readonly describe: () => string
}

/** What a hang lasts at most; one that outlasts the client lasts so much longer than its timeout. */
const MAX_HANG_MS = 300
/** The SDK's own. */
const DEFAULT_CLIENT_TIMEOUT_MS = 80_000
/** Of these the plan remembers what happened. */
const MAX_DESCRIBED = 1_000
const MILLION = 1_000_000

const kinds: readonly ((hangMs: number, clientTimeoutMs: number) => Fault)[] = [
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
  (hangMs) => ({ kind: 'hang_before', answersAfterMs: hangMs }),
  (hangMs) => ({ kind: 'hang_after', answersAfterMs: hangMs }),
  (hangMs, clientTimeoutMs) => ({ kind: 'hang_before', answersAfterMs: clientTimeoutMs + hangMs }),
  (hangMs, clientTimeoutMs) => ({ kind: 'hang_after', answersAfterMs: clientTimeoutMs + hangMs }),
]

/** @throws RangeError when the share is not between 0 and 1 */
export function createFaultPlan({
  seed,
  share,
  clientTimeoutMs = DEFAULT_CLIENT_TIMEOUT_MS,
  onFault,
}: {
  readonly seed: number
  readonly share: number
  /** How long the client waits for an answer: some hangs are longer. The SDK's 80,000 unless given. */
  readonly clientTimeoutMs?: number
  /** Told of each failure as it happens, in one line. */
  readonly onFault?: (line: string) => void
}): FaultPlan {
  if (!(share >= 0 && share <= 1))
    throw new RangeError(`The share of faults must be between 0 and 1: ${share}`)
  const random = createRandom(seed)
  const happened: string[] = []
  let count = 0
  return {
    next({ method, path }) {
      if (method === 'GET') return undefined
      count += 1
      const isFaulty = random.below(MILLION) < share * MILLION
      const kind = kinds[random.below(kinds.length)]
      const hangMs = 1 + random.below(MAX_HANG_MS)
      if (!isFaulty || kind === undefined) return undefined
      const fault = kind(hangMs, clientTimeoutMs)
      const line = `${count} ${method} ${path}: ${JSON.stringify(fault)}`
      happened.push(line)
      if (happened.length > MAX_DESCRIBED) happened.shift()
      onFault?.(line)
      return fault
    },
    describe: () => [`seed ${seed}, share ${share}`, ...happened].join('\n'),
  }
}
