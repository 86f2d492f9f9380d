/** What a series of looks at resident memory says about whether it is flat. */
import type { Accounting, MemoryResult } from '../ingest/measure-ingest.ts'

export type Flatness = {
  readonly looks: number
  readonly minBytes: number
  readonly maxBytes: number
  /** Half of the range in percent of its middle: the x of "flat to ±x %". */
  readonly plusMinusPercent: number
  /** The mean of the second half against that of the first, in percent: a leak shows here, noise hardly. */
  readonly driftPercent: number
}

export type MemoryBenchResult = {
  readonly idle: MemoryResult & { readonly ratio: number }
  readonly slowStore: Flatness & {
    readonly acknowledgedPerSecond: number
    readonly messagesPerCommit: number
  }
  readonly accounting: Accounting
}

/** Of at least two looks, in the order in which they were taken. */
export function describeFlatness(residentBytes: readonly number[]): Flatness {
  const minBytes = Math.min(...residentBytes)
  const maxBytes = Math.max(...residentBytes)
  const half = residentBytes.length >> 1
  const before = mean(residentBytes.slice(0, half))
  const after = mean(residentBytes.slice(-half))
  return {
    looks: residentBytes.length,
    minBytes,
    maxBytes,
    plusMinusPercent: toPercent((maxBytes - minBytes) / (maxBytes + minBytes)),
    driftPercent: toPercent(after / before - 1),
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function toPercent(share: number): number {
  return Number((share * 100).toFixed(1))
}
