/**
 * The corrections that a contract's issued invoices need by what is known now. Only invoices with something changed behind them
 * are rated again (`late-periods.ts`). One whose usage is now held for a person waits: what is held is no reason to give money back.
 */
import type { Kysely } from 'kysely'
import { assertInvariant, type InvoiceId, type Period } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillLine, Contract, Invoice } from '../billing-types.ts'
import { contractPeriodAt, contractPeriods } from '../contracts/contract-periods.ts'
import { readClosedTo, readInvoicedTo } from '../contracts/contracts.ts'
import { readInputs } from '../replay/keep-inputs.ts'
import { homesOf } from './assigned-devices.ts'
import { correctionLines, type BilledLine, type CorrectionInputs } from './correction-lines.ts'
import { readCreditedCorrections } from './credited-corrections.ts'
import { toInvoices } from './invoice-rows.ts'
import { readLatePeriods, type LatePeriod } from './late-periods.ts'
import { MANUAL_ITEM_ID } from './pending-lines.ts'
import { ratePeriod, type PeriodRating } from './rate-period.ts'
import { selectInvoices } from './read-invoices.ts'
import { isTaxedAlike } from './tax-of-bill.ts'

export type Correction = {
  /** What is settled when the lines are issued. */
  readonly late: LatePeriod
  /** What the lines follow from. */
  readonly inputs: CorrectionInputs
  /** None where what changed makes no difference. */
  readonly lines: readonly BillLine[]
  /** What the lines rest on, to be pinned with them. */
  readonly ratings: readonly PeriodRating[]
}

type Reads = Pick<BillingContext, 'ledger' | 'metering' | 'clock'>

/**
 * They come on the contract's first period that is not invoiced; its other bills have none. One that bears another tax than that
 * period, since a rate has changed, comes apart.
 */
export async function correctionsOnPeriod(
  context: Reads,
  contract: Contract,
  period: Period,
): Promise<readonly Correction[]> {
  const late = await readLatePeriods(context.ledger, contract.id)
  if (late.length === 0) return []
  if ((await readClosedTo(context.ledger, contract.id)) !== period.from) return []
  const corrections = await correctionsOf(context, contract, late)
  return await thoseTaxed('alike', context, contract, corrections, period)
}

/**
 * Those that no invoice of a period takes: all of a contract that has ended and is invoiced to its end; of another one what bears another tax and was
 * noticed when a period was invoiced last: it comes beside that invoice.
 */
export async function correctionsApart(context: Reads, contract: Contract): Promise<readonly Correction[]> {
  const { ledger } = context
  const late = await readLatePeriods(ledger, contract.id)
  if (late.length === 0) return []
  const closedTo = await readClosedTo(ledger, contract.id)
  assertInvariant(closedTo !== undefined, 'What is late for an invoice is of a contract that has one.')
  if (closedTo === contract.endsAt) {
    const isInvoiced = (await readInvoicedTo(ledger, contract.id)) === closedTo
    return isInvoiced ? await correctionsOf(context, contract, late) : []
  }
  const { last_at: lastAt } = await ledger
    .selectFrom('invoices')
    .select(({ fn }) => fn.max('issued_at').as('last_at'))
    .where('contract_id', '=', contract.id)
    .where('kind', '=', 'period')
    .executeTakeFirstOrThrow()
  const due = late.filter(({ noticedAt }) => noticedAt <= (lastAt ?? -Infinity))
  const period = contractPeriodAt(contract, closedTo)
  return await thoseTaxed('otherwise', context, contract, await correctionsOf(context, contract, due), period)
}

/** The corrected invoices that are to be looked at again. */
export function stillOpen(corrections: readonly Correction[]): readonly InvoiceId[] {
  return corrections.flatMap(({ inputs, ratings }) =>
    ratings.some(({ mayStillEnd }) => mayStillEnd) ? [inputs.correctsId] : [],
  )
}

/** Of those whose lines are taxed as in the period, or otherwise. */
export async function thoseTaxed(
  how: 'alike' | 'otherwise',
  { ledger }: Pick<Reads, 'ledger'>,
  contract: Contract,
  corrections: readonly Correction[],
  period: Period,
): Promise<readonly Correction[]> {
  const alike = await Promise.all(
    corrections.map(({ lines, ratings }) => {
      const own = ratings.at(-1)?.period ?? period
      return isTaxedAlike(ledger, contract, lines, [own, period])
    }),
  )
  return corrections.filter((_correction, index) => alike[index] === (how === 'alike'))
}

async function correctionsOf(
  context: Reads,
  contract: Contract,
  late: readonly LatePeriod[],
): Promise<readonly Correction[]> {
  const corrections: Correction[] = []
  for (const each of late) {
    const correction = await correctionOf(context, contract, each)
    if (correction !== undefined) corrections.push(correction)
  }
  return corrections
}

/** Undefined while something of the invoice's usage is held for a person. */
async function correctionOf(
  context: Reads,
  contract: Contract,
  late: LatePeriod,
): Promise<Correction | undefined> {
  const { invoiceId } = late
  const [invoice] = await readInvoices(context.ledger, contract, [invoiceId])
  assertInvariant(invoice !== undefined, 'What is late for an invoice names one that is there.')
  const ratings: PeriodRating[] = []
  const readBilledHomes = async () => homesOf((await readInputs(context.ledger, invoiceId))?.ratings ?? [])
  for (const each of contractPeriods(contract, invoice.period)) {
    ratings.push(await ratePeriod(context, contract, each, each.to, { readBilledHomes }))
  }
  if (ratings.some(({ held }) => held.length > 0)) return undefined
  const billed = await readBilled(context.ledger, contract, invoice)
  const lines = correctionLines(
    invoiceId,
    billed,
    ratings.flatMap((rating) => rating.lines),
  )
  const inputs = { correctsId: invoiceId, billed, ratings: ratings.flatMap((rating) => rating.inputs) }
  return { late, inputs, lines, ratings }
}

/** The invoice's own lines, then the corrections of it on later invoices and by credit notes, each in order of issue; manual lines are nothing that was rated. */
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
    ...(await readCreditedCorrections(ledger, invoice)),
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
