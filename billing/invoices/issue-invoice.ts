/**
 * From a rated period to an issued invoice, in one transaction: draft, lines, taxes, inputs, number, document, issued, and what `onIssued`
 * adds.
 *
 * Invoices that are issued in one turn share a transaction and its statements; if that fails, each is issued in its own.
 *
 * A period is closed once: the unique key (contract, start of period) decides, whoever comes second is given the invoice
 * that is there. Numbers have no gaps, because the number is taken in the transaction that uses it. The ledger's
 * triggers check that lines and taxes sum to the total and freeze all of it from then on (I9).
 */
import { sql, type Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertInvariant,
  formatInstant,
  type InvoiceId,
  type ManufacturerId,
  type Period,
} from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { BillLine, InvoiceRemark } from '../billing-types.ts'
import { getContract } from '../contracts/contracts.ts'
import { documentToIssue, type BillDocument } from '../documents/document-of-bill.ts'
import { freezeDocument } from '../documents/freeze-document.ts'
import { billingErrors } from '../errors.ts'
import { isUniqueViolation, withLedgerErrors } from '../ledger-errors.ts'
import { formatExplanation } from '../rating/rating-json.ts'
import { insertInputs } from '../replay/keep-inputs.ts'
import { noteRatesUsed } from '../tax/read-tax.ts'
import { billedSpan } from './carried-periods.ts'
import { findInvoiceOfPeriod } from './invoice-rows.ts'
import { rowInserter } from './insert-rows.ts'
import { insertTaxes } from './invoice-taxes.ts'
import type { GatheredBill } from './gather-bill.ts'
import { stillOpen } from './corrections-of-contract.ts'
import { issueCorrections, type CreditedCorrection } from './credit-corrections.ts'
import { assertStillLate, noteMayStillEnd, settleLatePeriods } from './late-periods.ts'
import { takePendingLines } from './pending-lines.ts'
import { isSameBasis, readRatingBasis } from './rating-basis.ts'
import { isSameTax, readTaxRules, taxOfBill, type BillTax } from './tax-of-bill.ts'

/** Others that want to write wait for one transaction. */
const INVOICES_PER_TRANSACTION = 250

/** A rated period with its tax and its document: all that an invoice says. */
export type IssuableBill = TaxedBill & BillDocument

