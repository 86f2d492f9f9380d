/** Names of countries by their ISO 3166-1 alpha-2 codes. */
import type { DocumentLanguage } from './invoice-document.ts'

const names = {
  en: new Intl.DisplayNames('en-GB', { type: 'region', fallback: 'none' }),
  de: new Intl.DisplayNames('de', { type: 'region', fallback: 'none' }),
}

const countries = new Map<string, boolean>()

/** Asked for each document, and slow to look up: what was asked for is kept, of 676 codes at most. */
export function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code)) return false
  const isKnown = countries.get(code) ?? names.en.of(code) !== undefined
  countries.set(code, isKnown)
  return isKnown
}

export function nameCountry(code: string, language: DocumentLanguage): string {
  return names[language].of(code) ?? code
}
