/** The thread behind `createDocumentRenderer`: one document after the other, as it comes. */
import { parentPort } from 'node:worker_threads'
import { AppError, assertInvariant } from '../core/index.ts'
import type { InvoiceDocument } from './invoice-document.ts'
import { renderInvoicePdf } from './pdf/render-invoice-pdf.ts'
import { renderInvoiceXml } from './xml/render-invoice-xml.ts'

export type RenderReply =
  | { readonly pdf: Uint8Array; readonly xml: string }
  | { readonly code: string | undefined; readonly problem: string }

assertInvariant(parentPort !== null, 'This file runs as a worker thread.')
const port = parentPort

port.on('message', (document: InvoiceDocument) => {
  void render(document).then((reply) => port.postMessage(reply))
})

async function render(document: InvoiceDocument): Promise<RenderReply> {
  try {
    const xml = renderInvoiceXml(document)
    return { pdf: await renderInvoicePdf(document), xml }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { code: error instanceof AppError ? error.code : undefined, problem }
  }
}