/** All of it but the document. */
export type TaxedBill = GatheredBill & {
  /** The bill of a period, or what came late for a contract that has ended. */
  readonly kind: 'period' | 'final'
  readonly tax: BillTax
  /** Corrections that are given back by credit notes, beside the invoice. */
  readonly credits: readonly CreditedCorrection[]
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

/** A bill whose usage is pinned under the id that its invoice is going to have. */
export type PreparedInvoice = {
  readonly invoiceId: InvoiceId
  readonly bill: IssuableBill
  readonly replaced: Replaced | undefined
}

/** @throws AppError `billing_basis_changed`; whatever `onIssued` throws undoes the invoice */
export async function issueInvoice(
  context: ChangingContext,
  prepared: PreparedInvoice,
): Promise<IssuedInvoice> {
  const { bill } = prepared
  const { contract, period } = bill
  try {
    return await issueTogether(context, prepared)
  } catch (error) {
    if (!isUniqueViolation(error) || bill.kind === 'final') throw error
    const existing = await findInvoiceOfPeriod(context.ledger, contract.id, period.from)
    if (existing === undefined) throw error
    return { invoiceId: existing, isNew: false, remarks: [] }
  }
}

const issueTogether = gatherCalls(
  async (
    context: ChangingContext,
    prepared: readonly PreparedInvoice[],
  ): Promise<readonly IssuedInvoice[]> => {
    try {
      return await withLedgerErrors(() =>
        context.ledger.transaction().execute((transaction) => issueAll(transaction, context, prepared)),
      )
    } catch (error) {
      const count = prepared.length
      if (count > 1) context.log.warn({ err: error, count }, 'invoices are issued one by one')
      throw error
    }
  },
  { atOnce: INVOICES_PER_TRANSACTION },
)

async function issueAll(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  prepared: readonly PreparedInvoice[],
): Promise<readonly IssuedInvoice[]> {
  // All have ended before one that failed ends the transaction: no statement comes after it.
  const ended = await Promise.allSettled(prepared.map((each) => issue(transaction, context, each)))
  const invoices = ended.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
  const issued: IssuedInvoice[] = []
  for (const { invoiceId, isNew } of invoices) {
    const remarks = isNew ? await context.onIssued(transaction, invoiceId) : []
    issued.push({ invoiceId, isNew, remarks })
  }
  return issued
}

async function issue(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  { invoiceId, bill, replaced }: PreparedInvoice,
): Promise<Omit<IssuedInvoice, 'remarks'>> {
  const { kind, contract, period, carried, corrections, credits, tax } = bill
  const late = [...corrections, ...credits].map((each) => each.late)
  await replaced?.withdraw(transaction)
  if (kind === 'period') {
    const existing = await findInvoiceOfPeriod(transaction, contract.id, period.from)
    if (existing !== undefined && existing !== replaced?.invoiceId)
      return { invoiceId: existing, isNew: false }
  } else await assertStillLate(transaction, late)
  const now = context.clock.now()
  const asAgreedNow = await getContract(transaction, contract.manufacturerId, contract.id)
  const basedOn = kind === 'period' ? period : lastPeriodOf(bill)
  const bases = [{ basis: bill.basis, period: basedOn }, ...carried]
  const isSame = await Promise.all(
    bases.map(async (each) =>
      isSameBasis(each.basis, await readRatingBasis(transaction, asAgreedNow, each.period)),
    ),
  )
  if (isSame.includes(false)) {
    throw billingErrors.billing_basis_changed(
      'Run billing again: tariff, time zone, pauses or assignments have just changed.',
    )
  }
  const taxRules = readTaxRules(transaction, asAgreedNow, period)
  if (!isSameTax(tax, await taxOfBill({ ...bill, taxRules }))) {
    throw billingErrors.billing_basis_changed(
      'Run billing again: the tax rates, or what decides about the tax of the customer, have just changed.',
    )
  }
  const document = await documentToIssue(context, transaction, bill, invoiceId)
  const facts = { now, dueOn: document.dueOn, replacesId: replaced?.invoiceId ?? null }
  await insertDraft(transaction, invoiceId, bill, facts)
  await insertLines(transaction, invoiceId, bill.lines, carried.length > 0)
  await insertTaxes(transaction, invoiceId, tax.groups)
  await noteRatesUsed(transaction, contract.manufacturerId, tax)
  await takePendingLines(transaction, invoiceId, bill.basis.pendingLines)
  await settleLatePeriods(transaction, late)
  const isOpen = [bill, ...carried].some(({ mayStillEnd }) => mayStillEnd)
  const again = [...(isOpen ? [invoiceId] : []), ...stillOpen([...corrections, ...credits])]
  await noteMayStillEnd(transaction, again, now)
  await issueCorrections(transaction, context, contract, credits)
  await insertInputs(transaction, invoiceId, {
    ratings: [...carried, bill].flatMap(({ inputs }) => inputs),
    corrections: corrections.filter(({ lines }) => lines.length > 0).map(({ inputs }) => inputs),
    manualLines: bill.manualLines,
    tax: tax.pins,
  })
  const span = billedSpan(bill)
  const number = await takeNumber(transaction, contract.manufacturerId)
  await freezeDocument(transaction, { ...contract, id: invoiceId, at: now }, { ...document, number })
  await setIssued(transaction, { invoiceId, number, now })
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
      period: { from: formatInstant(span.from), to: formatInstant(span.to) },
      taxMinor: tax.taxMinor.toString(),
      totalMinor: tax.grossMinor.toString(),
      currency: bill.currency,
    },
    at: now,
  })
  return { invoiceId, isNew: true }
}

