/**
 * The one way to what a customer is billed: a period rated up to a cutoff, and the corrections that earlier invoices need by what is known
 * now. Live bill, draft, forecast and invoice all come from here, so at one cutoff they have the same lines (I6).
 */
import { moneyOf, sumMoney, type CurrencyCode, type Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillLine, Contract } from '../billing-types.ts'
import { correctionsOnPeriod, type Corrections } from './corrections-of-contract.ts'
import { ratePeriod, type PeriodRating } from './rate-period.ts'
import type { RatingBasis } from './rating-basis.ts'

/** `lines` are those of the period and then the corrections; `linesMinor` is their sum. */
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
  givenBasis?: RatingBasis,
): Promise<GatheredBill> {
  const rating = await ratePeriod(context, contract, period, cutoffAt, givenBasis)
  const corrections = await correctionsOnPeriod(context, contract, period)
  const lines = [...rating.lines, ...corrections.lines]
  return { ...rating, lines, linesMinor: sumOfLines(lines, rating.currency), corrections }
}

/** @throws AppError `currency_mismatch` */
export function sumOfLines(lines: readonly BillLine[], currency: CurrencyCode): bigint {
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  return sumMoney(amounts, currency).amountMinor
}
