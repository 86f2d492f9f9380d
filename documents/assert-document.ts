/**
 * Refuses a document that cannot be issued, before anything of it is written.
 *
 * The error's code is that of the first violation; its issues name them all, each with a JSON pointer. Callers that freeze a
 * document ask here first, so that no number is given to what cannot be rendered.
 */
import { checkEn16931 } from './check-en16931.ts'
import { documentErrors } from './errors.ts'
import type { InvoiceDocument } from './invoice-document.ts'
import { findUnprintable } from './pdf/invoice-font.ts'

/** @throws AppError `document_incomplete`, `document_sums_wrong`, `document_tax_invalid`, `document_value_invalid`, `document_text_unprintable` */
export function assertInvoiceDocument(document: InvoiceDocument): void {
  const violations = [...checkEn16931(document), ...findUnprintable(document)]
  const [first] = violations
  if (first === undefined) return
  throw documentErrors[first.code](first.detail, {
    meta: { rule: first.rule },
    issues: violations.map(({ pointer, detail }) => ({ pointer, detail })),
  })
}
