/** What billing offers a person to decide about an issued invoice; `decide-on-invoice.ts` says what each means. */
import type { InvoiceId, ManufacturerId } from '../../core/index.ts'
import type { InvoiceRemark } from '../billing-words.ts'

type Decision = { readonly reason: string }

export type InvoiceDecisions = {
  /** Again for a void invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid`, `invoice_not_voidable` */
  voidInvoice(manufacturerId: ManufacturerId, invoiceId: string, decision: Decision): Promise<void>
  /**
   * Makes the invoice void, if it is not, and bills its period again. The invoice that replaces it already is returned again.
   * @throws as `voidInvoice`, `invoice_not_reissuable`, and whatever makes an invoice wait
   */
  reissueInvoice(
    manufacturerId: ManufacturerId,
    invoiceId: string,
    decision: Decision,
  ): Promise<{
    readonly invoiceId: InvoiceId
    readonly isNew: boolean
    readonly remarks: readonly InvoiceRemark[]
  }>
  /** Again for such an invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  writeOffInvoice(manufacturerId: ManufacturerId, invoiceId: string, decision: Decision): Promise<void>
}
