/**
 * From usage and tariff to lines: the one computation behind live bill, draft, invoice, command line and browser (I7).
 *
 * Pure: no clock, no randomness, no I/O, no time zone tables; the inputs are not changed, and the order of `usage` does not matter.
 * One line per item, scope member and version segment, in this order; tiers, bands and cells are steps of a line's explanation.
 *
 * - Counters go on where the next version has the same item, and start again where it has another (`item-runs.ts`, `charge-segments.ts`).
 * - Then come discounts, the maximum and, with the last segment of a run, the minimum (`discounts.ts`).
 * - Each line is rounded once, by its version's rule, and keeps the exact amount beside it (design §7).
 * - Usage that no item of the version in force prices is not billable by rule and makes no line.
 *
 * Whatever is missing throws; nothing missing reads as zero money (I8).
 */
import { Rational, roundToMoney, type Period } from '../../core/index.ts'
import { assertRatingInput } from './assert-rating-input.ts'
import { chargeSegments, type SegmentCharge } from './charge-segments.ts'
import { contractLines } from './contract-lines.ts'
import { isChargedInAdvance } from './document-terms.ts'
import { allocationOf, evidenceOf, refuseUnassigned } from './counted.ts'
import { itemRuns, type ItemRun } from './item-runs.ts'
import { sayLine } from './line-sentence.ts'
import type { RatedLine, RatingFacts, RatingInput, RatingResult } from './rating-types.ts'
import { membersOf, type Member } from './scope-members.ts'
import type { TariffItem } from './tariff-schema.ts'

/**
 * @throws AppError `tariff_not_in_force`, `rating_input_invalid`, `currency_unsupported`, `currency_mismatch`,
 * `decimal_invalid`, `tariff_cell_missing`, `tariff_pool_unclear`
 */
export function rate(input: RatingInput): RatingResult {
  assertRatingInput(input)
  const runs = itemRuns(input.versions, input.facts).filter(({ item }) => isCharged(item, input))
  for (const { item } of runs) refuseUnassigned(item, input, input.facts)
  const lines = runs.flatMap((run) =>
    membersOf(run.item.scope, input.facts).flatMap((member) =>
      chargeSegments(run, member, input).map((charge) => toLine(run, member, input, charge)),
    ),
  )
  return { lines: [...lines, ...contractLines(lines, input)], closing: input.opening }
}

/** Fees in advance are charged apart, with the period before theirs. */
function isCharged(item: TariffItem, { facts }: RatingInput): boolean {
  return isChargedInAdvance(item) === (facts.charged === 'in_advance')
}

function toLine(
  { item }: ItemRun,
  member: Member,
  { facts }: RatingInput,
  { segment: { version, from, to }, quantity, amount, steps, counted }: SegmentCharge,
): RatedLine {
  const { currency, rounding } = version.document
  const { amountMinor } = roundToMoney(amount, currency, rounding)
  const evidence = evidenceOf(item, counted)
  const line = {
    itemId: item.id,
    description: item.description,
    quantity: quantity.toString(),
    unit: unitOf(item),
    unitPrice: unitPriceOf(item, quantity, amount),
    currency,
    taxCategory: item.taxCategory ?? 'standard',
    unroundedAmount: amount.toString(),
    amountMinor,
    explanation: {
      tariffVersionId: version.id,
      period: periodOf(item, { from, to }, facts),
      rounding,
      member: member.member,
      steps,
      ...evidence,
      allocation: allocationOf(item, member, amountMinor, currency, evidence),
    },
  }
  return { ...line, sentence: sayLine(line, 'en') }
}

/** Only where it explains the amount by itself. */
function unitPriceOf(item: TariffItem, quantity: Rational, amount: Rational): string | undefined {
  if (!('price' in item) || item.type === 'session' || item.type === 'package') return undefined
  const isExplained = quantity.times(Rational.parseDecimal(item.price)).compare(amount) === 0
  return isExplained ? item.price : undefined
}

/** A fee is for time that may lie ahead; what was used is known up to the cutoff only. */
function periodOf(item: TariffItem, { from, to }: Period, { period, cutoffAt }: RatingFacts): Period {
  if (item.type !== 'flat') return { from, to: Math.min(to, cutoffAt) }
  return item.proration === 'day' || item.proration === 'second' ? { from, to } : period
}

function unitOf(item: TariffItem): string {
  if ('unit' in item) return item.unit
  return item.type === 'session' ? 'session' : item.type === 'flat' ? 'period' : 'item'
}
