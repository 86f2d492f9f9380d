/**
 * The font of our documents: Source Sans 3 (SIL Open Font License), whole files with Latin, Greek and Cyrillic letters.
 *
 * Only the letters that a document uses are embedded in it. A character that the font lacks would be printed as an empty box,
 * in a name that somebody pays by: such a document is refused instead.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { create, type Font } from 'fontkit'
import type { InvoiceDocument } from '../invoice-document.ts'
import { listTexts } from '../list-texts.ts'
import type { Violation } from '../rules/violation.ts'

export const REGULAR = 'regular'
export const BOLD = 'bold'

export type InvoiceFonts = { readonly regular: Font; readonly bold: Font }

let loaded: InvoiceFonts | undefined

/** Parsed with the first document and kept: reading a font's tables takes longer than drawing a page. */
export function loadFonts(): InvoiceFonts {
  loaded ??= {
    regular: readFont('400Regular/SourceSans3_400Regular.ttf'),
    bold: readFont('600SemiBold/SourceSans3_600SemiBold.ttf'),
  }
  return loaded
}

/** Letters and their accents as one character each, which is how the font has them. */
export function toPrinted(text: string): string {
  return text.normalize('NFC')
}

export function findUnprintable(document: InvoiceDocument): readonly Violation[] {
  const { regular } = loadFonts()
  return listTexts(document).flatMap(({ pointer, text }): Violation[] => {
    const missing = [...toPrinted(text)].find((letter) => !regular.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0))
    if (missing === undefined || /\p{Cc}/u.test(missing)) return []
    const codePoint = (missing.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const detail = `Write the text in Latin, Greek or Cyrillic letters: U+${codePoint} cannot be printed.`
    return [{ rule: 'PDF', code: 'document_text_unprintable', pointer, detail }]
  })
}

function readFont(file: string): Font {
  const { resolve } = createRequire(import.meta.url)
  return create(readFileSync(resolve(`@expo-google-fonts/source-sans-3/${file}`))) as Font
}
