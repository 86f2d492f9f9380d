/**
 * How net amount and tax of one rate of an invoice are given back in parts.
 *
 * The tax of a part is what the rounded tax of everything given back so far rises by: the parts' taxes never drift from
 * the rate, and never exceed what was charged. Whatever takes the rest takes exactly the rest of both, so that the parts
 * together reach the invoice to the cent. As long as tax is left, so is a net amount that it belongs to.
 *
 * A rate whose lines sum to less than zero is the mirror image.
 */
import { moneyOf, moneyToDecimal, Rational, roundToMoney, type CurrencyCode } from '../../core/index.ts'
import type { CreditableRate, NetAndTax } from './credit-note-types.ts'

const hundred = Rational.of(100n)

export function restOf({ charged, credited }: CreditableRate): NetAndTax {
  return {
    netMinor: charged.netMinor - credited.netMinor,
    taxMinor: charged.taxMinor - credited.taxMinor,
  }
}

export function grossOf({ netMinor, taxMinor }: NetAndTax): bigint {
  return netMinor + taxMinor
}

/** In what the lines' amounts are: before tax or with it. */
export function basisOf(amounts: NetAndTax, prices: 'net' | 'gross'): bigint {
  return prices === 'net' ? amounts.netMinor : grossOf(amounts)
}

/**
 * @param amountMinor before tax or with it as `prices` says
 * @returns undefined unless the amount lies between nothing and the rest of the rate
 */
export function creditOfRate(
  rate: CreditableRate,
  amountMinor: bigint,
  prices: 'net' | 'gross',
  { code, step }: { readonly code: CurrencyCode; readonly step: bigint },
): NetAndTax | undefined {
  const rest = restOf(rate)
  const whole = basisOf(rest, prices)
  if (whole < 0n) {
    const mirrored = creditOfRate(mirror(rate), -amountMinor, prices, { code, step })
    return mirrored && negate(mirrored)
  }
  if (amountMinor < 0n || amountMinor > whole) return undefined
  if (amountMinor === whole) return rest
  const percent = Rational.parseDecimal(rate.rate?.percent ?? '0')
  const reached = basisOf(rate.credited, prices) + amountMinor
  const divisor = prices === 'net' ? hundred : hundred.plus(percent)
  const exact = Rational.parseExact(moneyToDecimal(moneyOf(reached, code)))
    .times(percent)
    .dividedBy(divisor)
  const wanted = roundToMoney(exact, code, 'half_up').amountMinor - rate.credited.taxMinor
  if (prices === 'net') return { netMinor: amountMinor, taxMinor: between(0n, wanted, rest.taxMinor) }
  const least = max(0n, amountMinor - rest.netMinor + step)
  const most = max(least, min(rest.taxMinor, amountMinor - step))
  const taxMinor = between(least, wanted, most)
  return { netMinor: amountMinor - taxMinor, taxMinor }
}

function mirror({ charged, credited, ...rate }: CreditableRate): CreditableRate {
  return { ...rate, charged: negate(charged), credited: negate(credited) }
}

function negate({ netMinor, taxMinor }: NetAndTax): NetAndTax {
  return { netMinor: -netMinor, taxMinor: -taxMinor }
}

function between(least: bigint, value: bigint, most: bigint): bigint {
  return max(least, min(value, most))
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}
