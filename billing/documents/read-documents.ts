/** What there is of an issued document: its state, and its bytes once they are rendered. */
import type { Kysely } from 'kysely'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import type { DocumentProgress } from './document-progress.ts'
import { billingErrors } from '../errors.ts'
import { documentNotFound } from './render-documents.ts'

export function documentReads({ ledger }: BillingContext): Pick<Billing, 'readDocument'> {
  return {
    async readDocument(tenant, kind, documentId) {
      const row = await tenantLedger(ledger, tenant)
        .selectFrom('issued_documents')
        .select(['number', 'state', 'problem', 'pdf', 'xml'])
        .where('issued_documents.id', '=', documentId)
        .where('issued_documents.kind', '=', kind)
        .executeTakeFirst()
      if (row === undefined) throw documentNotFound(documentId)
      if (row.pdf === null || row.xml === null) {
        throw billingErrors.document_not_rendered(
          row.problem ?? 'Ask again in a moment: PDF and XML are being made.',
        )
      }
      return { number: row.number, pdf: row.pdf, xml: row.xml }
    },
  }
}

/** @param ledger of whoever may see the invoices or credit notes with these ids */
export async function readProgress(
  ledger: Kysely<LedgerTables>,
  documentIds: readonly string[],
): Promise<ReadonlyMap<string, DocumentProgress>> {
  const rows = await ledger
    .selectFrom('issued_documents')
    .select(['id', 'state', 'problem'])
    .where('id', 'in', documentIds)
    .execute()
  return new Map(rows.map(({ id, state, problem }) => [id, { state, problem: problem ?? undefined }]))
}
