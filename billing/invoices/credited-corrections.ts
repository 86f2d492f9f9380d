/** What credit notes have corrected of an invoice, as the lines that it would have been; they may be on later invoices that had charged it. */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'
import type { Invoice } from '../billing-types.ts'
import { parseLine } from '../rating/rating-json.ts'
import type { BilledLine } from './correction-lines.ts'

/** In order of issue. */
export async function readCreditedCorrections(
  ledger: Kysely<LedgerTables>,
  { id }: Pick<Invoice, 'id'>,
): Promise<readonly BilledLine[]> {
  const rows = await ledger
    .selectFrom('credited_corrections')
    .innerJoin('credit_notes', 'credit_notes.id', 'credited_corrections.credit_note_id')
    .select(['credit_notes.number', 'credited_corrections.line'])
    .where('credited_corrections.corrects_id', '=', id)
    .orderBy('credit_notes.issued_at')
    .orderBy('credit_notes.id')
    .orderBy('credited_corrections.position')
    .execute()
  return rows.map(({ number, line }) => ({ number: number ?? '', line: parseLine(JSON.parse(line)) }))
}
