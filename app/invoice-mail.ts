/**
 * Mails an issued invoice or credit note to its customer with its PDF and XML, as part of the transaction that stores them: the mails
 * are there if and only if the documents are, once, however often rendering is tried.
 *
 * Each of the customer's billing addresses gets one in the customer's language; without any the customer's own address does. Nothing here
 * stops an invoice: an address that no mail can go to becomes a remark on the billing run that issues it, and is in the log
 * where it became one afterwards.
 */
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { InvoiceRemark, OnIssued, OnRendered } from '../billing/index.ts'
import {
  AppError,
  assertInvariant,
  formatMoney,
  moneyOf,
  type Clock,
  type CurrencyCode,
  type ManufacturerId,
} from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { enqueueMail, getMailAddress, type MailAddress, type MailInput } from '../mail/index.ts'
import { mailLocales } from './mail-locales.ts'

type CreditOfMail = NonNullable<Awaited<ReturnType<typeof findCredit>>>
type InvoiceOfMail = NonNullable<Awaited<ReturnType<typeof findInvoice>>>

/** Part of issuing: says which addresses no mail can go to. */
export const remarkOnAddresses: OnIssued = async (transaction, invoiceId) => {
  const invoice = await findInvoice(transaction, invoiceId)
  return invoice === undefined ? [] : sortAddresses(invoice).remarks
}

export function createInvoiceMail(
  clock: Clock,
  log: Pick<Logger, 'warn'>,
  onEnqueued: () => void,
): OnRendered {
  return async (transaction, documentId) => {
    const credit = await findCredit(transaction, documentId)
    const invoice = await findInvoice(transaction, credit?.invoice_id ?? documentId)
    assertInvariant(invoice !== undefined, 'A document is that of an invoice, or of a credit note on one.')
    const { receivers, remarks } = sortAddresses(invoice)
    for (const { code, detail } of remarks) log.warn({ documentId, code }, detail)
    const content = credit === undefined ? sayInvoice(invoice) : sayCredit(invoice, credit)
    for (const to of receivers) {
      await enqueueMail(transaction, {
        ...content,
        to,
        language: invoice.language,
        manufacturerId: invoice.manufacturer_id as ManufacturerId,
        cause: `${credit === undefined ? 'invoice' : 'credit_note'} ${documentId}`,
        documentId,
        at: clock.now(),
      })
      onEnqueued()
    }
  }
}

function sayInvoice(invoice: InvoiceOfMail) {
  const locale = mailLocales[invoice.language]
  return {
    template: 'invoice_issued' as const,
    data: {
      manufacturerName: invoice.manufacturer_name,
      number: invoice.number ?? '',
      total: formatMoney(moneyOf(invoice.total_minor, invoice.currency as CurrencyCode), locale),
      period: formatPeriod(invoice, locale),
      path: billPath(invoice.id),
    },
  }
}

function sayCredit(invoice: InvoiceOfMail, credit: CreditOfMail) {
  const total = moneyOf(credit.total_minor, credit.currency as CurrencyCode)
  return {
    template: 'credit_note_issued' as const,
    data: {
      manufacturerName: invoice.manufacturer_name,
      number: credit.number ?? '',
      invoiceNumber: invoice.number ?? '',
      reason: credit.reason,
      total: formatMoney(total, mailLocales[invoice.language]),
      path: billPath(invoice.id),
    },
  }
}

/** The customer's own page of an invoice. */
export function billPath(invoiceId: string): string {
  return `/app/bills/${invoiceId}`
}

function sortAddresses({ billing_emails, email, customer_name, number }: InvoiceOfMail): {
  readonly receivers: readonly MailAddress[]
  readonly remarks: readonly InvoiceRemark[]
} {
  const billingEmails = JSON.parse(billing_emails) as string[]
  const receivers: MailAddress[] = []
  const remarks: InvoiceRemark[] = []
  for (const address of new Set(billingEmails.length === 0 ? [email] : billingEmails)) {
    const receiver = { address, name: customer_name }
    const problem = problemOf(receiver)
    if (problem === undefined) receivers.push(receiver)
    else remarks.push(toRemark(number, address, problem))
  }
  return { receivers, remarks }
}

async function findCredit(transaction: Transaction<LedgerTables>, creditNoteId: string) {
  return await transaction
    .selectFrom('credit_notes')
    .select(['invoice_id', 'number', 'reason', 'total_minor', 'currency'])
    .where('id', '=', creditNoteId)
    .executeTakeFirst()
}

async function findInvoice(transaction: Transaction<LedgerTables>, invoiceId: string) {
  return await transaction
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .innerJoin('contracts', 'contracts.id', 'invoices.contract_id')
    .innerJoin('manufacturers', 'manufacturers.id', 'invoices.manufacturer_id')
    .select([
      'invoices.id',
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
    .executeTakeFirst()
}

/** The first and the last day by the contract's zone: "1–31 October 2026". */
function formatPeriod(
  period: { readonly period_from_at: number; readonly period_to_at: number; readonly time_zone: string },
  locale: string,
): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: period.time_zone })
  return format.formatRange(period.period_from_at, period.period_to_at - 1)
}

/** Writes the mail, or says what is wrong with the address: nothing was written then. */
export async function tryEnqueue(
  transaction: Transaction<LedgerTables>,
  input: MailInput,
): Promise<string | undefined> {
  const problem = problemOf(input.to)
  if (problem === undefined) await enqueueMail(transaction, input)
  return problem
}

function problemOf(receiver: MailAddress): string | undefined {
  try {
    getMailAddress(receiver)
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
