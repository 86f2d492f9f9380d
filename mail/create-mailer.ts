/**
 * Sends what waits in the outbox: over SMTP, or printed where there is none and the server is a developer's own.
 *
 * Printed mail counts as sent. The last ones are kept in memory, with the codes and links that the ledger forgets, for
 * the developer's page. Without SMTP on a server that others reach, mail waits: codes do not belong into its log.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { encodeBase32, type Clock, type RandomBytes } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { BOUNCE_KEY_BYTES, toBounceAddress, toMessageId } from './bounce-key.ts'
import type { MailAddress } from './mail-address.ts'
import { endAttempt, fixContent, takeMail, type MailRow } from './outbox.ts'
import { bodyOf } from './read-mails.ts'
import { attachmentsOf } from './mail-attachments.ts'
import type { Envelope, OutgoingMail, SendMail, SendResult } from './smtp-transport.ts'

const KEPT_PRINTED = 50

export type MailerOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly publicUrl: string
  readonly from: MailAddress
  /** Where reports of failed delivery go; without it to the sender, and nobody here reads them. */
  readonly bounceAddress?: string | undefined
  readonly way: SendMail | 'print' | 'wait'
}

export type PrintedMail = OutgoingMail & { readonly id: number; readonly at: number }

export type Mailer = {
  /** Sends what is due, one after the other, until nothing is or the server cannot be used. */
  sendWaiting(): Promise<{ readonly sent: number; readonly postponed: number; readonly bounced: number }>
  /** Newest first; undefined where mails are not printed. */
  listPrinted(): readonly PrintedMail[] | undefined
}

export function createMailer(options: MailerOptions): Mailer {
  const { ledger, clock, randomBytes, log, publicUrl, from, bounceAddress, way } = options
  const printed: PrintedMail[] = []

  function print(id: number, mail: OutgoingMail): SendResult {
    log.info({ mailId: id, to: mail.to.address }, `printed, not sent: ${mail.subject}\n\n${mail.text}`)
    printed.unshift({ ...mail, id, at: clock.now() })
    printed.splice(KEPT_PRINTED)
    return { kind: 'sent', isReachable: true }
  }

  async function prepare(row: MailRow): Promise<{ mail: OutgoingMail; envelope: Envelope }> {
    const body = bodyOf(row, publicUrl)
    const bounceKey = row.bounce_key ?? encodeBase32(randomBytes(BOUNCE_KEY_BYTES))
    const messageId = row.message_id ?? toMessageId(row.id, bounceKey, new URL(publicUrl).hostname)
    if (row.message_id === null) await fixContent(ledger, row.id, { messageId, bounceKey, ...body })
    const to = { address: row.to_address, name: row.to_name ?? undefined }
    const sender = (await findSender(row.manufacturer_id)) ?? from
    // A report of failed delivery holds the mail: what lets somebody in goes back to nobody but the installation.
    const sentBy = (row.is_secret === 1n ? from : sender).address
    const returnTo = bounceAddress === undefined ? sentBy : toBounceAddress(bounceAddress, bounceKey)
    return {
      mail: {
        messageId,
        from: sender,
        to,
        subject: row.subject,
        ...body,
        ...(row.document_id !== null && { attachments: await attachmentsOf(ledger, row.document_id) }),
      },
      envelope: { from: returnTo, id: bounceKey },
    }
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
        const { mail, envelope } = await prepare(row)
        const result = way === 'print' ? print(Number(row.id), mail) : await way(mail, envelope)
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
