/** Checks of what is said about a tax rate or a customer's taxation; every mistake is an issue with its pointer. */
import { AppError, getCivilDate, Rational, type InputIssue } from '../../core/index.ts'
import type { AddTaxRateInput } from '../billing-changes.ts'
import { issuesOfName, issueUnless } from '../input-check.ts'
import { OUTSIDE_CATEGORY } from './tax-table.ts'
import type { TaxCode, TaxTreatment } from './tax-types.ts'

const placePattern = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/
const categoryPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/
const MAX_PERCENT_DECIMALS = 4
const hundred = Rational.of(100n)
const exemptCodes: readonly TaxCode[] = ['E', 'AE', 'O', 'G']

export function issuesOfTaxPlace(place: string, pointer: string): readonly InputIssue[] {
  return issueUnless(
    placePattern.test(place),
    pointer,
    'Write a country in two capitals, "DE", or a part of one after ISO 3166-2, "ES-CN".',
  )
}

export function issuesOfTaxTreatment(treatment: TaxTreatment, pointer: string): readonly InputIssue[] {
  return treatment.status === 'exempt' ? issuesOfName(treatment.reason, `${pointer}/reason`) : []
}

export function issuesOfDate(text: string, pointer: string): readonly InputIssue[] {
  try {
    getCivilDate(text)
    return []
  } catch (error) {
    return [{ pointer, detail: sentenceOf(error) }]
  }
}

export function issuesOfTaxRate(input: AddTaxRateInput): readonly InputIssue[] {
  const { place, category, note, from } = input
  return [
    ...issuesOfTaxPlace(place, '/place'),
    ...issueUnless(
      categoryPattern.test(category),
      '/category',
      'Write 1 to 64 small letters, digits, "-" or "_", as the items of your tariffs name it.',
    ),
    ...issueUnless(
      category !== OUTSIDE_CATEGORY,
      '/category',
      `Leave out a rate for "${OUTSIDE_CATEGORY}": it is never taxed.`,
    ),
    ...(note === undefined ? [] : issuesOfName(note, '/note')),
    ...issuesOfDate(from, '/from'),
    ...issuesOfPercent(input),
    ...issuesOfCode(input),
  ]
}

function issuesOfPercent({ percent, kind }: AddTaxRateInput): readonly InputIssue[] {
  try {
    const rate = Rational.parseDecimal(percent, MAX_PERCENT_DECIMALS)
    const sign = rate.compare(Rational.zero)
    const isTaxed = kind === 'standard' || kind === 'reduced'
    if (isTaxed) {
      const isRight = sign > 0 && rate.compare(hundred) <= 0
      return issueUnless(isRight, '/percent', 'Write a rate above 0 and up to 100, or choose another kind.')
    }
    return issueUnless(sign === 0, '/percent', `Write "0", which a rate of the kind "${kind}" is.`)
  } catch (error) {
    return [{ pointer: '/percent', detail: sentenceOf(error) }]
  }
}

function issuesOfCode({ kind, code, note }: AddTaxRateInput): readonly InputIssue[] {
  if (kind !== 'exempt') {
    const own = kind === 'zero' ? 'Z' : 'S'
    return issueUnless(code === undefined || code === own, '/code', `Leave it out or write "${own}".`)
  }
  return [
    ...issueUnless(
      code === undefined || exemptCodes.includes(code),
      '/code',
      `Write one of ${exemptCodes.join(', ')}.`,
    ),
    ...issueUnless(note !== undefined, '/note', 'Say why no tax is due: the invoice has to.'),
  ]
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  throw error
}
