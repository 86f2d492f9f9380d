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

/** Letters that the font has, which a test sees to. */
const ofAscii = /^[ -~]*$/

export type InvoiceFonts = {
  /** The files' bytes. */
  readonly regular: Uint8Array
  readonly bold: Uint8Array
  /** Code points of the letters that both have. */
  readonly letters: ReadonlySet<number>
}

let loaded: InvoiceFonts | undefined

/**
 * Read with the first document and kept, as bytes: each document parses them anew. A parsed font remembers for each shape
 * the first letter that it stood for, also where two letters share one, so sharing it would let a document's bytes depend
 * on those before it.
 */
export function loadFonts(): InvoiceFonts {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url)
    const regular = readFileSync(
      require.resolve('@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf'),
    )
    const bold = readFileSync(
      require.resolve('@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf'),
    )
    loaded = { regular, bold, letters: lettersOf(regular).intersection(lettersOf(bold)) }
  }
  return loaded
}

/** Letters and their accents as one character each, which is how the font has them; without hints where a word may break. */
export function toPrinted(text: string): string {
  return text.replaceAll('\u00ad', '').normalize('NFC')
}

export function findUnprintable(document: InvoiceDocument): readonly Violation[] {
  const { letters } = loadFonts()
  return listTexts(document).flatMap(({ pointer, text }): Violation[] => {
    if (ofAscii.test(text)) return []
    const missing = Array.from(toPrinted(text)).find((letter) => !letters.has(letter.codePointAt(0) ?? 0))
    if (missing === undefined || /\p{Cc}/u.test(missing)) return []
    const codePoint = (missing.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const detail = `Write the text in Latin, Greek or Cyrillic letters: U+${codePoint} cannot be printed.`
    return [{ rule: 'PDF', code: 'document_text_unprintable', pointer, detail }]
  })
}

function lettersOf(font: Uint8Array): ReadonlySet<number> {
  return new Set((create(Buffer.from(font)) as Font).characterSet)
}
