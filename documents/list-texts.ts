/** Every text of a document with the JSON pointer to it. */
import type { InvoiceDocument } from './invoice-document.ts'

export type PlacedText = { readonly pointer: string; readonly text: string }

export function listTexts(document: InvoiceDocument): readonly PlacedText[] {
  return textsIn(document, '')
}

function textsIn(value: unknown, pointer: string): readonly PlacedText[] {
  if (typeof value === 'string') return [{ pointer, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, `${pointer}/${name}`))
}
