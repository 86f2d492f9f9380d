/** Every text of a document with the JSON pointer to it. */
import type { InvoiceDocument } from './invoice-document.ts'

export type PlacedText = { readonly pointer: string; readonly text: string }

export function listTexts(document: InvoiceDocument): readonly PlacedText[] {
  const texts: PlacedText[] = []
  collectTexts(document, '', texts)
  return texts
}

/** Into one list: every invoice passes here twice, and has some hundred texts. */
function collectTexts(value: unknown, pointer: string, texts: PlacedText[]): void {
  if (typeof value === 'string') texts.push({ pointer, text: value })
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) collectTexts(member, `${pointer}/${name}`, texts)
  }
}
