/**
 * How a mail is known again in a report of failed delivery: by a random key in the address that the report goes to
 * (`bounces+<key>@…`), in the envelope's id (RFC 3461) and in the Message-ID. It cannot be guessed, so nobody reports for a mail
 * that he did not get.
 */
export const BOUNCE_KEY_BYTES = 16

const keyPattern = /[0-9a-z]{26}/

export function toBounceAddress(bounceAddress: string, key: string): string {
  const at = bounceAddress.lastIndexOf('@')
  return `${bounceAddress.slice(0, at)}+${key}${bounceAddress.slice(at)}`
}

export function toMessageId(mailId: bigint, key: string, hostname: string): string {
  return `<mail.${mailId}.${key}@${hostname || 'localhost'}>`
}

export function findKeyInAddress(address: string): string | undefined {
  return new RegExp(`\\+(${keyPattern.source})@`).exec(address.toLowerCase())?.[1]
}

export function findKeyInMessageId(messageId: string): string | undefined {
  return new RegExp(`^<mail\\.[0-9]+\\.(${keyPattern.source})@`).exec(messageId.trim())?.[1]
}

export function findKeyInEnvelopeId(envelopeId: string): string | undefined {
  return new RegExp(`^${keyPattern.source}$`).exec(envelopeId.trim())?.[0]
}
