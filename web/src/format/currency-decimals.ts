/**
 * Major units of an amount that came in minor units alone. How many decimals a currency has is ISO 4217's word, as browsers
 * know it; where the server sends both, its own word is used instead.
 */
import { placeDecimals } from './exact-number.ts'

export function minorToMajor(amountMinor: string, currency: string): string {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  // Iceland's and Uganda's money has no minor unit in use but two decimals where it is settled.
  const digits = ['ISK', 'UGX'].includes(currency) ? 2 : maximumFractionDigits
  return placeDecimals(BigInt(amountMinor), digits)
}
