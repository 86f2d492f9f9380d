/** The face of `mail/`: mail that leaves if and only if its cause was committed. */
export { createMailer, type Mailer, type MailerOptions, type PrintedMail } from './create-mailer.ts'
export { recordBounce, type BounceOutcome } from './record-bounce.ts'
export { MAX_BOUNCE_BYTES } from './read-bounce.ts'
export { mailErrors } from './errors.ts'
export { getMailAddress, parseMailAddress, type MailAddress } from './mail-address.ts'
export type { MailData, MailLanguage, MailTemplate } from './mail-templates.ts'
export { enqueueMail, type MailInput } from './outbox.ts'
export {
  getMail,
  listMails,
  mailSorts,
  repeatMail,
  type Mail,
  type MailPage,
  type MailQuery,
} from './read-mails.ts'
export { createSmtpTransport, type Attachment, type SendMail } from './smtp-transport.ts'
export { escapeHtml, type MailBody } from './write-mail.ts'
