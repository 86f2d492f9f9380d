/**
 * A correction of an issued invoice: its periods rated on all that is known now, less what is billed for them already (the
 * invoice's own lines and earlier corrections; goodwill is apart). Pure.
 *
 * One signed line for each line whose amount or quantity differs; lines are the same if item, scope member, tariff version and
 * segment are, and of a whole contract's discounts and maximum also the words and the category of tax. Those that are the same all
 * the same (two discounts of one name) are taken together. A correction is the difference of two amounts that are each rounded once,
 * never a rounded difference, so that corrections of corrections end at what a single bill with all data would have been.
 */
import { moneyOf, moneyToDecimal, Rational, type InvoiceId } from '../../core/index.ts'
import type { BillLine } from '../billing-types.ts'
import { sayLine } from '../rating/line-sentence.ts'
import type { RatedLine, RatingInput } from '../rating/rating-types.ts'

/** A line that is billed for the periods of the corrected invoice, and the number of the document that it is in. */
export type BilledLine = { readonly line: RatedLine; readonly number: string }

/** An invoice's periods as rated now, and what is billed for them. */
export type CorrectionInputs = {
  readonly correctsId: InvoiceId
  readonly billed: readonly BilledLine[]
  readonly ratings: readonly RatingInput[]
  /** Those of the lines that are meant; all without. The others go another way (`credit-corrections.ts`). */
  readonly taxCategories?: readonly string[]
}

export function correctionLines(
  correctsId: InvoiceId,
  billed: readonly BilledLine[],
  ratedNow: readonly RatedLine[],
): readonly BillLine[] {
  const billedOf = Map.groupBy(billed, ({ line }) => keyOf(line))
  const nowOf = Map.groupBy(ratedNow, keyOf)
  return [...new Set([...nowOf.keys(), ...billedOf.keys()])].flatMap((key) => {
    const line = correctionOf(together(nowOf.get(key) ?? []), billedOf.get(key) ?? [])
    return line === undefined ? [] : [{ ...line, correctsId }]
  })
}

/** All of them where no categories are named. */
export function ofCategories<Line extends RatedLine>(
  lines: readonly Line[],
  taxCategories: readonly string[] | undefined,
): readonly Line[] {
  if (taxCategories === undefined) return lines
  return lines.filter(({ taxCategory }) => taxCategories.includes(taxCategory))
}

/** Of each line that is billed what its last document says. */
export function standingLines(billed: readonly BilledLine[]): readonly RatedLine[] {
  return [...new Map(billed.map(({ line }) => [keyOf(line), line])).values()]
}

function together(lines: readonly RatedLine[]): RatedLine | undefined {
  const [first, ...others] = lines
  if (first === undefined || others.length === 0) return first
  return {
    ...first,
    quantity: sumOf(lines.map(({ quantity }) => quantity)).toString(),
    unroundedAmount: sumOf(lines.map(({ unroundedAmount }) => unroundedAmount)).toString(),
    amountMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    explanation: { ...first.explanation, steps: lines.flatMap(({ explanation }) => explanation.steps) },
  }
}

function correctionOf(now: RatedLine | undefined, billed: readonly BilledLine[]): RatedLine | undefined {
  const model = now ?? billed.at(-1)?.line
  if (model === undefined) return undefined
  const billedMinor = billed.reduce((sum, { line }) => sum + line.amountMinor, 0n)
  const billedQuantity = sumOf(billed.map(({ line }) => line.quantity))
  const amountMinor = (now?.amountMinor ?? 0n) - billedMinor
  const quantity = Rational.parseExact(now?.quantity ?? '0').minus(billedQuantity)
  if (amountMinor === 0n && quantity.compare(Rational.zero) === 0) return undefined
  const billedAmount = Rational.parseDecimal(moneyToDecimal(moneyOf(billedMinor, model.currency)))
  const unroundedNow = Rational.parseExact(now?.unroundedAmount ?? '0')
  const steps =
    billed.length === 0
      ? []
      : [
          {
            kind: 'billed_before' as const,
            documents: [...new Set(billed.map(({ number }) => number))].join(', '),
            quantity: billedQuantity.toString(),
            amount: Rational.zero.minus(billedAmount).toString(),
          },
        ]
  const line = {
    ...model,
    quantity: quantity.toString(),
    unroundedAmount: unroundedNow.minus(billedAmount).toString(),
    amountMinor,
    explanation:
      now === undefined
        ? { ...model.explanation, steps, usage: [], peaks: [], events: [], allocation: [] }
        : { ...now.explanation, steps: [...now.explanation.steps, ...steps], allocation: [] },
  }
  return { ...line, sentence: sayLine(line, 'en') }
}

function keyOf({ itemId, description, taxCategory, explanation }: RatedLine): string {
  const { member, tariffVersionId, period } = explanation
  const { kind, id = '' } = { id: undefined, ...member }
  return JSON.stringify([itemId, description, taxCategory, kind, id, tariffVersionId, period.from])
}

function sumOf(exact: readonly string[]): Rational {
  return exact.reduce((sum, text) => sum.plus(Rational.parseExact(text)), Rational.zero)
}
