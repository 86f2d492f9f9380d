/** The ledger's tables of issued documents and credit notes, as `ledger-tables.ts` has the others. */
import type { ColumnType } from 'kysely'

/** Written as bigint or number, always read as bigint. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>

type DocumentState = 'waiting' | 'done' | 'failed'

export type DocumentTables = {
  issued_documents: {
    /** That of the invoice or the credit note. */
    id: string
    kind: 'invoice' | 'credit_note'
    manufacturer_id: string
    customer_id: string
    number: string
    content: string
    state: ColumnType<DocumentState, DocumentState | undefined, DocumentState>
    attempts: ColumnType<bigint, bigint | number | undefined, bigint | number>
    problem: string | null
    pdf: Uint8Array | null
    xml: string | null
    created_at: number
    rendered_at: number | null
  }
  credit_notes: {
    id: string
    manufacturer_id: string
    customer_id: string
    invoice_id: string
    kind: 'correction' | 'goodwill' | 'cancellation'
    number: string | null
    reason: string
    currency: string
    prices: 'net' | 'gross'
    tax_minor: Integer
    /** With tax: what is given back. */
    total_minor: Integer
    created_at: number
    /** Null while the transaction makes it. */
    issued_at: number | null
  }
  credit_note_lines: {
    credit_note_id: string
    position: Integer
    /** The line of the invoice; null for a line of its own text. */
    invoice_position: ColumnType<bigint | null, bigint | number | null, never>
    item_id: string | null
    description: string
    tax_category: string
    amount_minor: Integer
    period_from_at: number | null
    period_to_at: number | null
  }
  credit_note_taxes: {
    credit_note_id: string
    position: Integer
    code: 'S' | 'Z' | 'E' | 'AE' | 'O' | 'G'
    percent: string
    net_minor: Integer
    tax_minor: Integer
  }
}
