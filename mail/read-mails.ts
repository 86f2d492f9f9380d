/**
 * Mails as people of the office see them. What lets somebody in is shown to nobody: `body` is undefined for it, always.
 * A manufacturer sees its own, the installation what concerns no manufacturer (I12).
 */
import type { Kysely, Transaction } from 'kysely'
import type { ManufacturerId } from '../core/index.ts'
import {
  holdsText,
  installationTenant,
  readSortedPage,
  tenantLedger,
  type LedgerTables,
  type ListSorts,
  type PageRequest,
} from '../db/index.ts'
import { mailErrors } from './errors.ts'
import { mailTemplates, type MailTemplate } from './mail-templates.ts'
import type { MailRow } from './outbox.ts'
import { toMailBody, writeMail, type MailBody } from './write-mail.ts'

export type Mail = {
  readonly id: number
  readonly to: string
  readonly template: string
  readonly language: 'en' | 'de'
  readonly subject: string
  readonly state: MailRow['state']
  readonly attempts: number
  readonly nextAttemptAt: number | undefined
  readonly sentAt: number | undefined
  readonly problem: string | undefined
  readonly createdAt: number
}

export type MailPage = { readonly items: readonly Mail[]; readonly nextAfter: string | undefined }

export const mailSorts = {
  id: 'mails.id',
  by: { id: 'mails.id', to: 'lower(mails.to_address)', sentAt: 'coalesce(mails.sent_at, 0)' },
  usual: '-id',
} as const satisfies ListSorts

export type MailQuery = PageRequest<typeof mailSorts> & {
  readonly state?: Mail['state']
  readonly template?: string
  /** Part of the address or the subject. */
  readonly text?: string
  /** Written in `[from, to)`. */
  readonly from?: number
  readonly to?: number
}

/** The newest first unless asked otherwise. */
export async function listMails(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  { state, template, text, from, to, ...page }: MailQuery,
): Promise<MailPage> {
  let query = tenantLedger(ledger, manufacturerId ?? installationTenant)
    .selectFrom('mails')
    .selectAll('mails')
  if (state !== undefined) query = query.where('state', '=', state)
  if (template !== undefined) query = query.where('template', '=', template)
  if (text !== undefined)
    query = query.where(holdsText(text, ['mails.to_address', 'mails.subject'], 'mails.id'))
  if (from !== undefined) query = query.where('created_at', '>=', from)
  if (to !== undefined) query = query.where('created_at', '<', to)
  const { items, nextAfter } = await readSortedPage(query, mailSorts, page)
  return { items: items.map(toMail), nextAfter }
}

/** As it was sent, or as it will be. @throws AppError `mail_not_found` */
export async function getMail(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  id: number,
  publicUrl: string,
): Promise<Mail & { readonly body: MailBody | undefined }> {
  const row = await getRow(ledger, manufacturerId, id)
  return { ...toMail(row), body: row.is_secret === 1n ? undefined : bodyOf(row, publicUrl) }
}

/**
 * Lets one that failed or bounced be tried again from now on, within the caller's transaction.
 * @throws AppError `mail_not_found`, `mail_not_repeatable`
 */
export async function repeatMail(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  id: number,
  now: number,
): Promise<Mail> {
  const row = await getRow(transaction, manufacturerId, id)
  if (row.state === 'sent' || row.data === null) {
    throw mailErrors.mail_not_repeatable(
      row.is_secret === 1n
        ? 'Ask for a new code or link: what lets somebody in is not kept.'
        : 'It was sent; a mail is sent again only if it failed or bounced.',
    )
  }
  const repeated = await tenantLedger(transaction, manufacturerId ?? installationTenant)
    .updateTable('mails')
    .set({
      state: 'waiting',
      attempts: 0,
      next_attempt_at: now,
      sent_at: null,
      failed_at: null,
      give_up_at: now + mailTemplates[row.template as MailTemplate].giveUpMs,
    })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return toMail(repeated)
}

/** What was fixed by the first attempt, else what the template says now. */
export function bodyOf(row: MailRow, publicUrl: string): MailBody {
  if (row.body_text !== null && row.body_html !== null) return { text: row.body_text, html: row.body_html }
  const written = writeMail(row.template as MailTemplate, row.language, JSON.parse(row.data ?? '{}') as never)
  return toMailBody(written, row.language, publicUrl)
}

async function getRow(
  ledger: Kysely<LedgerTables> | Transaction<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  id: number,
): Promise<MailRow> {
  const row = await tenantLedger(ledger, manufacturerId ?? installationTenant)
    .selectFrom('mails')
    .selectAll()
    .where('id', '=', BigInt(id))
    .executeTakeFirst()
  if (row === undefined) throw mailErrors.mail_not_found(`Use the id of one of your mails; ${id} is not one.`)
  return row
}

function toMail(row: MailRow): Mail {
  return {
    id: Number(row.id),
    to: row.to_address,
    template: row.template,
    language: row.language,
    subject: row.subject,
    state: row.state,
    attempts: Number(row.attempts),
    nextAttemptAt: row.next_attempt_at ?? undefined,
    sentAt: row.sent_at ?? undefined,
    problem: row.problem ?? undefined,
    createdAt: row.created_at,
  }
}
