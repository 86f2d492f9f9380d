/**
 * Amounts, numbers and dates as people write them in the document's language, by `Intl`; exact, since `Intl` is given decimal
 * texts and not floats.
 */
import { formatMoney, getCurrency, moneyOf, moneyToDecimal, type Period } from '../core/index.ts'
import { toCivilPeriod } from './civil-period.ts'
import { parseQuantity, toShortDecimal } from './exact-quantity.ts'
import type { DocumentLanguage, InvoiceDocument, TaxCategory } from './invoice-document.ts'

/** English invoices are written the European way: 30 November 2026. */
const locales: Readonly<Record<DocumentLanguage, string>> = { en: 'en-GB', de: 'de-DE' }

/** More decimals than this help nobody on paper; the XML and the explanation have them all. */
const PRINTED_QUANTITY_DECIMALS = 6

/** With its currency: "€4.90", "4,90 €". */
export function formatAmount(amountMinor: bigint, { currency, language }: InvoiceDocument): string {
  return formatMoney(moneyOf(amountMinor, currency), locales[language])
}

/** Without its currency, for columns that name it in their head. */
export function formatPlainAmount(amountMinor: bigint, { currency, language }: InvoiceDocument): string {
  const { minorDigits } = getCurrency(currency)
  return formatDecimal(moneyToDecimal(moneyOf(amountMinor, currency)), language, minorDigits, minorDigits)
}

/** A unit price: as many decimals as it has, and not fewer than the currency. */
export function formatPrice(price: string, { currency, language }: InvoiceDocument): string {
  return formatDecimal(price, language, getCurrency(currency).minorDigits, 12)
}

/** "12.5"; "≈ 0.333333" where the exact number has more decimals than are printed. */
export function formatQuantity(quantity: string, language: DocumentLanguage): string {
  const exact = parseQuantity(quantity)
  if (exact === undefined) return quantity
  const short = toShortDecimal(exact, PRINTED_QUANTITY_DECIMALS)
  const shown = formatDecimal(short, language, 0, PRINTED_QUANTITY_DECIMALS)
  return short === exact.toString() ? shown : `≈ ${shown}`
}

/** "19%", "19 %"; "–" for what has no rate. */
export function formatRate({ ratePercent }: TaxCategory, language: DocumentLanguage): string {
  if (ratePercent === null) return '–'
  return `${formatDecimal(ratePercent, language, 0, 12)}${language === 'de' ? '\u00a0' : ''}%`
}

/** "30 November 2026" */
export function formatDate(on: string, language: DocumentLanguage): string {
  return dateFormats[language].format(noonOf(on))
}

/** "1–30 November 2026": the first and the last day. */
export function formatPeriod(period: Period, { timeZone, language }: InvoiceDocument): string {
  const { firstOn, lastOn } = toCivilPeriod(period, timeZone)
  return dateFormats[language].formatRange(noonOf(firstOn), noonOf(lastOn))
}

function formatDecimal(text: string, language: DocumentLanguage, minimum: number, maximum: number): string {
  return decimalFormat(language, minimum, maximum).format(text as Intl.StringNumericLiteral)
}

/** Making a format takes a hundred times as long as using it, and a long invoice uses it a thousand times. */
const decimalFormats = new Map<string, Intl.NumberFormat>()

function decimalFormat(language: DocumentLanguage, minimum: number, maximum: number): Intl.NumberFormat {
  const key = `${language} ${minimum} ${maximum}`
  const kept = decimalFormats.get(key)
  if (kept !== undefined) return kept
  const format = new Intl.NumberFormat(locales[language], {
    minimumFractionDigits: minimum,
    maximumFractionDigits: maximum,
  })
  decimalFormats.set(key, format)
  return format
}

const dateFormats = { en: dateFormatOf('en'), de: dateFormatOf('de') } as const

function dateFormatOf(language: DocumentLanguage): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone: 'UTC' })
}

/** A civil date has no zone; as an instant it is taken in UTC and written in UTC. */
function noonOf(on: string): Date {
  return new Date(`${on}T12:00:00Z`)
}
