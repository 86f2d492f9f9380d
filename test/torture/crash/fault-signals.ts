/**
 * What the threads of a server under torture and the run that tortures it tell each other: the orders that go in with
 * the environment, the cells of shared memory, and the lines that come out on standard error.
 */
import { writeSync } from 'node:fs'
import type { Life } from './fault-plan.ts'

/** Not `USANCE_…`: the server refuses variables of its own that it does not know. */
export const ORDERS_VARIABLE = 'TORTURE_ORDERS'
export const CELLS_KEY = 'torture-cells'
/** A payload that holds this cannot be stored. */
export const POISON = 'torture-poison'

export type Orders = Life & {
  /** The metering database. */
  readonly file: string
}

/** Places in the shared `Int32Array`. */
export const cells = {
  /** Commits that the writer has begun, over all its threads. */
  commits: 0,
  /** 1 while a COMMIT is being executed. */
  isInCommit: 1,
  /** 1 while a connection is being closed, which checkpoints. */
  isInClose: 2,
  /** Turns 1 when the killer is to act. */
  isDue: 3,
  /** How long the last COMMIT took, in microseconds. */
  commitMicros: 4,
} as const
export const CELL_COUNT = 8

export type TortureEvent =
  /** The COMMIT came at which the run is to kill the process. */
  | { readonly event: 'due' }
  | { readonly event: 'fault'; readonly kind: string }
  | { readonly event: 'poison' }
  /** Written right before SIGKILL. `isHit`: it fell where it was meant to. */
  | { readonly event: 'kill'; readonly isHit: boolean }

const MARK = 'TORTURE '

export function report(event: TortureEvent): void {
  writeSync(2, `${MARK}${JSON.stringify(event)}\n`)
}

export function parseReport(line: string): TortureEvent | undefined {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as TortureEvent) : undefined
}

export function killNow(isHit: boolean): void {
  report({ event: 'kill', isHit })
  process.kill(process.pid, 'SIGKILL')
}
