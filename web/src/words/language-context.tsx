/**
 * The language of the page and the locale that follows from it: the browser's own regional form of that language if it names
 * one, else the plain one. Kept for the next visit and written to `<html lang>`.
 */
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'

import type { Language } from '../api/me.ts'
import type { Catalogue } from './catalogue.ts'

const STORAGE_KEY = 'usance-language'

type LanguageChoice = {
  readonly language: Language
  readonly locale: string
  readonly setLanguage: (language: Language) => void
}

const LanguageContext = createContext<LanguageChoice | undefined>(undefined)

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(readLanguage)
  useEffect(() => {
    document.documentElement.lang = language
    localStorage.setItem(STORAGE_KEY, language)
  }, [language])
  const choice = useMemo(
    () => ({ language, locale: localeOf(language, navigator.languages), setLanguage }),
    [language],
  )
  return <LanguageContext value={choice}>{children}</LanguageContext>
}

export function useLanguage(): LanguageChoice {
  const choice = use(LanguageContext)
  if (choice === undefined) throw new Error('Only what is below LanguageProvider has a language.')
  return choice
}

/** The texts of a catalogue in the language of the page. */
export function useWords<Texts>(catalogue: Catalogue<Texts>): Catalogue<Texts>[Language] {
  return catalogue[useLanguage().language]
}

function localeOf(language: Language, preferred: readonly string[]): string {
  const fallback = language === 'de' ? 'de-DE' : 'en-GB'
  return preferred.find((locale) => locale.startsWith(`${language}-`)) ?? fallback
}

function readLanguage(): Language {
  const kept = localStorage.getItem(STORAGE_KEY)
  if (kept === 'en' || kept === 'de') return kept
  return navigator.language.startsWith('de') ? 'de' : 'en'
}