function lastPeriodOf({ corrections, period }: IssuableBill): Period {
  return corrections.at(-1)?.ratings.at(-1)?.period ?? period
}

/** The whole row changes at once: the triggers let nothing of an issued invoice change afterwards. */
const setIssued = gatherCalls(
  async (
    transaction: Transaction<LedgerTables>,
    issued: readonly { readonly invoiceId: InvoiceId; readonly number: string; readonly now: number }[],
  ) => {
    const rows = JSON.stringify(issued.map(({ invoiceId, number, now }) => [invoiceId, number, now]))
    await sql`UPDATE invoices SET status = 'issued', number = issued.value ->> 1, issued_at = issued.value ->> 2
      FROM json_each(${rows}) AS issued WHERE invoices.id = issued.value ->> 0`.execute(transaction)
    return issued.map(() => undefined)
  },
)

async function insertDraft(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  { kind, contract, period, carried, cutoffAt, currency, tax }: IssuableBill,
  {
    now,
    dueOn,
    replacesId,
  }: { readonly now: number; readonly dueOn: string | null; readonly replacesId: InvoiceId | null },
): Promise<void> {
  const span = billedSpan({ carried, period })
  await insertInvoices(transaction, [
    {
      id: invoiceId,
      manufacturer_id: contract.manufacturerId,
      customer_id: contract.customerId,
      contract_id: contract.id,
      kind,
      number: null,
      status: 'draft',
      replaces_id: replacesId,
      currency,
      period_from_at: span.from,
      period_to_at: span.to,
      cutoff_at: cutoffAt,
      prices: tax.prices,
      tax_minor: tax.taxMinor,
      total_minor: tax.grossMinor,
      due_on: dueOn,
      created_at: now,
      issued_at: null,
      paid_at: null,
    },
  ])
}

const insertInvoices = rowInserter('invoices')

async function insertLines(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  lines: readonly BillLine[],
  isCarrying: boolean,
): Promise<void> {
  const rows = lines.map((line, index) => ({
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
    ...(line.correctsId !== undefined && { corrects_id: line.correctsId }),
    ...((line.correctsId !== undefined || isCarrying) && {
      period_from_at: line.explanation.period.from,
      period_to_at: line.explanation.period.to,
    }),
    explanation: JSON.stringify({
      explanation: formatExplanation(line.explanation),
      sentence: line.sentence,
    }),
  }))
  await insertInvoiceLines(transaction, rows)
}

const insertInvoiceLines = rowInserter('invoice_lines')

/** In the order of the calls. */
const takeNumber = gatherCalls(
  async (transaction: Transaction<LedgerTables>, manufacturerIds: readonly ManufacturerId[]) => {
    const numbers = new Map<string, string[]>()
    for (const [manufacturerId, { length }] of Map.groupBy(manufacturerIds, (id) => id)) {
      numbers.set(manufacturerId, await takeNumbers(transaction, manufacturerId, length))
    }
    return manufacturerIds.map((id) => {
      const number = numbers.get(id)?.shift()
      assertInvariant(number !== undefined, 'Each invoice gets a number.')
      return number
    })
  },
)

async function takeNumbers(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  count: number,
): Promise<string[]> {
  const series = await transaction
    .insertInto('number_series')
    .values({ manufacturer_id: manufacturerId, next_number: 1 + count })
    .onConflict((conflict) =>
      conflict
        .column('manufacturer_id')
        .doUpdateSet((all) => ({ next_number: all('number_series.next_number', '+', BigInt(count)) })),
    )
    .returning('next_number')
    .executeTakeFirstOrThrow()
  const { invoice_prefix } = await transaction
    .selectFrom('manufacturers')
    .select('invoice_prefix')
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
  const first = series.next_number - BigInt(count)
  assertInvariant(first >= 1n, 'Invoice numbers begin at 1.')
  return Array.from({ length: count }, (_, index) => {
    const number = first + BigInt(index)
    return `${invoice_prefix}-${number.toString().padStart(6, '0')}`
  })
}
