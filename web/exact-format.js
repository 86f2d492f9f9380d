/**
 * Amounts, quantities, instants and periods as people read them. Pure; knows nothing of the page.
 *
 * Exact: numbers come as decimal strings or as fractions and reach `Intl.NumberFormat` as strings, never as floats. How many
 * decimals an amount has is the server's word ("4.90", "3000"), since browsers disagree with settlement rules.
 */
const LOCALE = 'en-GB'
const FRACTION_DIGITS = 4

/** "4.90" and "EUR" to "€4.90"; a fraction as `formatNumber` shows it. */
export function formatAmount(amountMajor, currency) {
  return formatNumber(amountMajor, { style: 'currency', currency })
}

/** "1234.50" to "1,234.50"; "1/3" to "≈ 0.3333" with a no-break space, rounded half away from zero. */
export function formatNumber(text, style = {}) {
  const [numerator, denominator] = text.split('/')
  if (denominator === undefined) return formatDecimal(text, style)
  return `≈\u00a0${formatDecimal(divide(BigInt(numerator), BigInt(denominator)), style)}`
}

function formatDecimal(decimal, style) {
  const digits = decimal.split('.')[1]?.length ?? 0
  const numberFormat = new Intl.NumberFormat(LOCALE, {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return numberFormat.format(decimal)
}

function divide(numerator, denominator) {
  const magnitude = numerator < 0n ? -numerator : numerator
  const scaled = (2n * magnitude * 10n ** BigInt(FRACTION_DIGITS) + denominator) / (2n * denominator)
  const digits = scaled.toString().padStart(FRACTION_DIGITS + 1, '0')
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -FRACTION_DIGITS)}.${digits.slice(-FRACTION_DIGITS)}`
}

/** An RFC 3339 instant as the clocks of the zone showed it, to the second. */
export function formatInstant(instant, timeZone) {
  return dateFormat(timeZone, 'medium').format(new Date(instant))
}

/** The first and the last day of a period whose end is exclusive. */
export function formatPeriod({ from, to }, timeZone) {
  return dateFormat(timeZone).formatRange(new Date(from), new Date(new Date(to).getTime() - 1))
}

function dateFormat(timeZone, timeStyle) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle, timeZone })
}
