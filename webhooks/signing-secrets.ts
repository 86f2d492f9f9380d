/**
 * Secrets that deliveries are signed with: 24 random bytes, shown once, kept sealed for their endpoint. A secret that was replaced signs
 * beside the new one for a while, so that a receiver changes over without losing a delivery.
 */
import type { Selectable } from 'kysely'
import { Webhook } from 'standardwebhooks'
import type { RandomBytes } from '../core/index.ts'
import { openSealedText, sealText, type LedgerTables } from '../db/index.ts'
import { webhookErrors } from './errors.ts'

const SECRET_BYTES = 24

export type SecretColumns = Pick<
  Selectable<LedgerTables['webhook_endpoints']>,
  'id' | 'secret_encrypted' | 'previous_secret_encrypted' | 'previous_secret_until_at'
>

export type WebhookHeaders = {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/** @throws AppError `webhooks_not_configured` */
export function getSecretKey(secretKey: Uint8Array | undefined): Uint8Array {
  if (secretKey !== undefined) return secretKey
  throw webhookErrors.webhooks_not_configured(
    'Set USANCE_SECRET_KEY first: signing secrets are kept under it.',
  )
}

export function makeSecret(
  endpointId: string,
  secretKey: Uint8Array,
  randomBytes: RandomBytes,
): { readonly secret: string; readonly sealed: Uint8Array } {
  const secret = `whsec_${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64')}`
  return { secret, sealed: sealText(secret, purposeOf(endpointId), secretKey, randomBytes) }
}

/** The headers of an attempt. @throws Error where the secret does not open: another key protected it */
export function signDelivery(
  endpoint: SecretColumns,
  secretKey: Uint8Array,
  message: { readonly id: string; readonly at: number; readonly payload: string },
): WebhookHeaders {
  const secrets = [openSealedText(endpoint.secret_encrypted, purposeOf(endpoint.id), secretKey)]
  const previous = findPreviousSecret(endpoint, secretKey, message.at)
  if (previous !== undefined) secrets.push(previous)
  const signatures = secrets.map((secret) =>
    new Webhook(secret).sign(message.id, new Date(message.at), message.payload),
  )
  return {
    'webhook-id': message.id,
    'webhook-timestamp': Math.floor(message.at / 1_000).toString(),
    'webhook-signature': signatures.join(' '),
  }
}

/** One that does not open any more signs nothing; the new one is there because of that. */
function findPreviousSecret(
  { id, previous_secret_encrypted: sealed, previous_secret_until_at: until }: SecretColumns,
  secretKey: Uint8Array,
  at: number,
): string | undefined {
  if (sealed === null || until === null || at >= until) return undefined
  try {
    return openSealedText(sealed, purposeOf(id), secretKey)
  } catch {
    return undefined
  }
}

function purposeOf(endpointId: string): string {
  return `usance:webhook_secret:${endpointId}`
}
