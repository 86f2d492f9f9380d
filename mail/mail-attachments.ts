import type { Kysely } from 'kysely'
import { assertInvariant } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { Attachment } from './smtp-transport.ts'

/** PDF and XML of an issued document: read when the mail leaves, not copied into each mail. */
export async function attachmentsOf(
  ledger: Kysely<LedgerTables>,
  documentId: string,
): Promise<readonly Attachment[]> {
  const { number, pdf, xml } = await ledger
    .selectFrom('issued_documents')
    .select(['number', 'pdf', 'xml'])
    .where('id', '=', documentId)
    .executeTakeFirstOrThrow()
  assertInvariant(pdf !== null && xml !== null, 'A mail waits until what it brings is rendered.')
  const name = number.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
  return [
    { filename: `${name}.pdf`, contentType: 'application/pdf', content: Buffer.from(pdf) },
    { filename: `${name}.xml`, contentType: 'application/xml', content: Buffer.from(xml, 'utf8') },
  ]
}
