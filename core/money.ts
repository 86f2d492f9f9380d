/**
 * Amounts of money: whole minor units with their currency.
 *
 * An amount only comes into being from minor units or by the one rounding of a line (`roundToMoney`). Amounts of
 * different currencies never combine: that throws, it does not convert.
 */
import { getCurrency, type CurrencyCode } from './currency.ts'
import { coreErrors } from './errors.ts'
import { formatScaled, Rational, type RoundingMode } from './rational.ts'

export type Money = { readonly amountMinor: bigint; readonly currency: CurrencyCode }

export function moneyOf(amountMinor: bigint, currency: CurrencyCode): Money {
  return { amountMinor, currency }
}

/** Rounds an exact amount in major units once, to a multiple of the currency's settlement step. */
export function roundToMoney(amountMajor: Rational, code: CurrencyCode, mode: RoundingMode): Money {
  const { minorDigits, settlementStep } = getCurrency(code)
  const steps = amountMajor.times(Rational.of(10n ** BigInt(minorDigits), settlementStep)).round(mode)
  return { amountMinor: steps * settlementStep, currency: code }
}

/** @throws AppError `currency_mismatch` when an amount is in another currency. */
export function sumMoney(amounts: readonly Money[], currency: CurrencyCode): Money {
  let amountMinor = 0n
  for (const amount of amounts) {
    if (amount.currency !== currency) {
      throw coreErrors.currency_mismatch(`Cannot add ${amount.currency} to ${currency}.`)
    }
    amountMinor += amount.amountMinor
  }
  return { amountMinor, currency }
}

/** The plain decimal in major units, "4.90" for 490 EUR minor units. */
export function moneyToDecimal(money: Money): string {
  return formatScaled(money.amountMinor, getCurrency(money.currency).minorDigits)
}

/** The amount as a person in `locale` writes it. Exact: `Intl` is given the decimal string, not a float. */
export function formatMoney(money: Money, locale: string): string {
  const { minorDigits } = getCurrency(money.currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    minimumFractionDigits: minorDigits,
    maximumFractionDigits: minorDigits,
  })
  return format.format(moneyToDecimal(money) as Intl.StringNumericLiteral)
}
