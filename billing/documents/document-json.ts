/** An issued document's content as JSON: whole minor units as decimal strings, everything else as it is. */
import type { InvoiceDocument } from '../../documents/index.ts'

export function formatDocument(document: InvoiceDocument): string {
  return JSON.stringify(document, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

export function parseDocument(content: string): InvoiceDocument {
  return JSON.parse(content, (name, value: unknown) =>
    name.endsWith('Minor') ? BigInt(value as string) : value,
  ) as InvoiceDocument
}
