/**
 * Every text of the pages in both languages, from all catalogues under `web/src`, and what on a page is still English. A text with
 * something in it (a function) is compared as a pattern.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'

const pagesSource = path.join(import.meta.dirname, '../../web/src')
/** Less than this says nothing: "1 of 2" is right in any language. */
const MIN_LETTERS = 6
/** Languages are called by their own names. */
const ownNames = ['English']

export type CatalogueTexts = {
  /** English texts that no catalogue has in German too. */
  readonly english: ReadonlySet<string>
  /** Texts with something in them. */
  readonly englishPatterns: readonly RegExp[]
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
  const alike = new Set([...wholeGerman, ...ownNames])
  const germanPatterns = new Set(german.flatMap(patternOf))
  return {
    english: new Set(english.filter((text) => typeof text === 'string').filter((text) => !alike.has(text))),
    englishPatterns: english
      .flatMap(patternOf)
      .filter((pattern) => !germanPatterns.has(pattern))
      .map((pattern) => new RegExp(`^${pattern}$`)),
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

/** A text, and facts of any name whose values are such texts. */
const anything: unknown = new Proxy(
  {},
  { get: (_target, name) => (name === Symbol.toPrimitive ? () => '\u0000' : '\u0000') },
)

/** What a text with something in it looks like, whatever is in it. */
function patternOf(text: unknown): string[] {
  if (typeof text !== 'function') return []
  const given = Array.from({ length: text.length }, () => anything)
  const written = String((text as (...given: unknown[]) => unknown)(...given))
  if (written.replaceAll(/[^a-zA-Z]/g, '').length < MIN_LETTERS) return []
  return [
    written
      .split('\u0000')
      .map((part) => RegExp.escape(part))
      .join('.+'),
  ]
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
  { english, englishPatterns, german }: CatalogueTexts,
): Promise<string[]> {
  const texts = await textsOn(page)
  const language = await page.locator('html').getAttribute('lang')
  const left = texts.filter(
    (text) => english.has(text) || englishPatterns.some((pattern) => pattern.test(text)),
  )
  return [
    ...(language === 'de' ? [] : [`The page says its language is "${language}".`]),
    ...(texts.some((text) => german.has(text)) ? [] : ['No text of the German catalogue is on the page.']),
    ...left.map((text) => `English: ${text}`),
  ]
}
