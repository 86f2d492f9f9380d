/**
 * Major units of an amount that came in minor units alone; where the server sends both, its own word is used instead. How many decimals a
 * currency has is what it is settled with, as `core/currency.ts` has it. Browsers are not asked: they say how people write an amount, which of HUF or
 * COP is without decimals, and so a hundred times as much.
 */
import { placeDecimals } from './exact-number.ts'

const withoutDecimals = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
const withThree = 'BHD JOD KWD OMR TND'
const otherDigits: ReadonlyMap<string, number> = new Map([
  ...withoutDecimals.split(' ').map((code) => [code, 0] as const),
  ...withThree.split(' ').map((code) => [code, 3] as const),
])

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
  return otherDigits.get(currency) ?? 2
}
