/** From a template's paragraphs to the text and the HTML of a mail. Everything that data brings in is escaped. */
import { assertInvariant } from '../core/index.ts'
import {
  mailTemplates,
  type MailData,
  type MailLanguage,
  type MailTemplate,
  type Paragraph,
  type WrittenMail,
} from './mail-templates.ts'

export type MailBody = { readonly text: string; readonly html: string }

export function writeMail<Name extends MailTemplate>(
  template: Name,
  language: MailLanguage,
  data: MailData[Name],
): WrittenMail {
  const { subject, paragraphs } = mailTemplates[template].write[language](data)
  // Names come from people: a subject is one line.
  return { subject: subject.replaceAll(/\p{C}+/gu, ' ').slice(0, 200), paragraphs }
}

/** @param publicUrl where people reach the server, without a slash at the end */
export function toMailBody({ paragraphs }: WrittenMail, language: MailLanguage, publicUrl: string): MailBody {
  const text = paragraphs.map((each) => toText(each, publicUrl)).join('\n\n')
  const html = paragraphs.map((each) => `<p>${toHtml(each, publicUrl)}</p>`).join('\n')
  return {
    text: `${text}\n`,
    html: `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"></head><body>\n${html}\n</body></html>\n`,
  }
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function toText(paragraph: Paragraph, publicUrl: string): string {
  if (typeof paragraph === 'string') return paragraph
  return 'code' in paragraph ? paragraph.code : `${paragraph.label}: ${linkTo(paragraph.path, publicUrl)}`
}

function toHtml(paragraph: Paragraph, publicUrl: string): string {
  if (typeof paragraph === 'string') return escapeHtml(paragraph)
  if ('code' in paragraph) return `<strong>${escapeHtml(paragraph.code)}</strong>`
  return `<a href="${escapeHtml(linkTo(paragraph.path, publicUrl))}">${escapeHtml(paragraph.label)}</a>`
}

function linkTo(path: string, publicUrl: string): string {
  const url = new URL(path, publicUrl)
  assertInvariant(path.startsWith('/') && url.origin === new URL(publicUrl).origin, 'Mails link to us only.')
  return url.href
}
