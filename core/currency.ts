/**
 * The currencies that a bill can be in: how many decimals an amount has and which step it must be a multiple of.
 *
 * Minor units and steps follow what the payment side accepts (reference/influxdb-and-stripe.md §5.3): three-decimal
 * currencies settle in multiples of 10 minor units; ISK and UGX are sent with two decimals that must be zero. A
 * currency that is not listed is refused, never guessed.
 */
import { coreErrors } from './errors.ts'

export type CurrencyCode = string & { readonly __brand: 'CurrencyCode' }

export type Currency = {
  readonly code: CurrencyCode
  /** Decimals of the major unit: 2 for EUR (cent), 0 for JPY, 3 for KWD. */
  readonly minorDigits: number
  /** Every amount is a multiple of this many minor units. */
  readonly settlementStep: bigint
}

const twoDecimals =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC ' +
  'CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD ' +
  'KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP ' +
  'PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS ' +
  'WST XCD YER ZAR ZMW'
const noDecimals = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
const threeDecimals = 'BHD JOD KWD OMR TND'
const twoDecimalsInWholeUnits = 'ISK UGX'

const currencies: ReadonlyMap<string, Currency> = new Map([
  ...currencyRows(twoDecimals, 2, 1n),
  ...currencyRows(noDecimals, 0, 1n),
  ...currencyRows(threeDecimals, 3, 10n),
  ...currencyRows(twoDecimalsInWholeUnits, 2, 100n),
])

/** @throws AppError `currency_unsupported` unless `code` is a listed three-letter code in capitals. */
export function getCurrency(code: unknown): Currency {
  const currency = typeof code === 'string' ? currencies.get(code) : undefined
  if (currency === undefined) {
    throw coreErrors.currency_unsupported(
      `Use a supported ISO 4217 code in capitals, such as "EUR"; ${typeof code === 'string' ? `"${code.slice(0, 40)}"` : typeof code} is not one.`,
    )
  }
  return currency
}

export function listCurrencies(): readonly Currency[] {
  return [...currencies.values()]
}

function currencyRows(codes: string, minorDigits: number, settlementStep: bigint): [string, Currency][] {
  return codes
    .split(' ')
    .map((code) => [code, Object.freeze({ code: code as CurrencyCode, minorDigits, settlementStep })])
}
