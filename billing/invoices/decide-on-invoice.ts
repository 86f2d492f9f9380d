/**
 * What a person decides about an issued invoice: it is void, issued anew, or written off. Each with a reason that the invoice
 * keeps, and an entry in the audit trail, in one transaction.
 *
 * Void: the document stays, its period is unbilled until it is issued anew, and its manual lines are pending again, as are its corrections of others. Refused
 * for what is paid, where a credit note gave something back, and where a later invoice corrects it: each of these would be
 * counted twice. The rest of such an invoice is given back with a credit note instead.
 *
 * Issued anew: the same period billed from what is known now, under a new number, whatever later periods are invoiced. What
 * cannot be billed now leaves the old invoice as it is. Periods that were carried into it are billed with it again. Not what came late:
 * it belongs to more than one.
 */
import { readSettlement } from '../payments/read-payments.ts'
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { assertInvariant, formatInstant, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { contractPeriodAt } from '../contracts/contract-periods.ts'
import { getContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfReason, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { readCarriedInto } from './carried-periods.ts'
import { assertEnded, closePeriod } from './close-period.ts'
import type { InvoiceDecisions } from './invoice-decisions.ts'

type Kept = {
  readonly id: InvoiceId
  readonly kind: 'period' | 'final'
  readonly status: string
  readonly contract: Contract
  readonly from: number
  readonly to: number
}

export function invoiceDecisions(context: ChangingContext): InvoiceDecisions {
  const { ledger } = context
  const decide = async (
    manufacturerId: ManufacturerId,
    invoiceId: string,
    status: 'void' | 'uncollectible',
    { reason }: { readonly reason: string },
  ): Promise<void> => {
    refuseInput(issuesOfReason(reason))
    await withLedgerErrors(() =>
      ledger.transaction().execute(async (transaction) => {
        const invoice = await getInvoice(transaction, manufacturerId, invoiceId)
        await move(transaction, context, invoice, status, reason)
      }),
    )
  }
  return {
    voidInvoice: (manufacturerId, invoiceId, decision) => decide(manufacturerId, invoiceId, 'void', decision),
    writeOffInvoice: (manufacturerId, invoiceId, decision) =>
      decide(manufacturerId, invoiceId, 'uncollectible', decision),

    async reissueInvoice(manufacturerId, invoiceId, { reason }) {
      refuseInput(issuesOfReason(reason))
      const invoice = await getInvoice(ledger, manufacturerId, invoiceId)
      const replacement = await findReplacement(ledger, invoice.id)
      if (replacement !== undefined) return { invoiceId: replacement, isNew: false, remarks: [] }
      const period = contractPeriodAt(invoice.contract, invoice.to - 1)
      const [first = period] = await readCarriedInto(ledger, invoice.contract.id, period)
      if (invoice.kind !== 'period' || first.from !== invoice.from || period.to !== invoice.to) {
        throw billingErrors.invoice_not_reissuable(
          'Give back what is wrong with a credit note instead: the invoice is not the bill of just one period of its contract.',
        )
      }
      if (invoice.status !== 'void') await assertVoidable(ledger, invoice)
      assertEnded(context, period)
      const closed = await closePeriod(context, invoice.contract, period, {
        invoiceId: invoice.id,
        withdraw: async (transaction) =>
          move(
            transaction,
            context,
            await getInvoice(transaction, manufacturerId, invoice.id),
            'void',
            reason,
          ),
      })
      assertInvariant('invoiceId' in closed, 'What is issued anew is not carried.')
      return closed
    },
  }
}

async function move(
  transaction: Transaction<LedgerTables>,
  { clock, actor, onInvoiceChanged }: ChangingContext,
  invoice: Kept,
  status: 'void' | 'uncollectible',
  reason: string,
): Promise<void> {
  if (invoice.status === status) return
  if (status === 'void') await assertVoidable(transaction, invoice)
  await transaction
    .updateTable('invoices')
    .set({ status, status_reason: reason })
    .where('id', '=', invoice.id)
    .execute()
  if (status === 'void') await noteCorrected(transaction, invoice.id, clock.now())
  await recordChange(transaction, {
    manufacturerId: invoice.contract.manufacturerId,
    actor,
    action: `invoice.${status}`,
    subject: { kind: 'invoice', id: invoice.id },
    before: { status: invoice.status },
    after: { status },
    reason,
    at: clock.now(),
  })
  await onInvoiceChanged(transaction, invoice.id)
}

/** What a void invoice corrected is not corrected any more, and is looked at again with the next one. */
async function noteCorrected(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('late_periods')
    .columns(['invoice_id', 'noticed_at'])
    .expression((all) =>
      all
        .selectFrom('invoice_lines')
        .where('invoice_id', '=', invoiceId)
        .where('corrects_id', 'is not', null)
        .select((select) => [
          select.ref('corrects_id').$notNull().as('invoice_id'),
          select.val(now).as('noticed_at'),
        ])
        .distinct(),
    )
    .execute()
}

/** @throws AppError `invoice_status_invalid`, `invoice_not_voidable` */
async function assertVoidable(ledger: Transaction<LedgerTables> | ChangingContext['ledger'], invoice: Kept) {
  if (invoice.status !== 'issued' && invoice.status !== 'uncollectible') {
    throw billingErrors.invoice_status_invalid(
      `Give back what was paid with a credit note: only an issued or uncollectible invoice can be made void, and this one is ${invoice.status}.`,
    )
  }
  const { paidMinor } = await readSettlement(ledger, invoice.id)
  if (paidMinor > 0n) {
    throw billingErrors.invoice_not_voidable(
      'Take the recorded payments back first, or give back what is left of it with a credit note: a part of it is paid.',
    )
  }
  const note = await ledger
    .selectFrom('credit_notes')
    .select('number')
    .where((where) =>
      where.or([
        where('invoice_id', '=', invoice.id),
        where(
          'id',
          'in',
          where
            .selectFrom('credited_corrections')
            .select('credit_note_id')
            .where('corrects_id', '=', invoice.id),
        ),
      ]),
    )
    .where('issued_at', 'is not', null)
    .executeTakeFirst()
  if (note !== undefined) {
    throw billingErrors.invoice_not_voidable(
      `Give back what is left of it with a credit note instead: ${note.number} gave back a part already.`,
    )
  }
  const correction = await ledger
    .selectFrom('invoice_lines')
    .innerJoin('invoices', 'invoices.id', 'invoice_lines.invoice_id')
    .select(['invoices.number', 'invoices.period_from_at'])
    .where('invoice_lines.corrects_id', '=', invoice.id)
    .where('invoices.status', '<>', 'void')
    .executeTakeFirst()
  if (correction !== undefined) {
    throw billingErrors.invoice_not_voidable(
      `Give back what is left of it with a credit note instead: invoice ${correction.number ?? ''} of the period from ${formatInstant(correction.period_from_at)} corrects it.`,
    )
  }
}

async function findReplacement(
  ledger: ChangingContext['ledger'],
  invoiceId: InvoiceId,
): Promise<InvoiceId | undefined> {
  const row = await ledger
    .selectFrom('invoices')
    .select('id')
    .where('replaces_id', '=', invoiceId)
    .executeTakeFirst()
  return row?.id as InvoiceId | undefined
}

/** @throws AppError `invoice_not_found` */
async function getInvoice(
  ledger: Transaction<LedgerTables> | ChangingContext['ledger'],
  manufacturerId: ManufacturerId,
  invoiceId: string,
): Promise<Kept> {
  const row = await tenantLedger(ledger, manufacturerId)
    .selectFrom('invoices')
    .selectAll('invoices')
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirst()
  if (row === undefined) throw billingErrors.invoice_not_found('Use the id of one of your invoices.')
  return {
    id: row.id as InvoiceId,
    kind: row.kind,
    status: row.status,
    contract: await getContract(ledger, manufacturerId, row.contract_id),
    from: row.period_from_at,
    to: row.period_to_at,
  }
}
