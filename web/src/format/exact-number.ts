/**
 * Amounts and quantities as people read them, exact: numbers come as decimal texts or as fractions and reach `Intl.NumberFormat`
 * as texts, never as floats. How many decimals an amount has is the server's word ("4.90", "3000"), since browsers disagree
 * with settlement rules. A fraction that no decimal text holds is cut after four decimals and then carries "≈".
 */
const FRACTION_DIGITS = 4
const MOST_EXACT_DIGITS = 12

type NumberStyle = { readonly style?: 'currency'; readonly currency?: string }
type NumberText = Intl.StringNumericLiteral

/** "4.90" and "EUR" to "€4.90"; a fraction as `formatNumber` shows it. */
export function formatAmount(amountMajor: string, currency: string, locale: string): string {
  return formatNumber(amountMajor, locale, { style: 'currency', currency })
}

/** "1234.50" to "1,234.50"; "3/8" to "0.375"; "1/3" to "≈ 0.3333" with a no-break space, rounded half away from zero. */
export function formatNumber(text: string, locale: string, style: NumberStyle = {}): string {
  const [numerator = '0', denominator] = text.split('/')
  if (denominator === undefined) return formatDecimal(text, locale, style)
  const exact = findExactDecimal(BigInt(numerator), BigInt(denominator))
  if (exact !== undefined) return formatDecimal(exact, locale, style)
  const scaled = divideRounded(BigInt(numerator) * 10n ** BigInt(FRACTION_DIGITS), BigInt(denominator))
  return `≈\u00a0${formatDecimal(placeDecimals(scaled, FRACTION_DIGITS), locale, style)}`
}

/** Minor units and how many of their digits are decimals: 490 and 2 to "4.90". */
export function placeDecimals(minor: bigint, digits: number): string {
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0')
  const sign = minor < 0n ? '-' : ''
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** How many decimals an amount is written with. */
export function decimalsOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0
}

/** A register's quantity: seconds as hours, minutes and seconds; else in the unit that people know, if it has one. */
export function formatQuantity(
  quantity: string,
  register: { readonly unit: string; readonly display?: { unit: string; factor: string } | null | undefined },
  locale: string,
): string {
  if (register.unit === 's') return formatDuration(BigInt(quantity), locale)
  const { display } = register
  if (display === null || display === undefined)
    return `${formatNumber(quantity, locale)}\u00a0${register.unit}`
  const factor = BigInt(display.factor)
  const digits = display.factor.length - 1
  const isPowerOfTen = factor === 10n ** BigInt(digits)
  const shown = isPowerOfTen ? placeDecimals(BigInt(quantity), digits) : `${quantity}/${display.factor}`
  return `${formatNumber(shown, locale)}\u00a0${display.unit}`
}

function formatDuration(seconds: bigint, locale: string): string {
  const magnitude = seconds < 0n ? -seconds : seconds
  const parts: readonly (readonly [bigint, string])[] = [
    [magnitude / 3_600n, 'h'],
    [(magnitude / 60n) % 60n, 'min'],
    [magnitude % 60n, 's'],
  ]
  const shown = parts.filter(([count]) => count > 0n)
  if (shown.length === 0) return '0\u00a0min'
  const text = shown.map(([count, unit]) => `${count.toLocaleString(locale)}\u00a0${unit}`).join(' ')
  return seconds < 0n ? `−${text}` : text
}

function formatDecimal(decimal: string, locale: string, style: NumberStyle): string {
  const digits = decimalsOf(decimal)
  return new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(decimal as NumberText)
}

function findExactDecimal(numerator: bigint, denominator: bigint): string | undefined {
  for (let digits = 0; digits <= MOST_EXACT_DIGITS; digits += 1) {
    const scaled = numerator * 10n ** BigInt(digits)
    if (scaled % denominator === 0n) return placeDecimals(scaled / denominator, digits)
  }
  return undefined
}

function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator
  const rounded = (2n * magnitude + denominator) / (2n * denominator)
  return numerator < 0n ? -rounded : rounded
}
