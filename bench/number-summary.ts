/** Median and range: what a few noisy rounds can honestly say. */

export type NumberSummary = { readonly median: number; readonly min: number; readonly max: number }

/** Of at least one number; the median of an even count is the mean of the middle two. */
export function summarise(numbers: readonly number[], digits = 0): NumberSummary {
  const sorted = [...numbers].sort((left, right) => left - right)
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const round = (number: number) => Number(number.toFixed(digits))
  return {
    median: round((lower + upper) / 2),
    min: round(sorted[0] ?? Number.NaN),
    max: round(sorted.at(-1) ?? Number.NaN),
  }
}
