/**
 * The corrections that a contract's issued invoices need by what is known now. Only invoices with something changed behind them
 * are rated again (`late-periods.ts`). One whose usage is now held for a person waits: what is held is no reason to give money back.
 */
import type { Kysely } from 'kysely'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillLine, Contract, Invoice } from '../billing-types.ts'
import { contractPeriods } from '../contracts/contract-periods.ts'
import { correctionLines, type BilledLine } from './correction-lines.ts'
import { toInvoices } from './invoice-rows.ts'
import { readLatePeriods, type LatePeriod } from './late-periods.ts'
import { MANUAL_ITEM_ID } from './pending-lines.ts'
import { ratePeriod, type PeriodRating } from './rate-period.ts'
import { selectInvoices } from './read-invoices.ts'

export type Corrections = {
  readonly lines: readonly BillLine[]
  /** What is settled when these lines are issued. */
  readonly settled: readonly LatePeriod[]
  /** What the lines rest on, to be pinned with them. */
  readonly ratings: readonly PeriodRating[]
}

export const noCorrections: Corrections = { lines: [], settled: [], ratings: [] }

export async function correctionsOfContract(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
): Promise<Corrections> {
  const late = await readLatePeriods(context.ledger, contract.id)
  if (late.length === 0) return noCorrections
  const corrections = {
    lines: [...noCorrections.lines],
    settled: [...late],
    ratings: [...noCorrections.ratings],
  }
  for (const period of late) {
    const [invoice] = await readInvoices(context.ledger, contract, [period.invoiceId])
    if (invoice === undefined) continue
    const ratings: PeriodRating[] = []
    for (const each of contractPeriods(contract, invoice.period)) {
      ratings.push(await ratePeriod(context, contract, each, each.to))
    }
    if (ratings.some(({ held }) => held.length > 0)) {
      corrections.settled.splice(corrections.settled.indexOf(period), 1)
      continue
    }
    const ratedNow = ratings.flatMap(({ lines }) => lines)
    corrections.lines.push(
      ...correctionLines(invoice.id, await readBilled(context.ledger, contract, invoice), ratedNow),
    )
    corrections.ratings.push(...ratings)
  }
  return corrections
}

/** The invoice's own lines and the corrections of it, in order of issue; manual lines are nothing that was rated. */
export async function readBilled(
  ledger: Kysely<LedgerTables>,
  contract: Pick<Contract, 'manufacturerId'>,
  invoice: Invoice,
): Promise<readonly BilledLine[]> {
  const rows = await ledger
    .selectFrom('invoice_lines')
    .innerJoin('invoices', 'invoices.id', 'invoice_lines.invoice_id')
    .where('invoice_lines.corrects_id', '=', invoice.id)
    .where('invoices.status', '<>', 'void')
    .select('invoices.id')
    .distinct()
    .execute()
  const correcting = await readInvoices(
    ledger,
    contract,
    rows.map(({ id }) => id),
  )
  return [
    ...invoice.lines
      .filter(({ correctsId, itemId }) => correctsId === undefined && itemId !== MANUAL_ITEM_ID)
      .map((line) => ({ line, number: invoice.number ?? '' })),
    ...correcting.flatMap(({ number = '', lines }) =>
      lines.filter(({ correctsId }) => correctsId === invoice.id).map((line) => ({ line, number })),
    ),
  ]
}

async function readInvoices(
  ledger: Kysely<LedgerTables>,
  { manufacturerId }: Pick<Contract, 'manufacturerId'>,
  ids: readonly string[],
): Promise<readonly Invoice[]> {
  if (ids.length === 0) return []
  const query = selectInvoices(tenantLedger(ledger, manufacturerId))
    .where('invoices.id', 'in', ids)
    .orderBy('invoices.issued_at')
    .orderBy('invoices.id')
  return await toInvoices(ledger, await query.execute())
}
