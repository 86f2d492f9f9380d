/**
 * The one canonical form of a line: its JSON with the members in order, so that equal lines are equal bytes wherever they come
 * from: rated now, read from the ledger, or kept in the corpus.
 */
import { canonicalJson } from '../../core/index.ts'
import { formatLine, type RatedLineJson } from '../rating/rating-json.ts'
import type { RatedLine } from '../rating/rating-types.ts'

export function canonicalLine(line: RatedLine): string {
  return canonicalLineJson(formatLine(line))
}

/** Of a line that is JSON already; its explanation is taken as it was written. */
export function canonicalLineJson({
  itemId,
  description,
  quantity,
  unit,
  unitPrice,
  currency,
  taxCategory,
  unroundedAmount,
  amountMinor,
  explanation,
  sentence,
}: Omit<RatedLineJson, 'explanation'> & { readonly explanation: unknown }): string {
  return canonicalJson({
    itemId,
    description,
    quantity,
    unit,
    unitPrice,
    currency,
    taxCategory,
    unroundedAmount,
    amountMinor,
    explanation,
    sentence,
  })
}
