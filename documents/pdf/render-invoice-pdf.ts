/**
 * Renders a document as PDF: A4, tagged, with embedded letters, after the rules of PDF/A-2a for keeping it for years.
 *
 * The same document gives the same bytes: there is no clock and no chance in it. The creation date is the first instant of
 * the issue date in the document's zone, and the file's id follows from that and the title.
 */
import { assertInvoiceDocument } from '../assert-document.ts'
import { getCivilDate } from '../../core/index.ts'
import type { InvoiceDocument } from '../invoice-document.ts'
import { drawLetterhead, titleOf } from './draw-letterhead.ts'
import { drawLines } from './draw-lines.ts'
import { drawMargins } from './draw-margins.ts'
import { drawClosing, drawTotals } from './draw-totals.ts'
import { PdfSheet } from './pdf-sheet.ts'

/** @throws AppError `document_*` for a document that cannot be issued. */
export async function renderInvoicePdf(document: InvoiceDocument): Promise<Uint8Array> {
  assertInvoiceDocument(document)
  const createdAt = getCivilDate(document.issuedOn).toZonedDateTime(document.timeZone).epochMilliseconds
  const sheet = new PdfSheet({ title: titleOf(document), language: document.language, createdAt })
  drawLetterhead(sheet, document)
  drawLines(sheet, document)
  drawTotals(sheet, document)
  drawClosing(sheet, document)
  drawMargins(sheet, document)
  sheet.root.end()
  return await collectBytes(sheet.pdf)
}

async function collectBytes(pdf: PDFKit.PDFDocument): Promise<Uint8Array> {
  pdf.end()
  const chunks: Uint8Array[] = []
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}
