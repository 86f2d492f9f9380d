/** Arithmetic of half-open spans `[from, to)`. */
import type { Period } from '../core/index.ts'

/** What two spans have in common, undefined when that is nothing. */
export function intersect(left: Period, right: Period): Period | undefined {
  const from = Math.max(left.from, right.from)
  const to = Math.min(left.to, right.to)
  return from < to ? { from, to } : undefined
}

/** What is left of the span without the cuts, in order. The cuts may overlap. */
export function subtract(span: Period, cuts: readonly Period[]): readonly Period[] {
  const rest: Period[] = []
  let from = span.from
  for (const cut of [...cuts].sort((left, right) => left.from - right.from)) {
    if (cut.from > from && from < span.to) rest.push({ from, to: Math.min(cut.from, span.to) })
    from = Math.max(from, cut.to)
  }
  if (from < span.to) rest.push({ from, to: span.to })
  return rest
}
