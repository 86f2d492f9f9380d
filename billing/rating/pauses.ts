/**
 * Time in which a contract is paused. What is owed or given for time shrinks with it: fees, minimums, allowances, first units, discounts in money,
 * and what tiers charge when nothing is used. What prices usage does not: maximums, bounds and amounts of tiers that something is used in, the
 * amount for a peak. Else a pause would make usage cheaper than it is without one, and free in a period that is paused whole.
 */
import type { Period } from '../../core/index.ts'

/** The parts of the span that are not paused, in order. `pauses` are in order and apart. */
export function unpausedParts({ from, to }: Period, pauses: readonly Period[]): readonly Period[] {
  const parts: Period[] = []
  let begins = from
  for (const pause of pauses) {
    if (pause.to <= begins || pause.from >= to) continue
    if (pause.from > begins) parts.push({ from: begins, to: pause.from })
    begins = pause.to
  }
  return begins < to ? [...parts, { from: begins, to }] : parts
}

export function unpausedMs(span: Period, pauses: readonly Period[]): number {
  return unpausedParts(span, pauses).reduce((sum, { from, to }) => sum + to - from, 0)
}
