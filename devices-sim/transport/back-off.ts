/** How long to wait before connecting again: exponential with full jitter, in whole milliseconds. */
import type { Random } from '../../core/index.ts'

export type BackOff = {
  /** The first wait is below this. */
  readonly baseMs: number
  /** No wait is longer than this. */
  readonly capMs: number
}

export const defaultBackOff: BackOff = { baseMs: 500, capMs: 30_000 }

/** `failures` counts the attempts that failed in a row, from 1. The wait is anything from 0 to the doubled base. */
export function backOffMs({ baseMs, capMs }: BackOff, failures: number, random: Random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 20))
  return random.between(0, ceiling)
}
