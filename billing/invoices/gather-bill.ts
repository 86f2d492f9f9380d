/**
 * The one way to what a customer is billed: a period rated up to a cutoff, what people put on the bill, and the corrections that earlier invoices need by what is known
 * now. Live bill, draft, forecast and invoice all come from here, so at one cutoff they have the same lines (I6).
 */
import { moneyOf, sumMoney, type CurrencyCode, type InvoiceId, type Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillLine, Contract } from '../billing-types.ts'
import { correctionsOfContract, noCorrections, type Corrections } from './corrections-of-contract.ts'
import { toManualLines } from './pending-lines.ts'
import { ratePeriod, type PeriodRating } from './rate-period.ts'

/** `lines` are those of the period, then manual lines, then the corrections; `totalMinor` is their sum. */
export type GatheredBill = PeriodRating & {
  readonly lines: readonly BillLine[]
  readonly corrections: Corrections
}

/** @throws AppError as `ratePeriod` */
export async function gatherBill(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
  period: Period,
  cutoffAt: number,
  /** The invoice that the period is issued anew for: what it corrected goes on the next one, and it is corrected by itself. */
  replaces?: InvoiceId,
): Promise<GatheredBill> {
  const rating = await ratePeriod(context, contract, period, cutoffAt, replaces)
  const { currency, basis } = rating
  const [{ id: tariffVersionId } = { id: '' }] = basis.versions
  const manual = toManualLines(basis.pendingLines, { currency, period, tariffVersionId })
  const corrections = replaces === undefined ? await correctionsOfContract(context, contract) : noCorrections
  const lines = [...rating.lines, ...manual, ...corrections.lines]
  return { ...rating, lines, totalMinor: sumOfLines(lines, rating.currency), corrections }
}

/** @throws AppError `currency_mismatch` */
export function sumOfLines(lines: readonly BillLine[], currency: CurrencyCode): bigint {
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  return sumMoney(amounts, currency).amountMinor
}
