/**
 * The tax of a document: one group for each rate, computed on the sum of its lines and rounded once.
 *
 * `net + tax = gross` holds in each group and in total, exactly. The order of the lines, and whether a line is one or several,
 * changes nothing. Negative sums (credits) give the mirror image of positive ones. For gross prices the tax is taken out of the sum;
 * what bears no tax keeps its amount.
 *
 * Per rate and on the sum, since EN 16931 asks for it (BR-CO-17: the tax amount of a category is its taxable amount times its rate,
 * rounded). It leaves the manner to the countries, as the directive does (CJEU C-484/06, Ahold); half up to the smallest unit
 * is what the German VAT application decree asks for and the others take. Here it is the settlement step of the currency, so
 * that what is due can be paid.
 */
import {
  assertInvariant,
  getCurrency,
  moneyToDecimal,
  Rational,
  roundToMoney,
  sumMoney,
} from '../../core/index.ts'
import { exemptionNote, outsideNote, plainNote, reverseChargeNote, sayGroup } from './tax-sentence.ts'
import { OUTSIDE_CATEGORY, rateInForce } from './tax-table.ts'
import type {
  TaxableLine,
  TaxBasis,
  TaxCode,
  TaxGroup,
  TaxInput,
  TaxLanguage,
  TaxResult,
} from './tax-types.ts'

const ROUNDING = 'half_up'
const codesInOrder: readonly TaxCode[] = ['S', 'Z', 'E', 'AE', 'G', 'O']
const hundred = Rational.of(100n)

type Rule = {
  readonly code: TaxCode
  readonly percent: string
  readonly note: Readonly<Record<TaxLanguage, string>> | undefined
  readonly basis: TaxBasis
}
type CategoryRule = { readonly category: string; readonly rule: Rule }

/** @throws AppError `tax_rate_missing`, `currency_mismatch`, `civil_date_invalid` */
export function taxLines(input: TaxInput): TaxResult {
  const { lines, currency } = input
  const byCategory = Map.groupBy(lines, ({ taxCategory }) => taxCategory)
  const rules = [...byCategory.keys()]
    .toSorted()
    .map((category): CategoryRule => ({ category, rule: findRule(category, input) }))
  const byRate = Map.groupBy(rules, ({ rule }) => `${rule.code} ${rule.percent}`)
  const groups = [...byRate.values()]
    .map((ofRate) =>
      toGroup(
        input,
        ofRate,
        ofRate.flatMap(({ category }) => byCategory.get(category) ?? []),
      ),
    )
    .toSorted(byCodeAndRate)
  const netMinor = groups.reduce((sum, group) => sum + group.netMinor, 0n)
  const taxMinor = groups.reduce((sum, group) => sum + group.taxMinor, 0n)
  return { currency, groups, netMinor, taxMinor, grossMinor: netMinor + taxMinor }
}

function findRule(category: string, { taxation, table, date }: TaxInput): Rule {
  const { place, treatment } = taxation
  if (category === OUTSIDE_CATEGORY) {
    return { code: 'O', percent: '0', note: outsideNote, basis: { kind: 'outside' } }
  }
  if (treatment.kind === 'reverse_charge') {
    return { code: 'AE', percent: '0', note: reverseChargeNote, basis: { kind: 'reverse_charge' } }
  }
  if (treatment.kind === 'exempt') {
    const note = exemptionNote(treatment.reason)
    return { code: 'E', percent: '0', note, basis: { kind: 'exempt_customer' } }
  }
  const row = rateInForce(table, place, category, date)
  const basis = {
    kind: 'rate',
    rateId: row.id,
    place: row.place,
    rateKind: row.kind,
    from: row.from,
  } as const
  const note = row.note === undefined ? undefined : plainNote(row.note)
  return { code: row.code, percent: toPercent(row.percent).toString(), note, basis }
}

function toGroup(
  { currency, prices, date, taxation }: TaxInput,
  rules: readonly CategoryRule[],
  lines: readonly TaxableLine[],
): TaxGroup {
  const [first] = rules
  assertInvariant(first !== undefined, 'A group has a category.')
  const { code, percent } = first.rule
  const sum = sumMoney(lines, currency)
  const { settlementStep } = getCurrency(currency)
  assertInvariant(sum.amountMinor % settlementStep === 0n, 'Lines are multiples of the settlement step.')
  const exact = taxOf(Rational.parseExact(moneyToDecimal(sum)), toPercent(percent), prices)
  const taxMinor = roundToMoney(exact, currency, ROUNDING).amountMinor
  const netMinor = prices === 'net' ? sum.amountMinor : sum.amountMinor - taxMinor
  const notes = rules.flatMap(({ rule: { note } }) => (note === undefined ? [] : [note]))
  const group = {
    code,
    percent,
    currency,
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    notes: notes.filter((note, index) => notes.findIndex((other) => other.de === note.de) === index),
    explanation: {
      date,
      place: taxation.place,
      prices,
      sumMinor: sum.amountMinor,
      lineCount: lines.length,
      unroundedTax: exact.toString(),
      rounding: ROUNDING,
      categories: rules.map(({ category, rule: { basis } }) => ({ category, basis })),
    },
  } as const
  return { ...group, sentences: { en: sayGroup(group, 'en'), de: sayGroup(group, 'de') } }
}

/** In major units, exact: added to a net sum, or contained in a gross one. */
function taxOf(sum: Rational, percent: Rational, prices: 'net' | 'gross'): Rational {
  return sum.times(percent).dividedBy(prices === 'net' ? hundred : hundred.plus(percent))
}

/** Without zeros at the end, so that "19" and "19.0" are one rate. */
function toPercent(percent: string): Rational {
  return Rational.parseDecimal(percent)
}

function byCodeAndRate(left: TaxGroup, right: TaxGroup): number {
  if (left.code !== right.code) return codesInOrder.indexOf(left.code) - codesInOrder.indexOf(right.code)
  return toPercent(right.percent).compare(toPercent(left.percent))
}
