/**
 * Keeps a manufacturer's Stripe key and webhook secret encrypted in the ledger: AES-256-GCM with a random nonce. The
 * manufacturer's id and the kind of secret are additional data, so a ciphertext copied into another row or column
 * does not decrypt.
 *
 * Layout of the stored bytes: version (1), nonce (12), tag (16), ciphertext. The key comes from the configuration;
 * whoever changes it enters the secrets again.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { DAY_MS, type Clock, type ManufacturerId, type RandomBytes } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { billingErrors } from '../errors.ts'
import { stripeErrors } from './errors.ts'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
const keyPattern = /^(?:sk|rk)_(test|live)_[A-Za-z0-9_]{4,250}$/
const webhookSecretPattern = /^whsec_[A-Za-z0-9+/=_-]{4,250}$/

/** What somebody enters. */
export type StripeCredentials = { readonly apiKey: string; readonly webhookSecret: string }

export type StoredCredentials = {
  readonly apiKey: string
  /** The newest first; a second one while Stripe signs with both. */
  readonly webhookSecrets: readonly string[]
}

/** How long the secret before still counts after another was entered; Stripe lets both live for up to a day. */
const ROLL_MS = DAY_MS
export type SecretKind = 'stripe_key' | 'stripe_webhook_secret'

export function isLiveKey(apiKey: string): boolean {
  return keyPattern.exec(apiKey)?.[1] === 'live'
}

/** @throws AppError `stripe_encryption_key_invalid` unless the key has 32 bytes */
export function encryptSecret(
  secret: string,
  kind: SecretKind,
  manufacturerId: ManufacturerId,
  secretKey: Uint8Array,
  randomBytes: RandomBytes,
): Uint8Array {
  assertSecretKey(secretKey)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secretKey, nonce).setAAD(additionalData(kind, manufacturerId))
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ciphertext]))
}

/** @throws AppError `stripe_secret_unreadable` for another key, manufacturer, kind, or changed bytes */
export function decryptSecret(
  encrypted: Uint8Array,
  kind: SecretKind,
  manufacturerId: ManufacturerId,
  secretKey: Uint8Array,
): string {
  assertSecretKey(secretKey)
  try {
    if (encrypted[0] !== VERSION) throw new Error('unknown version')
    const nonce = encrypted.subarray(1, 1 + NONCE_BYTES)
    const tag = encrypted.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', secretKey, nonce, { authTagLength: TAG_BYTES })
      .setAAD(additionalData(kind, manufacturerId))
      .setAuthTag(tag)
    const ciphertext = encrypted.subarray(1 + NONCE_BYTES + TAG_BYTES)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw stripeErrors.stripe_secret_unreadable(
      'Enter the Stripe key and webhook secret again; the key that protected them was another one.',
      { cause, meta: { manufacturerId } },
    )
  }
}

export type SecretStore = {
  /**
   * Stores a manufacturer's key and webhook secret and makes its waiting pushes due.
   * @throws AppError `stripe_live_key_refused` for a live key unless `allowLiveKey` is true; `stripe_key_invalid`,
   * `stripe_webhook_secret_invalid`, `manufacturer_not_found`
   */
  setStripeCredentials(
    manufacturerId: ManufacturerId,
    credentials: StripeCredentials,
    options: {
      readonly allowLiveKey: boolean
      /** Runs in the same transaction, after the secrets are stored: for whoever records that they are. */
      readonly alsoInTransaction?: (transaction: Transaction<LedgerTables>) => Promise<void>
    },
  ): Promise<void>
  /** @throws AppError `stripe_not_configured`, `stripe_secret_unreadable` */
  getStripeCredentials(manufacturerId: ManufacturerId): Promise<StoredCredentials>
}

