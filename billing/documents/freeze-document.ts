/** Keeps what an invoice or a credit note says, as part of issuing it. */
import type { Transaction } from 'kysely'
import type { ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { assertInvoiceDocument, type InvoiceDocument } from '../../documents/index.ts'
import { rowInserter } from '../invoices/insert-rows.ts'
import { formatDocument } from './document-json.ts'

/**
 * Part of the transaction that issues the document: from then on its content stays, and a job renders it.
 * @param id of the invoice or the credit note
 * @throws AppError `document_incomplete`, `document_sums_wrong`, `document_tax_invalid`, `document_value_invalid`, `document_text_unprintable`
 */
export async function freezeDocument(
  transaction: Transaction<LedgerTables>,
  {
    id,
    manufacturerId,
    customerId,
    at,
  }: {
    readonly id: string
    readonly manufacturerId: ManufacturerId
    readonly customerId: string
    readonly at: number
  },
  document: InvoiceDocument,
): Promise<void> {
  assertInvoiceDocument(document)
  await insertDocuments(transaction, [
    {
      id,
      kind: document.kind,
      manufacturer_id: manufacturerId,
      customer_id: customerId,
      number: document.number,
      content: formatDocument(document),
      created_at: at,
    },
  ])
}

const insertDocuments = rowInserter('issued_documents')
