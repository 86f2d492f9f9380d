/** What billing offers about credit notes. */
import type { ManufacturerId, Tenant } from '../../core/index.ts'
import type { Page } from '../../metering/index.ts'
import type { CreditNoteQuery } from './credit-note-sorts.ts'
import type { AskedCredit, CreditNote, CreditNoteKind } from './credit-note-types.ts'

export type CreditNoteReads = {
  listCreditNotes(tenant: Tenant, query: CreditNoteQuery): Promise<Page<CreditNote>>
  findCreditNote(tenant: Tenant, creditNoteId: string): Promise<CreditNote | undefined>
}

export type CreditNoteChanges = {
  /**
   * Gives back what an invoice charged, all of it or a part.
   * @throws `invoice_not_found`, `invoice_not_creditable`, `credit_exceeds_invoice`, `credit_exceeds_line`
   */
  creditInvoice(
    manufacturerId: ManufacturerId,
    invoiceId: string,
    input: {
      readonly kind: CreditNoteKind
      /** Shown on the document and kept in the trail. */
      readonly reason: string
      readonly credit: AskedCredit
    },
  ): Promise<CreditNote>
}
