/** What a command of the simulator is given from outside: where to write, when to stop, which environment. */
import type { Writable } from 'node:stream'
import type { Clock } from '../core/index.ts'

export type SimulatorIo = {
  /** Results. */
  readonly stdout: Writable
  /** Talk. */
  readonly stderr: Writable
  /** The first interruption: publish what is stored, wait for the acknowledgements, then end. */
  readonly signal: AbortSignal
  /** The second one: end at once. */
  readonly quitSignal?: AbortSignal
  readonly env: Readonly<Record<string, string | undefined>>
  /** The machine's clock unless given. */
  readonly clock?: Clock
}
