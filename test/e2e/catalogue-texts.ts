/**
 * Every text of the pages in both languages, from all catalogues under `web/src`, and what on a page is still English. A text with
 * something in it (a function) is compared by its fixed parts.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'

const pagesSource = path.join(import.meta.dirname, '../../web/src')
/** Shorter parts of sentences stand in both languages by chance. */
const MIN_PART_LENGTH = 10

export type CatalogueTexts = {
  /** English texts that no catalogue has in German too. */
  readonly english: ReadonlySet<string>
  readonly englishParts: readonly string[]
  readonly german: ReadonlySet<string>
}

type Words = Readonly<Record<string, unknown>>

export async function loadCatalogueTexts(): Promise<CatalogueTexts> {
  const files = readdirSync(pagesSource, { recursive: true, encoding: 'utf8' })
  const catalogues = await Promise.all(
    files
      .filter((file) => file.endsWith('-words.ts'))
      .map((file) => loadCatalogues(path.join(pagesSource, file))),
  )
  const english = catalogues.flat().flatMap(({ en }) => Object.values(en))
  const german = catalogues.flat().flatMap(({ de }) => Object.values(de))
  const wholeGerman = new Set(german.filter((text) => typeof text === 'string'))
  const germanParts = german.flatMap(partsOf)
  return {
    english: new Set(
      english.filter((text) => typeof text === 'string').filter((text) => !wholeGerman.has(text)),
    ),
    englishParts: english
      .flatMap(partsOf)
      .filter((part) => !germanParts.some((other) => other.includes(part))),
    german: wholeGerman,
  }
}

async function loadCatalogues(file: string): Promise<readonly { readonly en: Words; readonly de: Words }[]> {
  const exported = Object.values((await import(pathToFileURL(file).href)) as Words)
  return exported.filter(
    (value) => typeof value === 'object' && value !== null && 'en' in value && 'de' in value,
  ) as {
    en: Words
    de: Words
  }[]
}

/** The fixed parts of a text with something in it. */
function partsOf(text: unknown): string[] {
  if (typeof text !== 'function') return []
  const given = Array.from({ length: text.length }, () => '\u0000')
  const parts = String((text as (...given: string[]) => unknown)(...given)).split('\u0000')
  return parts.map((part) => part.trim()).filter((part) => part.length >= MIN_PART_LENGTH)
}

/** What a person sees, hears or hovers over: every piece of text, label and placeholder, and the title. */
async function textsOn(page: Page): Promise<string[]> {
  const texts = await page.evaluate<string[]>(`(() => {
    const texts = [document.title]
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest('script, style') === null) texts.push(walker.currentNode.data)
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) texts.push(element.getAttribute(name) ?? '')
    }
    return texts
  })()`)
  return texts.map((text) => text.replaceAll('\u00a0', ' ').trim()).filter((text) => text !== '')
}

/** One sentence for each text that is not in German, and for a heading that is in no catalogue. */
export async function findEnglish(
  page: Page,
  { english, englishParts, german }: CatalogueTexts,
): Promise<string[]> {
  const texts = await textsOn(page)
  const language = await page.locator('html').getAttribute('lang')
  const left = texts.filter((text) => english.has(text) || englishParts.some((part) => text.includes(part)))
  return [
    ...(language === 'de' ? [] : [`The page says its language is "${language}".`]),
    ...(texts.some((text) => german.has(text)) ? [] : ['No text of the German catalogue is on the page.']),
    ...left.map((text) => `English: ${text}`),
  ]
}
