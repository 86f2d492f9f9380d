/**
 * Sends what waits in the outbox: over SMTP, or printed where there is none and the server is a developer's own.
 *
 * Printed mail counts as sent. The last ones are kept in memory, with the codes and links that the ledger forgets, for
 * the developer's page. Without SMTP on a server that others reach, mail waits: codes do not belong into its log.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { MailAddress } from './mail-address.ts'
import { endAttempt, fixContent, takeMail, type MailRow } from './outbox.ts'
import { bodyOf } from './read-mails.ts'
import type { OutgoingMail, SendMail, SendResult } from './smtp-transport.ts'

const KEPT_PRINTED = 50

export type MailerOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly log: Logger
  readonly publicUrl: string
  readonly from: MailAddress
  readonly way: SendMail | 'print' | 'wait'
}

export type PrintedMail = OutgoingMail & { readonly id: number; readonly at: number }

export type Mailer = {
  /** Sends what is due, one after the other, until nothing is or the server cannot be used. */
  sendWaiting(): Promise<{ readonly sent: number; readonly postponed: number; readonly bounced: number }>
  /** Newest first; undefined where mails are not printed. */
  listPrinted(): readonly PrintedMail[] | undefined
}

export function createMailer({ ledger, clock, log, publicUrl, from, way }: MailerOptions): Mailer {
  const printed: PrintedMail[] = []

  function print(id: number, mail: OutgoingMail): SendResult {
    log.info({ mailId: id, to: mail.to.address }, `printed, not sent: ${mail.subject}\n\n${mail.text}`)
    printed.unshift({ ...mail, id, at: clock.now() })
    printed.splice(KEPT_PRINTED)
    return { kind: 'sent', isReachable: true }
  }

  async function prepare(row: MailRow): Promise<OutgoingMail> {
    const body = bodyOf(row, publicUrl)
    const messageId =
      row.message_id ?? `<mail.${row.id}.${row.created_at}@${new URL(publicUrl).hostname || 'localhost'}>`
    if (row.message_id === null) await fixContent(ledger, row.id, { messageId, ...body })
    const to = { address: row.to_address, name: row.to_name ?? undefined }
    const sender = await findSender(row.manufacturer_id)
    return { messageId, from: sender ?? from, to, subject: row.subject, ...body }
  }

  /** A manufacturer's mails come from its own address, if it has said one. */
  async function findSender(manufacturerId: string | null): Promise<MailAddress | undefined> {
    if (manufacturerId === null) return undefined
    const row = await ledger
      .selectFrom('manufacturers')
      .select('mail_sender')
      .where('id', '=', manufacturerId)
      .executeTakeFirst()
    return typeof row?.mail_sender === 'string' ? (JSON.parse(row.mail_sender) as MailAddress) : undefined
  }

  return {
    async sendWaiting() {
      const counts = { sent: 0, postponed: 0, bounced: 0 }
      if (way === 'wait') return counts
      for (;;) {
        const row = await takeMail(ledger, clock.now())
        if (row === undefined) return counts
        const mail = await prepare(row)
        const result = way === 'print' ? print(Number(row.id), mail) : await way(mail)
        await endAttempt(ledger, row, result, clock.now())
        if (result.kind === 'sent') counts.sent += 1
        if (result.kind === 'refused') counts.bounced += 1
        if (result.kind === 'not_now') counts.postponed += 1
        if (result.kind !== 'sent') {
          log.warn(
            { mailId: Number(row.id), template: row.template, problem: result.problem },
            'a mail was not sent',
          )
        }
        if (!result.isReachable) return counts
      }
    },
    listPrinted: () => (way === 'print' ? [...printed] : undefined),
  }
}
