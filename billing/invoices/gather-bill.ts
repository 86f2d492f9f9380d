/**
 * The one way to what a customer is billed: a period rated up to a cutoff, the periods that are carried into it, what people put on
 * the bill, and the corrections that earlier invoices need by what is known now. Live bill, draft, forecast and invoice all come from
 * here, so at one cutoff they have the same lines (I6).
 */
import { moneyOf, sumMoney, type CurrencyCode, type Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillLine, Contract } from '../billing-types.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import { correctionsOnPeriod, type Correction } from './corrections-of-contract.ts'
import { toManualLines } from './pending-lines.ts'
import { ratePeriod, type BasisChoice, type PeriodRating } from './rate-period.ts'
import { readTaxRules, type TaxRules } from './tax-of-bill.ts'

/**
 * `lines` are those of the periods that are carried into this one, then those of the period, the corrections and the manual
 * lines; `linesMinor` is their sum.
 */
export type GatheredBill = PeriodRating & {
  /** The periods carried into this one, in order, each rated on all that is known now. */
  readonly carried: readonly PeriodRating[]
  readonly lines: readonly BillLine[]
  readonly corrections: readonly Correction[]
  readonly manualLines: readonly RatedLine[]
  readonly taxRules: Promise<TaxRules>
}

/** @throws AppError as `ratePeriod` */
export async function gatherBill(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
  period: Period,
  cutoffAt: number,
  choice: BasisChoice = {},
): Promise<GatheredBill> {
  const taxRules = readTaxRules(context.ledger, contract, period)
  const [rating, corrections] = await Promise.all([
    ratePeriod(context, contract, period, cutoffAt, choice),
    correctionsOnPeriod(context, contract, period),
  ])
  const { currency, basis } = rating
  const carried: PeriodRating[] = []
  for (const each of basis.carried) carried.push(await ratePeriod(context, contract, each, each.to))
  const [{ id: tariffVersionId } = { id: '' }] = basis.versions
  const manualLines = toManualLines(basis.pendingLines, { currency, period, tariffVersionId })
  const lines = [
    ...carried.flatMap((each) => each.lines),
    ...rating.lines,
    ...corrections.flatMap((each) => each.lines),
    ...manualLines,
  ]
  return {
    ...rating,
    lines,
    linesMinor: sumOfLines(lines, currency),
    carried,
    corrections,
    manualLines,
    taxRules,
  }
}

/** @throws AppError `currency_mismatch` */
export function sumOfLines(lines: readonly BillLine[], currency: CurrencyCode): bigint {
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  return sumMoney(amounts, currency).amountMinor
}
