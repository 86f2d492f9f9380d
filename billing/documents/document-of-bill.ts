/** The document of an invoice, from the bill that is issued. */
import type { Transaction } from 'kysely'
import type { InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { assertInvoiceDocument, type InvoiceDocument } from '../../documents/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { billingErrors } from '../errors.ts'
import { billedSpan } from '../invoices/carried-periods.ts'
import type { GatheredBill } from '../invoices/gather-bill.ts'
import type { BillTax } from '../invoices/tax-of-bill.ts'
import { buildDocument, civilDateIn, dueDay } from './build-document.ts'
import { toTaxedLine } from './document-lines.ts'
import { readParties, type Parties } from './read-parties.ts'

type TaxedBill = Pick<GatheredBill, 'contract' | 'period' | 'carried' | 'currency' | 'lines'> & {
  readonly tax: BillTax
}

/** Of a form that every number has; the real one is taken when the invoice is issued. */
const ANY_NUMBER = '0'

export type BillDocument = {
  /** What the invoice will say, but for its number and the address of its page. */
  readonly document: InvoiceDocument
  /** Who it names. */
  readonly parties: Parties
}

/**
 * By what is known now.
 * @throws AppError `document_…`: what its documents could not say holds an invoice before it has a number
 */
export async function documentOfBill(
  { ledger, clock }: Pick<BillingContext, 'ledger' | 'clock'>,
  { contract, period, carried, currency, lines, tax }: TaxedBill,
): Promise<BillDocument> {
  const parties = await readParties(ledger, contract.manufacturerId, contract.customerId)
  const timeZone = zoneOfPeriodAt(contract, period.from)
  const issuedOn = civilDateIn(timeZone, clock.now())
  const document = buildDocument(parties, {
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
    billUrl: null,
  })
  assertInvoiceDocument(document)
  return { document, parties }
}

/**
 * The bill's document, in the transaction that issues it.
 * @throws AppError `billing_basis_changed` where it would say something else by now
 */
export async function documentToIssue(
  { clock, billUrlOf }: Pick<BillingContext, 'clock' | 'billUrlOf'>,
  transaction: Transaction<LedgerTables>,
  { contract, document, parties }: TaxedBill & BillDocument,
  invoiceId: InvoiceId,
): Promise<InvoiceDocument> {
  const partiesNow = await readParties(transaction, contract.manufacturerId, contract.customerId)
  const issuedOn = civilDateIn(document.timeZone, clock.now())
  if (issuedOn !== document.issuedOn || JSON.stringify(partiesNow) !== JSON.stringify(parties)) {
    throw billingErrors.billing_basis_changed(
      'Run billing again: the day, or what seller and customer are called, has just changed.',
    )
  }
  return { ...document, billUrl: billUrlOf(invoiceId) ?? null }
}
