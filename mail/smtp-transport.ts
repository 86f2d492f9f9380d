/**
 * Sends one mail over SMTP and says how it ended, in terms of what to do next.
 *
 * A 5xx to the recipient or the content is about this mail and final. One while connecting or signing in is about our
 * settings: nothing is lost if somebody corrects them within the days that mail is tried.
 */
import { createTransport } from 'nodemailer'
import { SECOND_MS } from '../core/index.ts'
import type { MailAddress } from './mail-address.ts'
import type { AttemptResult } from './outbox.ts'

const TIMEOUT_MS = 30 * SECOND_MS
const MAX_PROBLEM = 300
const finalCommands: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

export type Attachment = {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
}

export type OutgoingMail = {
  readonly messageId: string
  readonly from: MailAddress
  readonly to: MailAddress
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachments?: readonly Attachment[]
}

/** What mail servers go by: where reports of failed delivery go, and what they name the mail by. */
export type Envelope = { readonly from: string; readonly id: string }

/** `isReachable` is false when there is no use in trying another mail now. */
export type SendResult = AttemptResult & { readonly isReachable: boolean }

export type SendMail = (mail: OutgoingMail, envelope: Envelope) => Promise<SendResult>

/** @param url `smtp://user:password@host:587` or `smtps://…` */
export function createSmtpTransport(url: string): SendMail {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async ({ from, to, attachments = [], ...content }, envelope) => {
    try {
      await transport.sendMail({
        ...content,
        attachments: [...attachments],
        from: toAddress(from),
        to: toAddress(to),
        headers: { 'Auto-Submitted': 'auto-generated' },
        envelope: { from: envelope.from, to: to.address },
        // Asked of servers that know reports (RFC 3461): our key in them, and no more than the mail's headers sent back.
        dsn: { id: envelope.id, return: 'headers', notify: ['failure'] },
      })
      return { kind: 'sent', isReachable: true }
    } catch (error) {
      return toResult(error)
    }
  }
}

function toAddress({ address, name = '' }: MailAddress) {
  return { address, name }
}

function toResult(error: unknown): SendResult {
  if (!(error instanceof Error)) throw error
  const { responseCode, command, response, code } = error as Error & {
    readonly responseCode?: number
    readonly command?: string
    readonly response?: string
    readonly code?: string
  }
  const problem = (response ?? `${code ?? error.name}: the mail server cannot be used now`).slice(
    0,
    MAX_PROBLEM,
  )
  const isAnswer = responseCode !== undefined && command !== undefined && finalCommands.has(command)
  const isFinal = isAnswer && responseCode >= 500
  return { kind: isFinal ? 'refused' : 'not_now', problem, isReachable: isAnswer }
}
