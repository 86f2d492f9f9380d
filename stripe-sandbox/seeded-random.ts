/** Random numbers that are the same for the same seed (mulberry32): for faults and deliveries, never for anything secret. */
export type SeededRandom = {
  /** From 0 up to, not including, 1. */
  readonly fraction: () => number
  /** A whole number from 0 up to, not including, `end`. */
  readonly below: (end: number) => number
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed | 0
  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { fraction, below: (end) => Math.floor(fraction() * end) }
}
