/** What the list of credit notes can be sorted by, and what it takes to choose from. */
import type { Period } from '../../core/index.ts'
import type { ListSorts, PageRequest } from '../../db/index.ts'
import type { CreditNoteKind } from './credit-note-types.ts'

export const creditNoteSorts = {
  id: 'credit_notes.id',
  by: {
    createdAt: 'credit_notes.created_at',
    number: "coalesce(credit_notes.number, '')",
    total: 'credit_notes.total_minor',
  },
  usual: '-createdAt',
} as const satisfies ListSorts

export type CreditNoteFilter = {
  readonly customerId?: string
  readonly contractId?: string
  readonly invoiceId?: string
  readonly kind?: CreditNoteKind
  /** Only those issued in this span. */
  readonly issued?: Period
  /** Part of its number or the invoice's, or its id. */
  readonly text?: string
}

export type CreditNoteQuery = PageRequest<typeof creditNoteSorts> & CreditNoteFilter
