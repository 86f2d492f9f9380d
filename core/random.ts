/**
 * Seeded randomness in whole numbers: xoshiro128** (Blackman and Vigna) on 32-bit words.
 *
 * A generator is named by its parts, such as seed, device and day, so that any day can be drawn without drawing the
 * days before it. The same parts give the same numbers on every machine: no floats, no `Math.random`.
 */
import { assertInvariant } from './errors.ts'

export type Random = {
  /** A whole number from 0 to `limit - 1`; `limit` is 1 to 2^32. */
  below(limit: number): number
  /** A whole number from `minimum` to `maximum`, both included. */
  between(minimum: number, maximum: number): number
  /** True in `perMille` of 1,000 cases. */
  chance(perMille: number): boolean
}

/** A generator of its own for every distinct list of parts. */
export function createRandom(...parts: readonly (string | number)[]): Random {
  let [a, b, c, d] = hashParts(parts)

  const next = (): number => {
    const drawn = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return drawn
  }
  const below = (limit: number): number => {
    assertInvariant(Number.isInteger(limit) && limit >= 1, 'A random number is drawn below a whole number.')
    return next() % limit
  }
  return {
    below,
    between: (minimum, maximum) => minimum + below(maximum - minimum + 1),
    chance: (perMille) => below(1_000) < perMille,
  }
}

/** Four words by FNV-1a with different starts, each stirred at the end so that similar names differ everywhere. */
function hashParts(parts: readonly (string | number)[]): [number, number, number, number] {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  const word = (start: number): number => {
    let hash = start
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }
  // The last word is never zero: a generator of four zero words would stand still.
  return [word(0x811c9dc5), word(0x3c6ef372), word(0x1b873593), word(0x5bd1e995) | 1]
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
