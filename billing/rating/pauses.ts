/**
 * Time in which a contract is paused. It makes no fee, and bounds, allowances, minimums and maximums shrink with it; what is used in it is
 * used, and costs what it costs.
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
