/** Rows that many invoices add to one table in one turn: one statement for a few hundred. */
import type { Insertable, Transaction } from 'kysely'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'

/** Keeps a statement's parameters below what SQLite takes. */
const ROWS_AT_ONCE = 500

type Table = 'issued_documents' | 'invoice_inputs' | 'invoice_lines' | 'invoice_taxes' | 'invoices'

export function rowInserter<Name extends Table>(table: Name) {
  type Row = Insertable<LedgerTables[Name]>
  return gatherCalls(
    async (
      transaction: Transaction<LedgerTables>,
      asked: readonly (readonly Row[])[],
    ): Promise<undefined[]> => {
      const rows = asked.flat()
      for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
        await transaction
          .insertInto(table)
          .values(rows.slice(start, start + ROWS_AT_ONCE))
          .execute()
      }
      return asked.map(() => undefined)
    },
  )
}
