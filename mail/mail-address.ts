/**
 * Whom a mail is for. Refused is whatever could end a header and begin another, and forms that are legal and nobody has
 * (quoted local parts, comments): the address goes into a header and an SMTP command.
 */
import { mailErrors } from './errors.ts'

export type MailAddress = { readonly address: string; readonly name?: string | undefined }

const MAX_ADDRESS = 254
const MAX_NAME = 128
const addressPattern = /^[^\s@"(),:;<>[\]\\\p{C}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u
const controlPattern = /\p{C}/u

/** @throws AppError `mail_address_invalid` */
export function getMailAddress({ address, name }: MailAddress): MailAddress {
  if (address.length > MAX_ADDRESS || !addressPattern.test(address)) {
    throw mailErrors.mail_address_invalid('Give one mail address like "jo@example.com", without a name.')
  }
  if (name !== undefined && (name.length > MAX_NAME || controlPattern.test(name))) {
    throw mailErrors.mail_address_invalid(
      `Give the name of whoever gets the mail in at most ${MAX_NAME} characters on one line.`,
    )
  }
  return { address, name }
}

/** Reads `jo@example.com` or `Jo Berg <jo@example.com>`. @throws AppError `mail_address_invalid` */
export function parseMailAddress(text: string): MailAddress {
  const [, name, address] = /^(.*?)\s*<([^<>]*)>$/.exec(text) ?? []
  return getMailAddress(address === undefined ? { address: text } : { address, name })
}
