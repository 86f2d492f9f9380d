/**
 * From a rated period to an issued invoice, in one transaction: draft, lines, taxes, inputs, number, document, issued, and what `onIssued`
 * adds.
 *
 * A period is closed once: the unique key (contract, start of period) decides, whoever comes second is given the invoice
 * that is there. Numbers have no gaps, because the number is taken in the transaction that uses it. The ledger's
 * triggers check that lines and taxes sum to the total and freeze all of it from then on (I9).
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertInvariant,
  formatInstant,
  type InvoiceId,
  type ManufacturerId,
  type Period,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { BillLine, InvoiceRemark } from '../billing-types.ts'
import { getContract } from '../contracts/contracts.ts'
import { documentOfBill } from '../documents/document-of-bill.ts'
import { freezeDocument } from '../documents/freeze-document.ts'
import { billingErrors } from '../errors.ts'
import { isUniqueViolation, withLedgerErrors } from '../ledger-errors.ts'
import { formatExplanation } from '../rating/rating-json.ts'
import { insertInputs } from '../replay/keep-inputs.ts'
import { noteRatesUsed } from '../tax/read-tax.ts'
import { findInvoiceOfPeriod } from './invoice-rows.ts'
import { insertTaxes } from './invoice-taxes.ts'
import type { GatheredBill } from './gather-bill.ts'
import type { Correction } from './corrections-of-contract.ts'
import { issueCorrections } from './credit-corrections.ts'
import { settleLatePeriods } from './late-periods.ts'
import { takePendingLines } from './pending-lines.ts'
import { isSameBasis, readRatingBasis } from './rating-basis.ts'
import { isSameTax, taxOfBill, type BillTax } from './tax-of-bill.ts'

/** A rated period with its tax: all that an invoice says. */
export type IssuableBill = GatheredBill & {
  /** The bill of a period, or what came late for a contract that has ended. */
  readonly kind: 'period' | 'final'
  readonly tax: BillTax
  /** Corrections that are given back by credit notes, beside the invoice. */
  readonly credits: readonly Correction[]
}

export type IssuedInvoice = {
  readonly invoiceId: InvoiceId
  readonly isNew: boolean
  readonly remarks: readonly InvoiceRemark[]
}

/** An invoice that the new one is issued for; `withdraw` makes it void in the same transaction. */
export type Replaced = {
  readonly invoiceId: InvoiceId
  withdraw(transaction: Transaction<LedgerTables>): Promise<void>
}

/** @throws AppError `billing_basis_changed`; whatever `onIssued` throws undoes the invoice */
export async function issueInvoice(
  context: ChangingContext,
  invoiceId: InvoiceId,
  bill: IssuableBill,
  replaced?: Replaced,
): Promise<IssuedInvoice> {
  const { contract, period } = bill
  try {
    return await withLedgerErrors(() =>
      context.ledger
        .transaction()
        .execute((transaction) => issue(transaction, context, invoiceId, bill, replaced)),
    )
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const existing = await findInvoiceOfPeriod(context.ledger, contract.id, period.from)
    if (existing === undefined) throw error
    return { invoiceId: existing, isNew: false, remarks: [] }
  }
}

async function issue(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  invoiceId: InvoiceId,
  bill: IssuableBill,
  replaced: Replaced | undefined,
): Promise<IssuedInvoice> {
  const { kind, contract, period, corrections, credits, tax } = bill
  await replaced?.withdraw(transaction)
  if (kind === 'period') {
    const existing = await findInvoiceOfPeriod(transaction, contract.id, period.from)
    if (existing !== undefined && existing !== replaced?.invoiceId) {
      return { invoiceId: existing, isNew: false, remarks: [] }
    }
  } else await assertStillLate(transaction, corrections)
  const now = context.clock.now()
  const asAgreedNow = await getContract(transaction, contract.manufacturerId, contract.id)
  const basedOn = kind === 'period' ? period : lastPeriodOf(bill)
  if (!isSameBasis(bill.basis, await readRatingBasis(transaction, asAgreedNow, basedOn))) {
    throw billingErrors.billing_basis_changed(
      'Run billing again: tariff, time zone, pauses or assignments have just changed.',
    )
  }
  if (!isSameTax(tax, await taxOfBill(transaction, { ...bill, contract: asAgreedNow }))) {
    throw billingErrors.billing_basis_changed(
      'Run billing again: the tax rates, or what decides about the tax of the customer, have just changed.',
    )
  }
  const document = await documentOfBill(context, transaction, { ...bill, contract: asAgreedNow }, invoiceId)
  const facts = { now, dueOn: document.dueOn, replacesId: replaced?.invoiceId ?? null }
  await insertDraft(transaction, invoiceId, bill, facts)
  await insertLines(transaction, invoiceId, bill.lines)
  await insertTaxes(transaction, invoiceId, tax.groups)
  await noteRatesUsed(transaction, contract.manufacturerId, tax)
  await takePendingLines(transaction, invoiceId, bill.basis.pendingLines)
  await settleLatePeriods(
    transaction,
    [...corrections, ...credits].map(({ late }) => late),
  )
  await issueCorrections(transaction, context, contract, credits)
  await insertInputs(transaction, invoiceId, {
    ratings: bill.inputs,
    corrections: corrections.filter(({ lines }) => lines.length > 0).map(({ inputs }) => inputs),
    manualLines: bill.manualLines,
    tax: tax.pins,
  })
  const number = await takeNumber(transaction, contract.manufacturerId)
  await freezeDocument(transaction, { ...contract, id: invoiceId, at: now }, { ...document, number })
  await transaction
    .updateTable('invoices')
    .set({ status: 'issued', number, issued_at: now })
    .where('id', '=', invoiceId)
    .execute()
  await recordChange(transaction, {
    manufacturerId: contract.manufacturerId,
    actor: context.actor,
    action: 'invoice.issued',
    subject: { kind: 'invoice', id: invoiceId },
    after: {
      number,
      ...(replaced !== undefined && { replacesId: replaced.invoiceId }),
      contractId: contract.id,
      customerId: contract.customerId,
      period: { from: formatInstant(period.from), to: formatInstant(period.to) },
      taxMinor: tax.taxMinor.toString(),
      totalMinor: tax.grossMinor.toString(),
      currency: bill.currency,
    },
    at: now,
  })
  const remarks = await context.onIssued(transaction, invoiceId)
  return { invoiceId, isNew: true, remarks }
}

