/**
 * Discounts, maximum and minimum of a whole contract, on the rounded lines of a period: a line for each that changes the total. They are those of
 * the version in force at the end of the period, and fixed amounts are the period's share of the whole billing period. A discount with an end
 * runs if the period begins before it.
 *
 * Each is rounded by itself before the next acts on what it leaves, so that every line can be checked alone and a total at the maximum or
 * the minimum is exactly that.
 * A reduction is shared out among the tax categories of the lines that it reduces; what is missing to the minimum is of category "standard".
 */
import { getCurrency, Rational, roundToMoney } from '../../core/index.ts'
import { allocate } from './allocate.ts'
import { endOf } from './item-cuts.ts'
import { sharesOf } from './item-runs.ts'
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
  const { discounts = [], minimum, maximum } = document
  if (discounts.length === 0 && minimum === undefined && maximum === undefined) return []
  const shares = sharesOf(facts.period, facts)
  let totalMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0n)
  const made: RatedLine[] = []
  const take = (step: RatingStep) => {
    const { amountMinor } = roundToMoney(
      Rational.parseExact(step.amount),
      document.currency,
      document.rounding,
    )
    totalMinor += amountMinor
    made.push(...toLines(step, amountMinor, lines, version, facts))
  }
  const total = () => Rational.of(totalMinor, 10n ** BigInt(getCurrency(document.currency).minorDigits))
  for (const discount of discounts) {
    if (facts.period.from >= (endOf(discount, facts.offsets) ?? Infinity)) continue
    const ledger = new RunLedger({ discounts: [discount] }, shares)
    for (const step of ledger.takeDiscounts(total(), () => true).steps) take(step)
  }
  for (const limit of [{ maximum }, { minimum }]) {
    for (const step of new RunLedger(limit, shares).closeSegment(total(), true).steps) take(step)
  }
  return made
}

type Version = RatingInput['versions'][number]

function toLines(
  step: RatingStep,
  amountMinor: bigint,
  lines: readonly RatedLine[],
  version: Version,
  facts: RatingInput['facts'],
): readonly RatedLine[] {
  const { currency, rounding } = version.document
  const categories = step.kind === 'minimum' ? new Map([['standard', 1n]]) : sumsByCategory(lines)
  const { settlementStep } = getCurrency(currency)
  const shares = allocate(amountMinor / settlementStep, [...categories.values()])
  const weights = [...categories.values()].reduce((sum, weight) => sum + weight, 0n)
  return [...categories].flatMap(([taxCategory, weight], index) => {
    const share = (shares[index] ?? 0n) * settlementStep
    if (share === 0n) return []
    const amount = Rational.parseExact(step.amount).times(Rational.of(weight, weights)).toString()
    const line = {
      itemId: step.kind,
      description: describeStep(step),
      quantity: '1',
      unit: 'item',
      unitPrice: undefined,
      currency,
      taxCategory,
      unroundedAmount: amount,
      amountMinor: share,
      explanation: {
        tariffVersionId: version.id,
        period: { from: facts.period.from, to: facts.cutoffAt },
        rounding,
        member: { kind: 'contract' as const },
        steps: [{ ...step, amount } as RatingStep],
        usage: [],
        peaks: [],
        events: [],
        allocation: [],
      },
    }
    return [{ ...line, sentence: sayLine(line, 'en') }]
  })
}

/** The words are the same in English and German. */
function describeStep(step: RatingStep): string {
  if (step.kind === 'discount') return step.description
  return step.kind === 'maximum' ? 'Maximum' : 'Minimum'
}

function sumsByCategory(lines: readonly RatedLine[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { taxCategory, amountMinor } of lines) {
    sums.set(taxCategory, (sums.get(taxCategory) ?? 0n) + amountMinor)
  }
  return new Map([...sums].filter(([, sum]) => sum > 0n).sort(([left], [right]) => (left < right ? -1 : 1)))
}
