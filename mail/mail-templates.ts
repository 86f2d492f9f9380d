/**
 * What is written in mails: pure functions from typed data to a subject and paragraphs, in English and German.
 *
 * Subjects hold no secret, because lists show them. A link is a path of ours; the address of the server is put before it
 * when the mail is written.
 */
import { DAY_MS, MINUTE_MS } from '../core/index.ts'

export type MailLanguage = 'en' | 'de'

export type MailData = {
  readonly sign_in_code: { readonly code: string; readonly validMinutes: number }
  readonly invitation: {
    readonly inviterName: string
    readonly organisationName: string
    readonly path: string
    readonly validDays: number
  }
  readonly admin_link: { readonly path: string; readonly validDays: number }
  readonly invoice_issued: {
    readonly manufacturerName: string
    readonly number: string
    /** As people read them in the mail's language: "€4.90", "1–31 October 2026". */
    readonly total: string
    readonly period: string
    readonly path: string
  }
  readonly credit_note_issued: {
    readonly manufacturerName: string
    readonly number: string
    readonly invoiceNumber: string
    readonly reason: string
    /** As people read it in the mail's language. */
    readonly total: string
    readonly path: string
  }
  readonly invoice_reminder: {
    readonly manufacturerName: string
    readonly number: string
    /** 1 is the first. */
    readonly level: number
    /** As people read them in the mail's language. */
    readonly total: string
    readonly open: string
    readonly dueOn: string
    readonly path: string
  }
  readonly digest: {
    readonly organisationName: string
    /** Sentences in the mail's language. */
    readonly items: readonly string[]
    readonly path: string
  }
}

export type MailTemplate = keyof MailData

export type Paragraph = string | { readonly path: string; readonly label: string } | { readonly code: string }

export type WrittenMail = { readonly subject: string; readonly paragraphs: readonly Paragraph[] }

type Template<Data> = {
  /** Whether it lets somebody in: then nobody reads it but whoever gets it. */
  readonly isSecret: boolean
  /** How long sending it makes sense. */
  readonly giveUpMs: number
  readonly write: { readonly [Language in MailLanguage]: (data: Data) => WrittenMail }
}

