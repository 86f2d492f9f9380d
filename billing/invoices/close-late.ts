/**
 * What came late and no invoice of a period takes (`correctionsApart`): what is to be given back comes as credit notes against the invoices that it
 * corrects, and the rest as one final invoice that names their periods.
 */
import { assertInvariant, generateId } from '../../core/index.ts'
import { ratingErrors } from '../rating/errors.ts'
import type { ChangingContext } from '../billing-context.ts'
import { documentOfBill } from '../documents/document-of-bill.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { correctionsApart, stillOpen, thoseTaxed, type Correction } from './corrections-of-contract.ts'
import { issueCorrections, splitCreditable, type SplitCorrections } from './credit-corrections.ts'
import { sumOfLines } from './gather-bill.ts'
import type { IssuableBill, PreparedInvoice } from './issue-invoice.ts'
import { assertStillLate, noteMayStillEnd, settleLatePeriods } from './late-periods.ts'
import { pinBill } from './pin-usage.ts'
import { readRatingBasis } from './rating-basis.ts'
import { readTaxRules, taxOfBill } from './tax-of-bill.ts'

/** Issues what is to be given back; undefined where nothing is to be invoiced. @throws AppError as `closePeriod`, `bill_negative` */
export async function prepareLate(
  context: ChangingContext,
  contract: Contract,
): Promise<PreparedInvoice | undefined> {
  const found = await correctionsApart(context, contract)
  if (found.length === 0) return undefined
  const split = await splitCreditable(context.ledger, contract, await ofOneTax(context, contract, found))
  if (split.corrections.every(({ lines }) => lines.length === 0)) {
    await settle(context, contract, split)
    return undefined
  }
  const bill = await finalBill(context, contract, split)
  const invoiceId = generateId('invoice', context.randomBytes)
  await pinBill(context, invoiceId, bill)
  return { invoiceId, bill, replaced: undefined }
}

/** An invoice is taxed on one day: what bears another tax than the last of them waits for the next run. */
async function ofOneTax(
  context: ChangingContext,
  contract: Contract,
  found: readonly Correction[],
): Promise<readonly Correction[]> {
  const last = found.at(-1)?.ratings.at(-1)
  return last === undefined ? [] : await thoseTaxed('alike', context, contract, found, last.period)
}

async function settle(
  context: ChangingContext,
  contract: Contract,
  { corrections, credits }: SplitCorrections,
): Promise<void> {
  const late = [...corrections, ...credits].map((each) => each.late)
  await withLedgerErrors(() =>
    context.ledger.transaction().execute(async (transaction) => {
      await assertStillLate(transaction, late)
      await settleLatePeriods(transaction, late)
      await noteMayStillEnd(transaction, stillOpen([...corrections, ...credits]), context.clock.now())
      await issueCorrections(transaction, context, contract, credits)
    }),
  )
}

/** @throws AppError `bill_negative`, and what stops a tax */
async function finalBill(
  context: ChangingContext,
  contract: Contract,
  { corrections, credits }: SplitCorrections,
): Promise<IssuableBill> {
  const { ledger, clock } = context
  const ratings = corrections.flatMap((correction) => correction.ratings)
  const last = ratings.at(-1)
  assertInvariant(last !== undefined, 'A correction has periods.')
  const { period, currency } = last
  const basis = await readRatingBasis(ledger, contract, period)
  if (basis.versions.length === 0) {
    throw ratingErrors.tariff_not_in_force('Publish a version of the tariff: none is in force in the period.')
  }
  const lines = corrections.flatMap((each) => each.lines)
  const span = { from: Math.min(...ratings.map((each) => each.period.from)), to: period.to }
  const bill = {
    kind: 'final' as const,
    contract,
    period: span,
    cutoffAt: clock.now(),
    currency,
    inputs: [],
    lines,
    linesMinor: sumOfLines(lines, currency),
    held: [],
    unreportedDevices: [],
    mayStillEnd: false,
    notBillable: [],
    basis,
    carried: [],
    corrections,
    credits,
    manualLines: [],
    taxRules: readTaxRules(ledger, contract, span),
  }
  const tax = await taxOfBill(bill)
  if (tax.grossMinor >= 0n) {
    const taxed = { ...bill, tax }
    return { ...taxed, ...(await documentOfBill(context, taxed)) }
  }
  throw billingErrors.bill_negative(
    'Give back by a credit note what was overpaid: the invoices of the contract have not enough left for a correction.',
  )
}

/** The contracts that something came late for. */
export async function readLateContracts({
  ledger,
}: Pick<ChangingContext, 'ledger'>): Promise<ReadonlySet<string>> {
  const rows = await ledger
    .selectFrom('late_periods')
    .innerJoin('invoices', 'invoices.id', 'late_periods.invoice_id')
    .where('invoices.status', '<>', 'void')
    .select('invoices.contract_id')
    .distinct()
    .execute()
  return new Set(rows.map(({ contract_id }) => contract_id))
}
