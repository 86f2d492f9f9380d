/** Names of countries by their ISO 3166-1 alpha-2 codes. */
import type { DocumentLanguage } from './invoice-document.ts'

const names = {
  en: new Intl.DisplayNames('en-GB', { type: 'region', fallback: 'none' }),
  de: new Intl.DisplayNames('de', { type: 'region', fallback: 'none' }),
}

export function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && names.en.of(code) !== undefined
}

export function nameCountry(code: string, language: DocumentLanguage): string {
  return names[language].of(code) ?? code
}
