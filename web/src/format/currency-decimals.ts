/**
 * Major units of an amount that came in minor units alone. How many decimals a currency has is ISO 4217's word, as browsers
 * know it; where the server sends both, its own word is used instead.
 */
import { placeDecimals } from './exact-number.ts'

export function minorToMajor(amountMinor: string, currency: string): string {
  return placeDecimals(BigInt(amountMinor), digitsOf(currency))
}

/** What somebody wrote, "12.50" or "12,5", in minor units; undefined for what is no amount, and for zero. */
export function majorToMinor(text: string, currency: string): string | undefined {
  const digits = digitsOf(currency)
  const written = /^(-?)(\d{1,12})(?:[.,](\d{1,3}))?$/.exec(text.trim().replace('\u2212', '-'))
  const [, sign = '', whole = '', decimals = ''] = written ?? []
  if (written === null || decimals.length > digits) return undefined
  const minor = BigInt(whole + decimals.padEnd(digits, '0'))
  return minor === 0n ? undefined : `${sign}${minor}`
}

function digitsOf(currency: string): number {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  // Iceland's and Uganda's money has no minor unit in use but two decimals where it is settled.
  return ['ISK', 'UGX'].includes(currency) ? 2 : maximumFractionDigits
}
