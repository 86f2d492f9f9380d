/** The document of an invoice, from the bill that is issued. */
import type { Kysely } from 'kysely'
import type { InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { assertInvoiceDocument, type InvoiceDocument } from '../../documents/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { billedSpan } from '../invoices/carried-periods.ts'
import type { GatheredBill } from '../invoices/gather-bill.ts'
import type { BillTax } from '../invoices/tax-of-bill.ts'
import { buildDocument, civilDateIn, dueDay } from './build-document.ts'
import { toTaxedLine } from './document-lines.ts'
import { readParties } from './read-parties.ts'

type TaxedBill = Pick<GatheredBill, 'contract' | 'period' | 'carried' | 'currency' | 'lines'> & {
  readonly tax: BillTax
}

/** Of a form that every number has; the real one is taken when the invoice is issued. */
const ANY_NUMBER = '0'

/** The document but for its number, by what is known now. */
export async function documentOfBill(
  { clock, billUrlOf }: Pick<BillingContext, 'clock' | 'billUrlOf'>,
  ledger: Kysely<LedgerTables>,
  { contract, period, carried, currency, lines, tax }: TaxedBill,
  invoiceId?: InvoiceId,
): Promise<InvoiceDocument> {
  const parties = await readParties(ledger, contract.manufacturerId, contract.customerId)
  const timeZone = zoneOfPeriodAt(contract, period.from)
  const issuedOn = civilDateIn(timeZone, clock.now())
  return buildDocument(parties, {
    kind: 'invoice',
    number: ANY_NUMBER,
    corrects: null,
    issuedOn,
    dueOn: dueDay(issuedOn, parties.paymentTermDays, tax.grossMinor),
    servicePeriod: billedSpan({ carried, period }),
    timeZone,
    currency,
    lines: lines.map((line) => toTaxedLine(line, parties.language)),
    tax,
    billUrl: invoiceId === undefined ? null : (billUrlOf(invoiceId) ?? null),
  })
}

/** @throws AppError `document_…`: what its documents could not say holds an invoice before it has a number */
export async function assertDocument(context: BillingContext, bill: TaxedBill): Promise<void> {
  assertInvoiceDocument(await documentOfBill(context, context.ledger, bill))
}
