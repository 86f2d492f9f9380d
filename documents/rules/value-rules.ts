/** That each value can be written: dates, numbers, codes and characters, with the rules of EN 16931 where it has one. */
import { AppError, assertTimeZone, getCivilDate, getCurrency, moneyOf, Rational } from '../../core/index.ts'
import { isCountry } from '../country.ts'
import { parseDecimal, parseQuantity } from '../exact-quantity.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import { listTexts } from '../list-texts.ts'
import { isVatNumber } from '../vat-number.ts'
import { toXmlAmount } from '../xml/xml-amount.ts'
import { isBlank, unless, type Violation } from './violation.ts'

const numberPattern = /^[\p{L}\p{N}][\p{L}\p{N} ./_#-]{0,49}$/u
/** Letters, marks, numbers, signs, spaces; control characters are also what XML 1.0 has no way to write. */
const unwritable = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u

export function checkValues(document: InvoiceDocument): readonly Violation[] {
  const { seller, buyer, lines, servicePeriod } = document
  return [
    ...checkCurrency(document),
    ...unless(
      isBlank(document.number) || numberPattern.test(document.number),
      bad('BR-02', '/number', 'Number documents with letters, digits, spaces and ./_#- only, 50 at most.'),
    ),
    ...checkDates(document),
    ...checkCountry(seller.address.country, 'BR-CL-14', '/seller/address/country'),
    ...checkCountry(buyer.address.country, 'BR-CL-14', '/buyer/address/country'),
    ...unless(
      seller.vatNumber === null || isVatNumber(seller.vatNumber),
      bad(
        'BR-CO-09',
        '/seller/vatNumber',
        'Write the VAT number with its country and no spaces, "DE123456789".',
      ),
    ),
    ...unless(
      servicePeriod.from <= servicePeriod.to,
      bad('BR-29', '/servicePeriod', 'Let the service period end after it begins.'),
    ),
    ...lines.flatMap((line, index) => checkLine(line, `/lines/${index}`)),
    ...unless(
      document.billUrl === null || /^https?:\/\/[^\s]+$/.test(document.billUrl),
      bad('BT-124', '/billUrl', "Give the address of the bill's page with https:// in front."),
    ),
    ...listTexts(document).flatMap(({ pointer, text }) => checkCharacters(text, pointer)),
  ]
}

function checkCharacters(text: string, pointer: string): readonly Violation[] {
  const [found] = unwritable.exec(text) ?? []
  if (found === undefined) return []
  const codePoint = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const detail = `Remove the control character U+${codePoint}; write each line as a text of its own.`
  return [{ rule: 'XML', code: 'document_text_unprintable', pointer, detail }]
}

function checkDates(document: InvoiceDocument): readonly Violation[] {
  const dates = [
    ['BR-03', '/issuedOn', document.issuedOn],
    ['BT-9', '/dueOn', document.dueOn],
    ['BT-26', '/corrects/issuedOn', document.corrects?.issuedOn ?? null],
  ] as const
  return [
    ...dates.flatMap(([rule, pointer, on]) =>
      on === null ? [] : refused(rule, pointer, () => getCivilDate(on)),
    ),
    ...refused('BT-73', '/timeZone', () => assertTimeZone(document.timeZone)),
  ]
}

/** EN 16931 knows two decimals at most (BR-DEC-*): a third one must be zero. */
function checkCurrency({ currency, lines, taxGroups, totals }: InvoiceDocument): readonly Violation[] {
  const unknown = refused('BR-CL-04', '/currency', () => getCurrency(currency))
  if (unknown.length > 0) return unknown
  const placed: readonly (readonly [pointer: string, amountMinor: bigint])[] = [
    ...lines.map(({ netMinor }, index) => [`/lines/${index}/netMinor`, netMinor] as const),
    ...taxGroups.flatMap(({ netMinor, taxMinor }, index) => [
      [`/taxGroups/${index}/netMinor`, netMinor] as const,
      [`/taxGroups/${index}/taxMinor`, taxMinor] as const,
    ]),
    ...Object.entries(totals).map(([name, amountMinor]) => [`/totals/${name}`, amountMinor] as const),
  ]
  return placed.flatMap(([pointer, amountMinor]) =>
    unless(
      /^-?\d+(\.\d{1,2})?$/.test(toXmlAmount(moneyOf(amountMinor, currency))),
      bad('BR-DEC-23', pointer, 'Round the amount to two decimals.'),
    ),
  )
}

function checkLine(line: DocumentLine, pointer: string): readonly Violation[] {
  const price = line.unitPrice === null ? Rational.zero : parseDecimal(line.unitPrice)
  const isOrdered = line.period === null || line.period.from <= line.period.to
  return [
    ...unless(
      parseQuantity(line.quantity) !== undefined,
      bad('BR-22', `${pointer}/quantity`, 'Write the quantity as a decimal such as "12.5", or "1/3".'),
    ),
    ...unless(
      price !== undefined,
      bad('BR-26', `${pointer}/unitPrice`, 'Write the price as a decimal such as "0.12".'),
    ),
    ...unless(
      price === undefined || price.compare(Rational.zero) >= 0,
      bad(
        'BR-27',
        `${pointer}/unitPrice`,
        'Make the quantity negative instead of the price, or leave the price out.',
      ),
    ),
    ...unless(isOrdered, bad('BR-30', `${pointer}/period`, "Let the line's period end after it begins.")),
  ]
}

function checkCountry(code: string, rule: string, pointer: string): readonly Violation[] {
  return unless(
    isBlank(code) || isCountry(code),
    bad(rule, pointer, 'Give the country as its two letters of ISO 3166-1, such as "DE".'),
  )
}

/** The sentence of what `core/` refuses. */
function refused(rule: string, pointer: string, read: () => void): readonly Violation[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof AppError) return [bad(rule, pointer, error.message)]
    throw error
  }
}

function bad(rule: string, pointer: string, detail: string): Violation {
  return { rule, code: 'document_value_invalid', pointer, detail }
}
