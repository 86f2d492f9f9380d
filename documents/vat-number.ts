/**
 * Whether a text has the form of a VAT number with the prefix of its country (BR-CO-09: ISO 3166-1, and EL for Greece).
 * Only the form: whether the number exists is for whoever enters it to find out.
 */
import { isCountry } from './country.ts'

export function isVatNumber(text: string): boolean {
  const [, prefix = ''] = /^([A-Z]{2})[0-9A-Z+*]{2,13}$/.exec(text) ?? []
  return prefix === 'EL' || prefix === 'XI' || isCountry(prefix)
}
