/**
 * Mails an issued invoice to its customer, as part of the transaction that issues it: the mails are there if and only if the invoice is.
 *
 * Each of the customer's billing addresses gets one in the customer's language; without any the customer's own address does. Nothing here
 * stops an invoice: an address that no mail can go to becomes a remark on the billing run.
 */
import type { Transaction } from 'kysely'
import type { InvoiceRemark, OnIssued } from '../billing/index.ts'
import {
  AppError,
  formatMoney,
  moneyOf,
  type Clock,
  type CurrencyCode,
  type InvoiceId,
  type ManufacturerId,
} from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { enqueueMail, type MailInput } from '../mail/index.ts'
import { mailLocales } from './mail-locales.ts'

export function createInvoiceMail(clock: Clock, onEnqueued: () => void): OnIssued {
  return async (transaction, invoiceId) => {
    const invoice = await readInvoice(transaction, invoiceId)
    const { language, number } = invoice
    const billingEmails = JSON.parse(invoice.billing_emails) as string[]
    const addresses = new Set(billingEmails.length === 0 ? [invoice.email] : billingEmails)
    const input = {
      template: 'invoice_issued' as const,
      data: {
        manufacturerName: invoice.manufacturer_name,
        number: number ?? '',
        total: formatMoney(
          moneyOf(invoice.total_minor, invoice.currency as CurrencyCode),
          mailLocales[language],
        ),
        period: formatPeriod(invoice, mailLocales[language]),
        path: `/app/bills/${invoiceId}`,
      },
      language,
      manufacturerId: invoice.manufacturer_id as ManufacturerId,
      cause: `invoice ${invoiceId}`,
      at: clock.now(),
    }
    const remarks: InvoiceRemark[] = []
    for (const address of addresses) {
      const problem = await tryEnqueue(transaction, {
        ...input,
        to: { address, name: invoice.customer_name },
      })
      if (problem === undefined) onEnqueued()
      else remarks.push(toRemark(number, address, problem))
    }
    return remarks
  }
}

async function readInvoice(transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) {
  return await transaction
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .innerJoin('contracts', 'contracts.id', 'invoices.contract_id')
    .innerJoin('manufacturers', 'manufacturers.id', 'invoices.manufacturer_id')
    .select([
      'invoices.number',
      'invoices.total_minor',
      'invoices.currency',
      'invoices.period_from_at',
      'invoices.period_to_at',
      'invoices.manufacturer_id',
      'customers.name as customer_name',
      'customers.email',
      'customers.billing_emails',
      'customers.language',
      'contracts.time_zone',
      'manufacturers.name as manufacturer_name',
    ])
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirstOrThrow()
}

/** The first and the last day by the contract's zone: "1–31 October 2026". */
function formatPeriod(
  period: { readonly period_from_at: number; readonly period_to_at: number; readonly time_zone: string },
  locale: string,
): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: period.time_zone })
  return format.formatRange(period.period_from_at, period.period_to_at - 1)
}

/** What is wrong with the address, if something is: nothing was written then. */
export async function tryEnqueue(
  transaction: Transaction<LedgerTables>,
  input: MailInput,
): Promise<string | undefined> {
  try {
    await enqueueMail(transaction, input)
    return undefined
  } catch (error) {
    if (error instanceof AppError && error.code === 'mail_address_invalid') return error.message
    throw error
  }
}

function toRemark(number: string | null, address: string, problem: string): InvoiceRemark {
  const what = address === '' ? 'to nobody: the customer has no address' : `not to "${address.slice(0, 254)}"`
  return {
    code: 'invoice_not_mailed',
    detail: `Correct the customer's billing e-mail addresses. Invoice ${number ?? ''} was issued and mailed ${what}. ${problem}`,
  }
}
