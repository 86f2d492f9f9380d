import type { Writable } from 'node:stream'
import type { Clock } from '../core/index.ts'

/** What a bench may touch of the process it runs in. */
export type BenchIo = {
  /** For the result. */
  readonly stdout: Writable
  /** For talk. */
  readonly stderr: Writable
  readonly clock: Clock
  /** Aborted by the first interruption: the bench stops and cleans up. */
  readonly signal: AbortSignal
}

export type Bench = (argv: readonly string[], io: BenchIo) => Promise<void>
