/**
 * What a dry run remembers of the lines that it found valid: it keeps nothing in the store between its transactions, so those
 * earlier lines that could change the answer to a line are taken once more before it, in the same transaction. Then the store judges as in the
 * real run, by the same code. For a list of the size that a request may have.
 */

export type EarlierLines<Input> = {
  add(input: Input): void
  /** At most two of the earlier lines, so that a group and what is taken before it stays small. */
  findRelated(input: Input): readonly Input[]
}

/** For things that exclude each other only where they share a key; a thing has at most two. */
export function rememberByKeys<Input>(keysOf: (input: Input) => readonly string[]): EarlierLines<Input> {
  const holders = new Map<string, Input>()
  return {
    add(input) {
      for (const key of keysOf(input)) holders.set(key, input)
    },
    findRelated: (input) =>
      keysOf(input).flatMap((key) => {
        const holder = holders.get(key)
        return holder === undefined ? [] : [holder]
      }),
  }
}

/**
 * For spans that exclude each other where they overlap within a key. Those remembered of a key do not overlap, so if any overlaps a span, one
 * of its two neighbours does.
 */
export function rememberSpans<Input extends { readonly from: number; readonly to?: number }>(
  keyOf: (input: Input) => string,
): EarlierLines<Input> {
  const spansOf = new Map<string, Input[]>()
  return {
    add(input) {
      const spans = spansOf.get(keyOf(input)) ?? []
      spans.splice(countUpTo(spans, input.from), 0, input)
      spansOf.set(keyOf(input), spans)
    },
    findRelated(input) {
      const spans = spansOf.get(keyOf(input)) ?? []
      const next = countUpTo(spans, input.from)
      return spans.slice(Math.max(0, next - 1), next + 1)
    },
  }
}

/** How many of the spans, in order, begin at the instant or before it. */
function countUpTo(spans: readonly { readonly from: number }[], at: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.from ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}
