/**
 * Exact fractions over BigInt, the only arithmetic that prices, quantities and money go through.
 *
 * A value is always reduced, with a positive denominator, so equal values have equal members. Prices are decimals,
 * but "0.07 per 3,600 s" times 1,000 s has no finite decimal: fractions keep it exact until the one rounding of a
 * line (design §7). No member is ever a binary float.
 */
import { assertInvariant, coreErrors } from './errors.ts'

export type RoundingMode = 'half_even' | 'half_up' | 'up' | 'down'

/** Prices carry at most this many decimals; Stripe's own decimal fields have the same limit. */
export const MAX_PRICE_DECIMALS = 12

export class Rational {
  static readonly zero = new Rational(0n, 1n)

  readonly numerator: bigint
  readonly denominator: bigint

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator
    this.denominator = denominator
  }

  /** @throws InvariantError when the denominator is zero. */
  static of(numerator: bigint, denominator = 1n): Rational {
    assertInvariant(denominator !== 0n, 'A fraction needs a denominator other than zero.')
    const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n)
    return new Rational(numerator / divisor, denominator / divisor)
  }

  /**
   * Reads a plain decimal such as `"0.12"` or `"-4"`: no exponent, no leading plus, no leading zeros, no spaces.
   * @throws AppError `decimal_invalid`, also for more than `maxDecimals` decimals or 30 whole digits.
   */
  static parseDecimal(text: unknown, maxDecimals = MAX_PRICE_DECIMALS): Rational {
    const match = typeof text === 'string' ? /^(-?)(0|[1-9]\d{0,29})(?:\.(\d+))?$/.exec(text) : null
    if (match === null) {
      const shown = typeof text === 'string' ? `"${text.slice(0, 40)}"` : `a ${typeof text}`
      throw coreErrors.decimal_invalid(
        `Write the number as a decimal string such as "0.12"; ${shown} is not one.`,
      )
    }
    const [, sign = '', whole = '0', decimals = ''] = match
    if (decimals.length > maxDecimals) {
      throw coreErrors.decimal_invalid(
        `Use at most ${maxDecimals} decimals; "${match[0].slice(0, 40)}" has more.`,
      )
    }
    const magnitude = BigInt(whole + decimals)
    return Rational.of(sign === '-' ? -magnitude : magnitude, 10n ** BigInt(decimals.length))
  }

  /** Reads what `toString` writes: a decimal with any number of decimals, or a fraction such as "1/3". @throws InvariantError */
  static parseExact(text: string): Rational {
    const match = /^(-?\d+)(?:\/([1-9]\d*)|\.(\d+))?$/.exec(text)
    assertInvariant(match !== null, `An exact number is a decimal or a fraction, not "${text.slice(0, 40)}".`)
    const [, whole = '', denominator = '1', decimals = ''] = match
    if (decimals === '') return Rational.of(BigInt(whole), BigInt(denominator))
    return Rational.of(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
  }

  plus(other: Rational): Rational {
    return Rational.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }

  minus(other: Rational): Rational {
    return this.plus(Rational.of(-other.numerator, other.denominator))
  }

  times(other: Rational): Rational {
    return Rational.of(this.numerator * other.numerator, this.denominator * other.denominator)
  }

  dividedBy(other: Rational): Rational {
    return Rational.of(this.numerator * other.denominator, this.denominator * other.numerator)
  }

  compare(other: Rational): -1 | 0 | 1 {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  /** Rounds to a whole number; `up` and `down` are away from and towards zero. */
  round(mode: RoundingMode): bigint {
    const isNegative = this.numerator < 0n
    const magnitude = isNegative ? -this.numerator : this.numerator
    const whole = magnitude / this.denominator
    const doubledRemainder = (magnitude % this.denominator) * 2n
    const rounded = whole + (roundsAway(mode, whole, doubledRemainder, this.denominator) ? 1n : 0n)
    return isNegative ? -rounded : rounded
  }

  /** A plain decimal where one exists ("0.25"), else the exact fraction ("1/3"). Never rounded. */
  toString(): string {
    let factor = this.denominator
    let twos = 0n
    let fives = 0n
    for (; factor % 2n === 0n; factor /= 2n) twos += 1n
    for (; factor % 5n === 0n; factor /= 5n) fives += 1n
    if (factor !== 1n) return `${this.numerator}/${this.denominator}`
    const scale = twos > fives ? twos : fives
    const scaled = (this.numerator * 10n ** scale) / this.denominator
    return formatScaled(scaled, Number(scale))
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Writes `scaled / 10^decimals` as a plain decimal with exactly `decimals` decimals. */
export function formatScaled(scaled: bigint, decimals: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, '0')
  const sign = scaled < 0n ? '-' : ''
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function roundsAway(
  mode: RoundingMode,
  whole: bigint,
  doubledRemainder: bigint,
  denominator: bigint,
): boolean {
  if (doubledRemainder === 0n) return false
  switch (mode) {
    case 'up':
      return true
    case 'down':
      return false
    case 'half_up':
      return doubledRemainder >= denominator
    case 'half_even':
      return doubledRemainder > denominator || (doubledRemainder === denominator && whole % 2n === 1n)
  }
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let a = left < 0n ? -left : left
  let b = right < 0n ? -right : right
  while (b !== 0n) [a, b] = [b, a % b]
  return a === 0n ? 1n : a
}
