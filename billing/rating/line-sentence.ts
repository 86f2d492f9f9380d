/**
 * A line's explanation in one sentence, from its data alone. Instants are written in UTC: time zone tables differ between machines,
 * and the sentence must be the same on all of them (I7).
 */
import { formatInstant, getCurrency, moneyOf, moneyToDecimal, Rational } from '../../core/index.ts'
import { linePhrases, type Language, type LinePhrases, type StepWords } from './line-phrases.ts'
import type { EvidenceBorder, RatedLine, RatingStep } from './rating-types.ts'

type SayableLine = Omit<RatedLine, 'sentence'>

export function sayLine(line: SayableLine, language: Language): string {
  const phrases = linePhrases[language]
  const { description, explanation, unit, currency } = line
  const { minorDigits } = getCurrency(currency)
  const words: StepWords = {
    description,
    unit,
    number: phrases.number,
    money: (exact) => `${phrases.number(withCents(exact, minorDigits))} ${currency}`,
    instant: sayInstant,
  }
  const source = saySource(line, phrases)
  const amount = sayAmount(line, phrases)
  const lead = `${description}${phrases.ofMember(explanation.member)}: `
  const [first, ...others] = explanation.steps
  const [unitPrice] = unitPriceOf(explanation.steps)
  if (source === undefined) {
    const steps = explanation.steps.map((step) => phrases.step(step, words))
    if (first?.kind === 'fee' && others.length === 0) {
      const span = saySpan(line, phrases)
      const share = phrases.share(first, words.money, amount)
      return share === undefined ? `${lead}${amount}${phrases.once(span)}.` : `${lead}${share}, ${span}.`
    }
    return `${lead}${steps.join('; ')}${phrases.together(amount)}.`
  }
  const counted = `${source}${phrases.whichIs(phrases.number(countedQuantity(line)), unit)}`
  const estimates = sayEstimates(line, phrases)
  if (unitPrice !== undefined) {
    return `${lead}${counted}${phrases.atPrice(words.money(unitPrice), unit, amount)}.${estimates}`
  }
  const steps = explanation.steps.map((step) => `; ${phrases.step(step, words)}`)
  return `${lead}${counted}${steps.join('')}${phrases.together(amount)}.${estimates}`
}

/** The one price of a line that is nothing but quantity times price. */
function unitPriceOf(steps: readonly RatingStep[]): readonly string[] {
  const [only, ...others] = steps
  return only?.kind === 'units' && only.block === null && others.length === 0 ? [only.price] : []
}

/** A correction bills the difference to what was billed before; its sentence tells what was counted. */
function countedQuantity({ quantity, explanation: { steps } }: SayableLine): string {
  const before = steps.flatMap((step) =>
    step.kind === 'billed_before' ? [Rational.parseExact(step.quantity)] : [],
  )
  return before.reduce((sum, each) => sum.plus(each), Rational.parseExact(quantity)).toString()
}

const feeSteps: readonly RatingStep['kind'][] = [
  'fee',
  'once',
  'refund',
  'discount',
  'minimum',
  'maximum',
  'manual',
  'billed_before',
]

/** What was used; undefined for what no usage moves. */
function saySource(line: SayableLine, phrases: LinePhrases): string | undefined {
  const { usage, peaks, events, steps } = line.explanation
  const span = saySpan(line, phrases)
  const [peak] = peaks.toSorted((left, right) => (left.quantity > right.quantity ? -1 : 1))
  if (peak !== undefined) {
    const { register, unit, quantity, at, deviceId } = peak
    const who = phrases.device(deviceId)
    return phrases.peaked(
      register,
      who,
      String(quantity),
      unit,
      span,
      at === undefined ? '–' : sayInstant(at),
    )
  }
  const [first] = usage
  if (first !== undefined) {
    const sum = usage.reduce((total, { quantity }) => total + quantity, 0n)
    return phrases.advanced(first.register, sayWho(usage, phrases), String(sum), first.unit, span)
  }
  const [event] = events
  if (event !== undefined) return phrases.happened(events.length, event.type, sayWho(events, phrases), span)
  const isFee = steps.length > 0 && steps.every(({ kind }) => feeSteps.includes(kind))
  return isFee ? undefined : phrases.nothing(span)
}

function sayWho(records: readonly { readonly deviceId: string }[], phrases: LinePhrases): string {
  const [first, ...others] = new Set(records.map(({ deviceId }) => deviceId))
  return others.length === 0 ? phrases.device(first ?? '') : phrases.devices(others.length + 1)
}

function sayAmount(
  { currency, amountMinor, unroundedAmount, explanation }: SayableLine,
  phrases: LinePhrases,
): string {
  const decimal = moneyToDecimal(moneyOf(amountMinor, currency))
  const amount = `${phrases.number(decimal)} ${currency}`
  const isExact = Rational.parseDecimal(decimal).compare(Rational.parseExact(unroundedAmount)) === 0
  if (isExact) return amount
  return phrases.rounded(`${phrases.number(unroundedAmount)} ${currency}`, explanation.rounding, amount)
}

function sayEstimates({ explanation: { usage } }: SayableLine, phrases: LinePhrases): string {
  const count = usage.filter(({ start, end }) => isEstimate(start) || isEstimate(end)).length
  return count === 0 ? '' : phrases.estimates(count, usage.length)
}

/** A value read at the border itself is exact, even where an estimated step begins. */
function isEstimate({ at, before, isEstimated }: EvidenceBorder): boolean {
  return isEstimated && before?.at !== at
}

/** "4.9" as "4.90"; a fraction, or what has more decimals, as it is. */
function withCents(exact: string, minorDigits: number): string {
  const [whole = '', decimals = ''] = exact.split('.')
  if (exact.includes('/') || decimals.length >= minorDigits) return exact
  return `${whole}.${decimals.padEnd(minorDigits, '0')}`
}

function saySpan({ explanation: { period } }: SayableLine, phrases: LinePhrases): string {
  return phrases.span(sayInstant(period.from), sayInstant(period.to))
}

function sayInstant(at: number): string {
  return formatInstant(at).replace('.000Z', 'Z')
}
