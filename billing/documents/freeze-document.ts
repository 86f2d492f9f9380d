/** Keeps what an invoice or a credit note says, as part of issuing it. */
import type { Transaction } from 'kysely'
import type { ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { InvoiceDocument } from '../../documents/index.ts'
import { rowInserter } from '../invoices/insert-rows.ts'
import { formatDocument } from './document-json.ts'

type Frozen = {
  /** Of the invoice or the credit note. */
  readonly id: string
  readonly manufacturerId: ManufacturerId
  readonly customerId: string
  readonly at: number
}

/**
 * Part of the transaction that issues the document: from then on its content stays, and a job renders it. Only for one that `assertInvoiceDocument`
 * has accepted, but for its number and the address of its page.
 */
export async function freezeDocument(
  transaction: Transaction<LedgerTables>,
  { id, manufacturerId, customerId, at }: Frozen,
  document: InvoiceDocument,
): Promise<void> {
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