export const mailTemplates: { readonly [Name in MailTemplate]: Template<MailData[Name]> } = {
  sign_in_code: {
    isSecret: true,
    giveUpMs: 15 * MINUTE_MS,
    write: {
      en: ({ code, validMinutes }) => ({
        subject: 'Your code for signing in',
        paragraphs: [
          'This is your code for signing in:',
          { code },
          `It is valid for ${validMinutes} minutes and works once.`,
          'If you did not ask for it, ignore this mail: without the code nobody gets in.',
        ],
      }),
      de: ({ code, validMinutes }) => ({
        subject: 'Ihr Code zum Anmelden',
        paragraphs: [
          'Das ist Ihr Code zum Anmelden:',
          { code },
          `Er gilt ${validMinutes} Minuten und nur einmal.`,
          'Wenn Sie ihn nicht verlangt haben, beachten Sie diese Mail nicht: ohne den Code kommt niemand hinein.',
        ],
      }),
    },
  },
  invitation: {
    isSecret: true,
    giveUpMs: 3 * DAY_MS,
    write: {
      en: ({ inviterName, organisationName, path, validDays }) => ({
        subject: `Invitation to ${organisationName}`,
        paragraphs: [
          `${inviterName} invites you to ${organisationName}.`,
          { path, label: 'Accept the invitation' },
          `The link is valid for ${validDays} days and works once.`,
        ],
      }),
      de: ({ inviterName, organisationName, path, validDays }) => ({
        subject: `Einladung zu ${organisationName}`,
        paragraphs: [
          `${inviterName} lädt Sie zu ${organisationName} ein.`,
          { path, label: 'Einladung annehmen' },
          `Der Link gilt ${validDays} Tage und nur einmal.`,
        ],
      }),
    },
  },
  admin_link: {
    isSecret: true,
    giveUpMs: 3 * DAY_MS,
    write: {
      en: ({ path, validDays }) => ({
        subject: 'Your link for signing in',
        paragraphs: [
          'With this link you sign in as the administrator:',
          { path, label: 'Sign in' },
          `It is valid for ${validDays} days and works once.`,
        ],
      }),
      de: ({ path, validDays }) => ({
        subject: 'Ihr Link zum Anmelden',
        paragraphs: [
          'Mit diesem Link melden Sie sich als Verwalter an:',
          { path, label: 'Anmelden' },
          `Er gilt ${validDays} Tage und nur einmal.`,
        ],
      }),
    },
  },
  invoice_issued: {
    isSecret: false,
    giveUpMs: 3 * DAY_MS,
    write: {
      en: ({ manufacturerName, number, total, period, path }) => ({
        subject: `Invoice ${number} from ${manufacturerName}`,
        paragraphs: [
          `${manufacturerName} has issued invoice ${number} for ${period}.`,
          `Total: ${total}`,
          { path, label: 'See the invoice and what each line rests on' },
        ],
      }),
      de: ({ manufacturerName, number, total, period, path }) => ({
        subject: `Rechnung ${number} von ${manufacturerName}`,
        paragraphs: [
          `${manufacturerName} hat die Rechnung ${number} für ${period} ausgestellt.`,
          `Summe: ${total}`,
          { path, label: 'Die Rechnung ansehen, und worauf jede Zeile beruht' },
        ],
      }),
    },
  },
  credit_note_issued: {
    isSecret: false,
    giveUpMs: 3 * DAY_MS,
    write: {
      en: ({ manufacturerName, number, invoiceNumber, reason, total, path }) => ({
        subject: `Credit note ${number} from ${manufacturerName}`,
        paragraphs: [
          `${manufacturerName} gives back ${total} of invoice ${invoiceNumber}.`,
          `Reason: ${reason}`,
          { path, label: 'See the invoice and what was given back of it' },
        ],
      }),
      de: ({ manufacturerName, number, invoiceNumber, reason, total, path }) => ({
        subject: `Gutschrift ${number} von ${manufacturerName}`,
        paragraphs: [
          `${manufacturerName} gibt ${total} der Rechnung ${invoiceNumber} zurück.`,
          `Grund: ${reason}`,
          { path, label: 'Die Rechnung ansehen, und was davon gutgeschrieben ist' },
        ],
      }),
    },
  },
  invoice_reminder: {
    isSecret: false,
    giveUpMs: 3 * DAY_MS,
    write: {
      en: ({ manufacturerName, number, level, total, open, dueOn, path }) => ({
        subject: `${level === 1 ? 'Reminder' : `Reminder ${level}`}: invoice ${number} from ${manufacturerName} is open`,
        paragraphs: [
          `Invoice ${number} was to be paid by ${dueOn}, and ${open} of it is still open.`,
          `Total: ${total}`,
          { path, label: 'See the invoice' },
          'If you have paid in the meantime, you need not do anything.',
        ],
      }),
      de: ({ manufacturerName, number, level, total, open, dueOn, path }) => ({
        subject: `${level === 1 ? 'Erinnerung' : `${level}. Erinnerung`}: Rechnung ${number} von ${manufacturerName} ist offen`,
        paragraphs: [
          `Die Rechnung ${number} war bis zum ${dueOn} zu zahlen, und davon sind noch ${open} offen.`,
          `Summe: ${total}`,
          { path, label: 'Die Rechnung ansehen' },
          'Wenn Sie inzwischen gezahlt haben, brauchen Sie nichts zu tun.',
        ],
      }),
    },
  },
  digest: {
    isSecret: false,
    giveUpMs: DAY_MS,
    write: {
      en: ({ organisationName, items, path }) => ({
        subject: `What needs you at ${organisationName}`,
        paragraphs: [...items, { path, label: 'Open Usance' }],
      }),
      de: ({ organisationName, items, path }) => ({
        subject: `Was Sie bei ${organisationName} braucht`,
        paragraphs: [...items, { path, label: 'Usance öffnen' }],
      }),
    },
  },
}
