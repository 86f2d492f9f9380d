/**
 * `expand[]`: which references of an answer are shown as whole objects. An endpoint names what it can expand as a tree; anything else is
 * refused before the work. What is wanted is passed on as a set of dotted paths, with `data.` taken off for lists.
 */
import { list, text, type Reader } from './parameters.ts'
import { invalidRequest } from './stripe-failure.ts'

export type Expansion = ReadonlySet<string>

/** A wanted path wants its beginnings too, as `payments` in `payments.data.payment.payment_intent`. */
export function expandReader(allowed: readonly string[], prefix = ''): Reader<Expansion> {
  const paths = list(text(200))
  return (given, name) => {
    const wanted = new Set<string>()
    for (const [index, path] of paths(given, name).entries()) {
      const inner = path.startsWith(prefix) ? path.slice(prefix.length) : undefined
      if (inner === undefined || !allowed.includes(inner)) {
        throw invalidRequest(
          `This property cannot be expanded (${path}).`,
          'parameter_invalid',
          `${name}[${index}]`,
        )
      }
      const parts = inner.split('.')
      for (const [depth] of parts.entries()) wanted.add(parts.slice(0, depth + 1).join('.'))
    }
    return wanted
  }
}

export const noExpansion: Expansion = new Set<string>()
