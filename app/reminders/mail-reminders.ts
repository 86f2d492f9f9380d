/**
 * Mails customers that an invoice is still open some days after its due day, from nine in the morning by the manufacturer's zone on.
 *
 * Called every quarter of an hour. Each level of an invoice has one row, written in the transaction that enqueues its mails and asks
 * again whether the invoice is open: it is sent once, whoever else is at it, and a payment that was recorded meanwhile stops it.
 * After downtime only the newest level goes out. An invoice without a due day is never reminded of.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { readSettlement } from '../../billing/index.ts'
import {
  formatMoney,
  moneyOf,
  systemActor,
  type Clock,
  type CurrencyCode,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { MailLanguage } from '../../mail/index.ts'
import { tryEnqueue } from '../invoice-mail.ts'
import { mailLocales } from '../mail-locales.ts'
import { dueLevel, reminderDay } from './due-level.ts'

export type ReminderParts = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
}

type DueReminder = {
  readonly manufacturerId: ManufacturerId
  readonly invoiceId: InvoiceId
  readonly level: number
}

/** Returns of how many invoices customers were reminded. */
export async function mailReminders(parts: ReminderParts): Promise<number> {
  let reminded = 0
  for (const reminder of await findDue(parts.ledger, parts.clock.now())) {
    const isSent = await parts.ledger
      .transaction()
      .execute((transaction) => send(transaction, reminder, parts.clock.now()))
    if (isSent) reminded += 1
  }
  return reminded
}

async function findDue(ledger: Kysely<LedgerTables>, now: number): Promise<readonly DueReminder[]> {
  const manufacturers = await ledger
    .selectFrom('manufacturers')
    .select(['id', 'time_zone', 'reminder_days'])
    .where('reminder_days', '<>', '[]')
    .orderBy('id')
    .execute()
  const due: DueReminder[] = []
  for (const { id, time_zone, reminder_days } of manufacturers) {
    const reminderDays = JSON.parse(reminder_days) as number[]
    const today = reminderDay(now, time_zone)
    const overdue = today.subtract({ days: reminderDays[0] ?? 0 }).toString()
    const rows = await ledger
      .selectFrom('invoices')
      .leftJoin('invoice_reminders', 'invoice_reminders.invoice_id', 'invoices.id')
      .leftJoin('stripe_payment_states as there', 'there.invoice_id', 'invoices.id')
      .select((all) => [
        'invoices.id',
        'invoices.due_on',
        all.fn.max('invoice_reminders.level').as('last_level'),
      ])
      .where('invoices.manufacturer_id', '=', id)
      .where('invoices.status', '=', 'issued')
      .where('invoices.due_on', '<=', overdue)
      // Whoever has paid by debit has paid, as far as he can tell.
      .where((where) => where.or([where('is_processing', 'is', null), where('is_processing', '=', 0n)]))
      .groupBy('invoices.id')
      .orderBy('invoices.due_on')
      .execute()
    for (const row of rows) {
      const level = dueLevel(row.due_on ?? '', reminderDays, today, Number(row.last_level ?? 0))
      if (level === undefined) continue
      due.push({ manufacturerId: id as ManufacturerId, invoiceId: row.id as InvoiceId, level })
    }
  }
  return due
}

/** False when another process has sent it, or the invoice is not open any more. */
async function send(
  transaction: Transaction<LedgerTables>,
  reminder: DueReminder,
  now: number,
): Promise<boolean> {
  const { manufacturerId, invoiceId, level } = reminder
  const row = await readInvoice(transaction, invoiceId)
  const { openMinor } = await readSettlement(transaction, invoiceId)
  const isSent = await transaction
    .selectFrom('invoice_reminders')
    .select('level')
    .where('invoice_id', '=', invoiceId)
    .where('level', '>=', BigInt(level))
    .executeTakeFirst()
  if (isSent !== undefined || row.status !== 'issued' || openMinor === 0n) return false
  const mailCount = await enqueueReminders(transaction, reminder, row, openMinor, now)
  await transaction
    .insertInto('invoice_reminders')
    .values({ invoice_id: invoiceId, level, open_minor: openMinor, mail_count: mailCount, reminded_at: now })
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor: systemActor('invoice_reminders'),
    action: 'invoice.reminded',
    subject: { kind: 'invoice', id: invoiceId },
    after: { level, openMinor: openMinor.toString(), currency: row.currency, mailCount },
    at: now,
  })
  return true
}

type InvoiceRow = Awaited<ReturnType<typeof readInvoice>>

async function readInvoice(transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) {
  return await transaction
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .innerJoin('manufacturers', 'manufacturers.id', 'invoices.manufacturer_id')
    .select(['invoices.status', 'invoices.number', 'invoices.total_minor', 'invoices.currency'])
    .select([
      'invoices.due_on',
      'customers.name as customer_name',
      'customers.email',
      'customers.billing_emails',
    ])
    .select(['customers.language', 'manufacturers.name as manufacturer_name'])
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirstOrThrow()
}

/** Returns to how many addresses; one that no mail can go to is left out, as when the invoice was issued. */
async function enqueueReminders(
  transaction: Transaction<LedgerTables>,
  { manufacturerId, invoiceId, level }: DueReminder,
  row: InvoiceRow,
  openMinor: bigint,
  now: number,
): Promise<number> {
  const { language, due_on: dueOn } = row
  const say = (minor: bigint) =>
    formatMoney(moneyOf(minor, row.currency as CurrencyCode), mailLocales[language])
  const data = {
    manufacturerName: row.manufacturer_name,
    number: row.number ?? '',
    level,
    total: say(row.total_minor),
    open: say(openMinor),
    dueOn: sayDay(dueOn ?? '', language),
    path: `/app/bills/${invoiceId}`,
  }
  const billingEmails = JSON.parse(row.billing_emails) as string[]
  const addresses = new Set(billingEmails.length === 0 ? [row.email] : billingEmails)
  let mailCount = 0
  for (const address of addresses) {
    const problem = await tryEnqueue(transaction, {
      template: 'invoice_reminder',
      data,
      to: { address, name: row.customer_name },
      language,
      manufacturerId,
      cause: `reminder ${invoiceId} ${level}`,
      at: now,
    })
    if (problem === undefined) mailCount += 1
  }
  return mailCount
}

function sayDay(day: string, language: MailLanguage): string {
  const format = new Intl.DateTimeFormat(mailLocales[language], { dateStyle: 'long', timeZone: 'UTC' })
  return format.format(Temporal.PlainDate.from(day).toZonedDateTime('UTC').epochMilliseconds)
}
