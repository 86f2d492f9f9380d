/**
 * The rows of mail on its way out: enqueued with its cause, taken by one sender at a time, ended once.
 *
 * An attempt takes the mail by moving its next attempt ahead; a sender that dies leaves it for then. What may have been sent
 * already is sent again in that case, with the same Message-ID, so that mail servers can tell: at least once, not exactly.
 */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { DAY_MS, MINUTE_MS, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { getMailAddress, type MailAddress } from './mail-address.ts'
import { mailTemplates, type MailData, type MailLanguage, type MailTemplate } from './mail-templates.ts'
import { writeMail } from './write-mail.ts'

/** Longer than the time limits of an attempt. */
const ATTEMPT_MS = 5 * MINUTE_MS

export type MailRow = Selectable<LedgerTables['mails']>

type MailOf<Name extends MailTemplate> = {
  readonly template: Name
  readonly data: MailData[Name]
  readonly to: MailAddress
  readonly language: MailLanguage
  /** Undefined for what concerns the installation. */
  readonly manufacturerId?: ManufacturerId | undefined
  /** What it is mailed for, if nobody may get two mails for the same: "invoice inv_…". */
  readonly cause?: string
  /** The issued document whose PDF and XML go with it; they are there already, and stay. */
  readonly documentId?: string
  readonly at: number
}

export type MailInput = { readonly [Name in MailTemplate]: MailOf<Name> }[MailTemplate]

/**
 * It leaves if and only if the transaction commits. Returns its id; undefined where the address has a mail for this cause already.
 * @throws AppError `mail_address_invalid`
 */
export async function enqueueMail(
  transaction: Transaction<LedgerTables>,
  { template, data, to, language, manufacturerId, cause, documentId, at }: MailInput,
): Promise<bigint | undefined> {
  const { address, name } = getMailAddress(to)
  const { isSecret, giveUpMs } = mailTemplates[template]
  const row = await transaction
    .insertInto('mails')
    .values({
      manufacturer_id: manufacturerId ?? null,
      template,
      language,
      to_address: address,
      to_name: name ?? null,
      subject: writeMail(template, language, data).subject,
      data: JSON.stringify(data),
      is_secret: isSecret ? 1 : 0,
      cause: cause ?? null,
      document_id: documentId ?? null,
      give_up_at: at + giveUpMs,
      next_attempt_at: at,
      created_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['cause', 'to_address']).where('cause', 'is not', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** The mail that has waited longest of those that are due, for one attempt. */
export async function takeMail(ledger: Kysely<LedgerTables>, now: number): Promise<MailRow | undefined> {
  return await ledger.transaction().execute(async (transaction) => {
    const due = await transaction
      .selectFrom('mails')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('next_attempt_at', '<=', now)
      .orderBy('next_attempt_at')
      .limit(1)
      .executeTakeFirst()
    if (due === undefined) return undefined
    await transaction
      .updateTable('mails')
      .set({ next_attempt_at: now + ATTEMPT_MS, attempts: due.attempts + 1n })
      .where('id', '=', due.id)
      .execute()
    return { ...due, attempts: due.attempts + 1n }
  })
}

/** Before the first attempt: from now on every attempt sends exactly this. */
export async function fixContent(
  ledger: Kysely<LedgerTables>,
  id: bigint,
  content: {
    readonly messageId: string
    readonly bounceKey: string
    readonly text: string
    readonly html: string
  },
): Promise<void> {
  const { messageId, bounceKey, text, html } = content
  await ledger
    .updateTable('mails')
    .set({ message_id: messageId, bounce_key: bounceKey, body_text: text, body_html: html })
    .where('id', '=', id)
    .execute()
}

export type AttemptResult =
  | { readonly kind: 'sent' }
  /** For good: the receiving side does not want it. */
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'not_now'; readonly problem: string }

export async function endAttempt(
  ledger: Kysely<LedgerTables>,
  mail: MailRow,
  result: AttemptResult,
  now: number,
): Promise<void> {
  const nextAt = now + pauseAfter(Number(mail.attempts))
  const kept =
    mail.is_secret === 1n ? { data: null, body_text: null, body_html: null } : ({} as Record<string, never>)
  const ended = { next_attempt_at: null, ...kept }
  const change =
    result.kind === 'sent'
      ? { state: 'sent' as const, sent_at: now, problem: null, ...ended }
      : result.kind === 'refused'
        ? { state: 'bounced' as const, problem: result.problem, failed_at: now, ...ended }
        : nextAt >= mail.give_up_at
          ? { state: 'failed' as const, problem: result.problem, failed_at: now, ...ended }
          : { next_attempt_at: nextAt, problem: result.problem }
  await ledger
    .updateTable('mails')
    .set(change)
    .where('id', '=', mail.id)
    .where('state', '=', 'waiting')
    .execute()
}

/** 1 minute, 4, 16, … up to a day. */
export function pauseAfter(attempts: number): number {
  return Math.min(MINUTE_MS * 4 ** Math.max(0, attempts - 1), DAY_MS)
}
