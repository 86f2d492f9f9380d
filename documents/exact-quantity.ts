/**
 * Reads the exact numbers of a document: quantities may be fractions ("1/3" h of a register in seconds), prices and rates
 * are decimals.
 */
import { AppError, Rational } from '../core/index.ts'

/** More decimals than any meter or price has; only a fraction without a finite decimal is rounded to them. */
const QUANTITY_DECIMALS = 12

const fractionPattern = /^(-?[1-9]\d{0,29})\/([1-9]\d{0,29})$/

/** Undefined unless the text is a plain decimal or a fraction of whole numbers. */
export function parseQuantity(text: string): Rational | undefined {
  const [, numerator, denominator] = fractionPattern.exec(text) ?? []
  if (numerator !== undefined && denominator !== undefined) {
    return Rational.of(BigInt(numerator), BigInt(denominator))
  }
  return parseDecimal(text)
}

/** Undefined unless the text is a plain decimal with at most 12 decimals. */
export function parseDecimal(text: string): Rational | undefined {
  try {
    return Rational.parseDecimal(text)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** The shortest plain decimal with at most `decimals` decimals, rounded half to even where that does not suffice. */
export function toShortDecimal(exact: Rational, decimals = QUANTITY_DECIMALS): string {
  const scale = 10n ** BigInt(decimals)
  return Rational.of(exact.times(Rational.of(scale)).round('half_even'), scale).toString()
}