/** @throws AppError `stripe_encryption_key_invalid` unless `secretKey` has 32 bytes */
export function createSecretStore({
  ledger,
  clock,
  secretKey,
  randomBytes,
}: {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly secretKey: Uint8Array
  readonly randomBytes: RandomBytes
}): SecretStore {
  assertSecretKey(secretKey)
  return {
    async setStripeCredentials(
      manufacturerId,
      { apiKey, webhookSecret },
      { allowLiveKey, alsoInTransaction },
    ) {
      assertCredentials(apiKey, webhookSecret, allowLiveKey)
      await ledger.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom('manufacturers')
          .select('stripe_webhook_secret_encrypted as secret')
          .where('id', '=', manufacturerId)
          .executeTakeFirst()
        const { numUpdatedRows } = await transaction
          .updateTable('manufacturers')
          .set({
            stripe_previous_webhook_secret_encrypted: before?.secret ?? null,
            stripe_previous_webhook_secret_until_at: before?.secret ? clock.now() + ROLL_MS : null,
            stripe_key_encrypted: encryptSecret(apiKey, 'stripe_key', manufacturerId, secretKey, randomBytes),
            stripe_webhook_secret_encrypted: encryptSecret(
              webhookSecret,
              'stripe_webhook_secret',
              manufacturerId,
              secretKey,
              randomBytes,
            ),
            stripe_mode: isLiveKey(apiKey) ? 'live' : 'test',
          })
          .where('id', '=', manufacturerId)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) {
          throw billingErrors.manufacturer_not_found('Create the manufacturer before connecting Stripe.')
        }
        await transaction
          .updateTable('outbox_steps')
          .set({ next_attempt_at: clock.now() })
          .where('state', '=', 'waiting')
          .where('manufacturer_id', '=', manufacturerId)
          .execute()
        await alsoInTransaction?.(transaction)
      })
    },
    async getStripeCredentials(manufacturerId) {
      const row = await ledger
        .selectFrom('manufacturers')
        .select(['stripe_key_encrypted as key', 'stripe_webhook_secret_encrypted as webhookSecret'])
        .select([
          'stripe_previous_webhook_secret_encrypted as previous',
          'stripe_previous_webhook_secret_until_at as previousUntil',
        ])
        .where('id', '=', manufacturerId)
        .executeTakeFirst()
      if (row === undefined || row.key === null || row.webhookSecret === null) {
        throw stripeErrors.stripe_not_configured(
          'Connect a Stripe account by entering its key and webhook secret.',
        )
      }
      const isRolling = clock.now() < (row.previousUntil ?? 0)
      const previous = isRolling && row.previous !== null ? [row.previous] : []
      return {
        apiKey: decryptSecret(row.key, 'stripe_key', manufacturerId, secretKey),
        webhookSecrets: [row.webhookSecret, ...previous].map((secret) =>
          decryptSecret(secret, 'stripe_webhook_secret', manufacturerId, secretKey),
        ),
      }
    },
  }
}

function assertCredentials(apiKey: string, webhookSecret: string, allowLiveKey: boolean): void {
  if (!keyPattern.test(apiKey)) {
    throw stripeErrors.stripe_key_invalid(
      'Enter a secret or restricted key; it begins with sk_test_ or rk_test_.',
    )
  }
  if (isLiveKey(apiKey) && !allowLiveKey) {
    throw stripeErrors.stripe_live_key_refused(
      'Use a test key, or allow live keys explicitly: with a live key real money moves.',
    )
  }
  if (!webhookSecretPattern.test(webhookSecret)) {
    throw stripeErrors.stripe_webhook_secret_invalid(
      'Enter the signing secret of the webhook endpoint; it begins with whsec_.',
    )
  }
}

function assertSecretKey(secretKey: Uint8Array): void {
  if (secretKey.length === KEY_BYTES) return
  throw stripeErrors.stripe_encryption_key_invalid(
    `Configure a key of exactly ${KEY_BYTES} bytes for stored secrets; this one has ${secretKey.length}.`,
  )
}

function additionalData(kind: SecretKind, manufacturerId: ManufacturerId): Buffer {
  return Buffer.from(`usance:${kind}:${manufacturerId}`)
}
