/**
 * What an invoice says about tax: the notes that the law asks for, and one sentence for each group that shows how its tax was
 * computed, from its explanation alone, in English and German.
 */
import { assertInvariant, moneyOf, moneyToDecimal, Rational } from '../../core/index.ts'
import type { TaxBasis, TaxGroup, TaxLanguage, TaxRateKind } from './tax-types.ts'

type Note = Readonly<Record<TaxLanguage, string>>
type SayableGroup = Omit<TaxGroup, 'sentences'>

/** The words of Directive 2006/112/EC, Article 226 (11a), in each language. */
export const reverseChargeNote: Note = {
  en: 'Reverse charge',
  de: 'Steuerschuldnerschaft des Leistungsempfängers',
}
export const outsideNote: Note = { en: 'Not subject to VAT', de: 'Nicht steuerbar' }

/** What a manufacturer wrote is said as it is in every language. */
export function plainNote(text: string): Note {
  return { en: text, de: text }
}

export function exemptionNote(reason: string): Note {
  return { en: `Exempt from tax: ${reason}`, de: `Steuerfrei: ${reason}` }
}

export function sayGroup(group: SayableGroup, language: TaxLanguage): string {
  const { explanation, percent, currency } = group
  const phrases = taxPhrases[language]
  const number = (exact: string) => (language === 'de' ? exact.replace('.', ',') : exact)
  const money = (minor: bigint) => `${number(moneyToDecimal(moneyOf(minor, currency)))} ${currency}`
  const categories = explanation.categories.map(({ category }) => category).join(', ')
  const sum = phrases.sum(explanation.lineCount, categories, money(explanation.sumMinor), explanation.prices)
  const basis = explanation.categories[0]?.basis
  assertInvariant(basis !== undefined, 'A group has a category.')
  if (basis.kind !== 'rate') return `${sum}: ${phrases.without[basis.kind]}.`
  const notes = group.notes.map((note) => note[language]).join('; ')
  if (basis.rateKind === 'exempt') return `${sum}: ${phrases.exempt(basis, notes)}.`
  const rate = phrases.rate(basis, number(percent), explanation.date)
  const decimal = moneyToDecimal(moneyOf(group.taxMinor, currency))
  const isExact = Rational.parseDecimal(decimal).compare(Rational.parseExact(explanation.unroundedTax)) === 0
  const tax = money(group.taxMinor)
  const unrounded = `${number(explanation.unroundedTax)} ${currency}`
  const computed = isExact ? tax : phrases.rounded(unrounded, tax)
  const rest =
    explanation.prices === 'net' ? phrases.gross(money(group.grossMinor)) : phrases.net(money(group.netMinor))
  return `${sum}; ${rate}: ${computed}; ${rest}.`
}

type RateBasis = Extract<TaxBasis, { kind: 'rate' }>

type TaxPhrases = {
  readonly sum: (count: number, categories: string, sum: string, prices: 'net' | 'gross') => string
  readonly rate: (basis: RateBasis, percent: string, date: string) => string
  readonly exempt: (basis: RateBasis, notes: string) => string
  readonly rounded: (exact: string, tax: string) => string
  readonly gross: (amount: string) => string
  readonly net: (amount: string) => string
  readonly without: Readonly<Record<Exclude<TaxBasis['kind'], 'rate'>, string>>
}

const englishKinds: Readonly<Record<TaxRateKind, string>> = {
  standard: 'standard rate',
  reduced: 'reduced rate',
  zero: 'zero rate',
  exempt: 'exempt',
}
const germanKinds: Readonly<Record<TaxRateKind, string>> = {
  standard: 'Regelsatz',
  reduced: 'ermäßigter Satz',
  zero: 'Nullsatz',
  exempt: 'steuerfrei',
}

const taxPhrases: Readonly<Record<TaxLanguage, TaxPhrases>> = {
  en: {
    sum: (count, categories, sum, prices) =>
      `${count} ${count === 1 ? 'line' : 'lines'} (${categories}) of together ${sum} ${prices === 'net' ? 'before tax' : 'with tax'}`,
    rate: ({ place, rateKind, from }, percent, date) =>
      `on ${date} the ${englishKinds[rateKind]} of ${place} is ${percent} %, as it has been since ${from}`,
    exempt: ({ place, from }, notes) => `no tax in ${place} since ${from} (${notes})`,
    rounded: (exact, tax) => `${exact}, rounded half up to ${tax} of tax`,
    gross: (amount) => `${amount} with tax`,
    net: (amount) => `${amount} before tax`,
    without: {
      reverse_charge: 'no tax, since the customer owes it (reverse charge)',
      exempt_customer: 'no tax, since the customer is exempt',
      outside: 'not subject to tax',
    },
  },
  de: {
    sum: (count, categories, sum, prices) =>
      `${count} ${count === 1 ? 'Position' : 'Positionen'} (${categories}) von zusammen ${sum} ${prices === 'net' ? 'vor Steuer' : 'mit Steuer'}`,
    rate: ({ place, rateKind, from }, percent, date) =>
      `am ${date} gilt in ${place} seit ${from}: ${germanKinds[rateKind]} ${percent} %`,
    exempt: ({ place, from }, notes) => `keine Steuer in ${place} seit ${from} (${notes})`,
    rounded: (exact, tax) => `${exact}, kaufmännisch gerundet auf ${tax} Steuer`,
    gross: (amount) => `${amount} mit Steuer`,
    net: (amount) => `${amount} vor Steuer`,
    without: {
      reverse_charge:
        'keine Steuer, weil der Kunde sie schuldet (Steuerschuldnerschaft des Leistungsempfängers)',
      exempt_customer: 'keine Steuer, weil der Kunde befreit ist',
      outside: 'nicht steuerbar',
    },
  },
}