/** A run beside this one may have settled it already. @throws AppError `billing_basis_changed` */
async function assertStillLate(
  transaction: Transaction<LedgerTables>,
  corrections: readonly Correction[],
): Promise<void> {
  for (const { late } of corrections) {
    const row = await transaction
      .selectFrom('late_periods')
      .select('no')
      .where('no', '=', late.upToNo)
      .executeTakeFirst()
    if (row !== undefined) continue
    throw billingErrors.billing_basis_changed('Run billing again: what came late has just been corrected.')
  }
}

function lastPeriodOf({ corrections, period }: IssuableBill): Period {
  return corrections.at(-1)?.ratings.at(-1)?.period ?? period
}

async function insertDraft(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  { kind, contract, period, cutoffAt, currency, tax }: IssuableBill,
  {
    now,
    dueOn,
    replacesId,
  }: { readonly now: number; readonly dueOn: string | null; readonly replacesId: InvoiceId | null },
): Promise<void> {
  await transaction
    .insertInto('invoices')
    .values({
      id: invoiceId,
      manufacturer_id: contract.manufacturerId,
      customer_id: contract.customerId,
      contract_id: contract.id,
      kind,
      number: null,
      status: 'draft',
      replaces_id: replacesId,
      currency,
      period_from_at: period.from,
      period_to_at: period.to,
      cutoff_at: cutoffAt,
      prices: tax.prices,
      tax_minor: tax.taxMinor,
      total_minor: tax.grossMinor,
      due_on: dueOn,
      created_at: now,
      issued_at: null,
      paid_at: null,
    })
    .execute()
}

async function insertLines(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  lines: readonly BillLine[],
): Promise<void> {
  for (const [index, line] of lines.entries()) {
    await transaction
      .insertInto('invoice_lines')
      .values({
        invoice_id: invoiceId,
        position: index + 1,
        item_id: line.itemId,
        description: line.description,
        quantity: line.quantity,
        unit: line.unit,
        unit_price: line.unitPrice ?? null,
        tax_category: line.taxCategory,
        unrounded_amount: line.unroundedAmount,
        amount_minor: line.amountMinor,
        ...(line.correctsId !== undefined && {
          corrects_id: line.correctsId,
          period_from_at: line.explanation.period.from,
          period_to_at: line.explanation.period.to,
        }),
        explanation: JSON.stringify({
          explanation: formatExplanation(line.explanation),
          sentence: line.sentence,
        }),
      })
      .execute()
  }
}

async function takeNumber(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<string> {
  const series = await transaction
    .insertInto('number_series')
    .values({ manufacturer_id: manufacturerId, next_number: 2 })
    .onConflict((conflict) =>
      conflict
        .column('manufacturer_id')
        .doUpdateSet((all) => ({ next_number: all('number_series.next_number', '+', 1n) })),
    )
    .returning('next_number')
    .executeTakeFirstOrThrow()
  const { invoice_prefix } = await transaction
    .selectFrom('manufacturers')
    .select('invoice_prefix')
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
  const number = series.next_number - 1n
  assertInvariant(number >= 1n, 'Invoice numbers begin at 1.')
  return `${invoice_prefix}-${number.toString().padStart(6, '0')}`
}
