/** An issued credit note as it is sent to Stripe. */
import type { Kysely } from 'kysely'
import { assertInvariant, type CreditNoteId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'

export type PushCreditNote = {
  readonly id: CreditNoteId
  readonly number: string
  readonly reason: string
  readonly prices: 'net' | 'gross'
  readonly totalMinor: bigint
  readonly taxes: readonly {
    readonly code: string
    readonly percent: string
    readonly netMinor: bigint
    readonly taxMinor: bigint
  }[]
}

/** What is asked in one turn is read together. @throws InvariantError unless it is issued */
export const readPushCreditNote = gatherCalls(
  async (ledger: Kysely<LedgerTables>, ids: readonly CreditNoteId[]): Promise<readonly PushCreditNote[]> => {
    const notes = await ledger
      .selectFrom('credit_notes')
      .select(['id', 'number', 'reason', 'prices', 'total_minor'])
      .where('id', 'in', ids)
      .execute()
    const taxes = await ledger
      .selectFrom('credit_note_taxes')
      .selectAll()
      .where('credit_note_id', 'in', ids)
      .orderBy('position')
      .execute()
    const rows = new Map(notes.map((note) => [note.id, note]))
    const taxesOf = Map.groupBy(taxes, (tax) => tax.credit_note_id)
    return ids.map((id) => {
      const row = rows.get(id)
      assertInvariant(row !== undefined && row.number !== null, `The credit note ${id} is issued.`)
      return {
        id,
        number: row.number,
        reason: row.reason,
        prices: row.prices,
        totalMinor: row.total_minor,
        taxes: (taxesOf.get(id) ?? []).map((tax) => ({
          code: tax.code,
          percent: tax.percent,
          netMinor: tax.net_minor,
          taxMinor: tax.tax_minor,
        })),
      }
    })
  },
)
