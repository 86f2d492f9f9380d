/**
 * Discounts, maximum and minimum of a whole contract, on the rounded lines of a period: a line for each that changes the total. They are those of
 * the version in force at the end of the period, and fixed amounts are the period's share of the whole billing period. A discount with an end
 * runs if the period begins before it.
 *
 * A reduction is shared out among the tax categories of the lines that it reduces; what is missing to the minimum is of category "standard".
 */
import { getCurrency, Rational, roundToMoney } from '../../core/index.ts'
import { allocate } from './allocate.ts'
import { endOf } from './item-cuts.ts'
import { shareOf } from './item-runs.ts'
import { sayLine } from './line-sentence.ts'
import { RunLedger } from './discounts.ts'
import type { RatedLine, RatingInput, RatingStep } from './rating-types.ts'

export function contractLines(
  lines: readonly RatedLine[],
  { versions, facts }: RatingInput,
): readonly RatedLine[] {
  const version = versions.at(-1)
  if (version === undefined || facts.charged === 'in_advance') return []
  const { document } = version
  const { discounts, minimum, maximum } = document
  if (discounts === undefined && minimum === undefined && maximum === undefined) return []
  const ledger = new RunLedger(document, shareOf(facts.period, facts))
  const total = Rational.of(
    lines.reduce((sum, line) => sum + line.amountMinor, 0n),
    10n ** BigInt(getCurrency(document.currency).minorDigits),
  )
  const discounted = ledger.takeDiscounts(
    total,
    (discount) => facts.period.from < (endOf(discount, facts.offsets) ?? Infinity),
  )
  const closed = ledger.closeSegment(discounted.amount, true)
  return [...discounted.steps, ...closed.steps].flatMap((step) => toLines(step, lines, version, facts))
}

type Version = RatingInput['versions'][number]

function toLines(
  step: RatingStep,
  lines: readonly RatedLine[],
  version: Version,
  facts: RatingInput['facts'],
): readonly RatedLine[] {
  const { currency, rounding } = version.document
  const { amountMinor } = roundToMoney(Rational.parseExact(step.amount), currency, rounding)
  const categories = step.kind === 'minimum' ? new Map([['standard', 1n]]) : sumsByCategory(lines)
  const { settlementStep } = getCurrency(currency)
  const shares = allocate(amountMinor / settlementStep, [...categories.values()])
  return [...categories.keys()].flatMap((taxCategory, index) => {
    const share = (shares[index] ?? 0n) * settlementStep
    if (share === 0n) return []
    const line = {
      itemId: step.kind,
      description: step.kind === 'discount' ? step.description : step.kind,
      quantity: '1',
      unit: 'item',
      unitPrice: undefined,
      currency,
      taxCategory,
      unroundedAmount: step.amount,
      amountMinor: share,
      explanation: {
        tariffVersionId: version.id,
        period: { from: facts.period.from, to: facts.cutoffAt },
        rounding,
        member: { kind: 'contract' as const },
        steps: [step],
        usage: [],
        peaks: [],
        events: [],
        allocation: [],
      },
    }
    return [{ ...line, sentence: sayLine(line, 'en') }]
  })
}

function sumsByCategory(lines: readonly RatedLine[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { taxCategory, amountMinor } of lines) {
    sums.set(taxCategory, (sums.get(taxCategory) ?? 0n) + amountMinor)
  }
  return new Map([...sums].filter(([, sum]) => sum > 0n).sort(([left], [right]) => (left < right ? -1 : 1)))
}
