/** The words of manual lines: what a person puts on a contract's next invoice, with a reason. */
import type { ContractId, CurrencyCode, InvoiceId, ManualLineId, ManufacturerId } from '../../core/index.ts'
import type { PageRequest } from '../../db/index.ts'
import type { ListSorts } from '../../db/index.ts'
import type { Page } from '../../metering/index.ts'

export type ManualLine = {
  readonly id: ManualLineId
  readonly contractId: ContractId
  readonly description: string
  /** Before tax, or with it where the prices of the contract's tariff hold it; negative for a reduction. */
  readonly amountMinor: bigint
  readonly currency: CurrencyCode
  readonly taxCategory: string
  readonly reason: string
  /** As the person or key was called then. */
  readonly madeBy: string
  readonly createdAt: number
  readonly removedAt: number | undefined
  /** The invoice that took it; undefined again once that is void and nothing else has taken the line. */
  readonly invoiceId: InvoiceId | undefined
}

export type ManualLineState = 'pending' | 'invoiced' | 'removed'

export const manualLineSorts = {
  id: 'manual_lines.id',
  by: { createdAt: 'manual_lines.created_at' },
  usual: 'createdAt',
} as const satisfies ListSorts

export type ManualLineQuery = PageRequest<typeof manualLineSorts> & {
  readonly contractId?: string
  readonly state?: ManualLineState
}

export type AddManualLineInput = Pick<
  ManualLine,
  'description' | 'amountMinor' | 'taxCategory' | 'reason'
> & {
  /** That of the tariff which the contract has. */
  readonly currency: string
}

export type ManualLineReads = {
  /** Of one contract or of all, the oldest first. */
  listManualLines(manufacturerId: ManufacturerId, query: ManualLineQuery): Promise<Page<ManualLine>>
  findManualLine(manufacturerId: ManufacturerId, manualLineId: string): Promise<ManualLine | undefined>
}

export type ManualLineChanges = {
  /**
   * Puts a line on the contract's next invoice.
   * @throws `contract_not_found`, `contract_not_running` where no invoice of the contract is to come, `currency_mismatch`
   */
  addManualLine(
    manufacturerId: ManufacturerId,
    contractId: string,
    input: AddManualLineInput,
  ): Promise<ManualLine>
  /** Again changes nothing. @throws `manual_line_not_found`, `manual_line_not_pending` */
  removeManualLine(manufacturerId: ManufacturerId, manualLineId: string): Promise<ManualLine>
}
