/**
 * Reads a message as a report of failed delivery (RFC 3464, `multipart/report`), as mail servers hand it in.
 *
 * Messages come from anybody, so what cannot be read is no report and never an error. Only the beginning of a long one is read: the
 * report stands before the mail that comes back with it.
 */
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { findKeyInAddress, findKeyInEnvelopeId, findKeyInMessageId } from './bounce-key.ts'

export const MAX_BOUNCE_BYTES = 1024 * 1024
const MAX_PROBLEM = 300
const reportPattern = /^multipart\/report\b.*\breport-type="?delivery-status"?/is

export type DeliveryReport = {
  /** Keys of mails that it may be about, the most certain first; none where it names no mail of ours. */
  readonly keys: readonly string[]
  /** What became of the first recipient for whom it failed for good; undefined where it is delayed or has arrived. */
  readonly problem: string | undefined
}

/** Undefined for what is no report of delivery. */
export async function readBounce(raw: Uint8Array): Promise<DeliveryReport | undefined> {
  const message = await parse(raw.subarray(0, MAX_BOUNCE_BYTES))
  if (message === undefined || !reportPattern.test(headerOf(message, 'content-type') ?? '')) return undefined
  const status = partOf(message, ['message/delivery-status', 'message/global-delivery-status'])
  if (status === undefined) return undefined
  const [ofMessage, ...ofRecipients] = await parseFieldGroups(status)
  const returned = partOf(message, ['message/rfc822', 'text/rfc822-headers', 'message/global-headers'])
  const returnedHead = returned === undefined ? undefined : await parse(Buffer.from(returned))
  const failed = ofRecipients.find((fields) => headerOf(fields, 'action')?.trim().toLowerCase() === 'failed')
  return {
    keys: [
      ...recipientsOf(message).map(findKeyInAddress),
      findKeyInEnvelopeId(ofMessage === undefined ? '' : (headerOf(ofMessage, 'original-envelope-id') ?? '')),
      findKeyInMessageId(returnedHead?.messageId ?? ''),
    ].filter((key) => key !== undefined),
    problem: failed === undefined ? undefined : describe(failed),
  }
}

async function parse(raw: Uint8Array): Promise<Email | undefined> {
  try {
    return await PostalMime.parse(raw, { forceRfc822Attachments: true })
  } catch {
    return undefined
  }
}

/** A report is groups of header fields with an empty line between them: first about the message, then one for each recipient. */
async function parseFieldGroups(text: string): Promise<readonly Email[]> {
  const groups = text.split(/\r?\n(?:[ \t]*\r?\n)+/).filter((group) => group.trim() !== '')
  return (await Promise.all(groups.map((group) => parse(Buffer.from(group))))).filter(
    (fields) => fields !== undefined,
  )
}

function partOf({ attachments }: Email, types: readonly string[]): string | undefined {
  const part = attachments.find(({ mimeType }) => types.includes(mimeType))
  return part === undefined ? undefined : textOf(part)
}

function textOf({ content }: Attachment): string {
  return typeof content === 'string' ? content : Buffer.from(content as Uint8Array<ArrayBuffer>).toString()
}

/** Whom the report is addressed to: by mail servers in the order in which they are sure of it. */
function recipientsOf(message: Email): readonly string[] {
  return ['x-original-to', 'delivered-to', 'to'].flatMap((name) =>
    message.headers.filter(({ key }) => key === name).map(({ value }) => value),
  )
}

function headerOf({ headers }: Email, name: string): string | undefined {
  return headers.find(({ key }) => key === name)?.value
}

/** The receiving server's words, else the status: "5.1.1: 550 5.1.1 user unknown". */
function describe(fields: Email): string {
  const diagnostic = headerOf(fields, 'diagnostic-code')?.replace(/^\s*[\w-]+\s*;/, '')
  const parts = [headerOf(fields, 'status'), diagnostic].map((text) =>
    text?.replaceAll(/[\s\p{C}]+/gu, ' ').trim(),
  )
  const said = parts.filter((text) => text !== undefined && text !== '').join(': ')
  return (said === '' ? 'It came back without a reason.' : said).slice(0, MAX_PROBLEM)
}
