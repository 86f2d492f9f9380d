/**
 * An invoice computed again from nothing but what it was computed from. Pure, so neither its lines nor anything that has changed
 * since can have a say.
 */
import { ratingErrors } from '../rating/errors.ts'
import { rate } from '../rating/rate.ts'
import type { RatedLine, RatingInput, RatingResult } from '../rating/rating-types.ts'
import { correctionLines, ofCategories } from '../invoices/correction-lines.ts'
import { taxLines } from '../tax/tax-lines.ts'
import { canonicalLine } from './canonical-lines.ts'
import type { InvoiceInputs } from './invoice-inputs.ts'

/** The computations by which invoices were made, by their version: the newest and, once it differs, every one before it. */
const ratingsByVersion: ReadonlyMap<number, (input: RatingInput) => RatingResult> = new Map([[1, rate]])

/** An invoice as texts and numbers that two of them are compared by. */
export type CanonicalInvoice = {
  readonly lines: readonly string[]
  /** The sum of the lines. */
  readonly linesMinor: bigint
  readonly taxes: readonly CanonicalTax[]
}

export type CanonicalTax = {
  readonly code: string
  readonly percent: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
}

/** @throws AppError what `rate` and `taxLines` throw, and `rating_input_invalid` for a computation of a newer program */
export function replayInputs({
  ratingVersion,
  ratings,
  corrections,
  manualLines,
  tax,
}: InvoiceInputs): CanonicalInvoice {
  const rateAsThen = ratingsByVersion.get(ratingVersion)
  if (rateAsThen === undefined) {
    throw ratingErrors.rating_input_invalid(
      `Replay with a newer program: this one does not know version ${ratingVersion} of rating.`,
    )
  }
  const rateAll = (inputs: readonly RatingInput[]) => inputs.flatMap((input) => rateAsThen(input).lines)
  const lines = [
    ...rateAll(ratings),
    ...corrections.flatMap(({ correctsId, billed, ratings: ratedNow, taxCategories }) =>
      ofCategories(correctionLines(correctsId, billed, rateAll(ratedNow)), taxCategories),
    ),
    ...manualLines,
  ]
  return {
    lines: lines.map(canonicalLine),
    linesMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    taxes: tax === undefined ? [] : taxesOf(lines, tax),
  }
}

function taxesOf(
  lines: readonly RatedLine[],
  tax: NonNullable<InvoiceInputs['tax']>,
): readonly CanonicalTax[] {
  const [first] = lines
  if (first === undefined) return []
  const { currency } = first
  const { groups } = taxLines({ ...tax, lines, currency })
  return groups.map(({ code, percent, netMinor, taxMinor }) => ({ code, percent, netMinor, taxMinor }))
}
