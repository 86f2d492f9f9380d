/**
 * Keeps a manufacturer's Stripe key and webhook secret encrypted in the ledger (`db/sealed-text.ts`). The manufacturer's id and
 * the kind of secret are its purpose, so a ciphertext copied into another row or column does not decrypt. The key comes from
 * the configuration; whoever changes it enters the secrets again.
 */
import type { Kysely, Transaction } from 'kysely'
import { DAY_MS, type Clock, type ManufacturerId, type RandomBytes } from '../../core/index.ts'
import { openSealedText, SEAL_KEY_BYTES, sealText, type LedgerTables } from '../../db/index.ts'
import { billingErrors } from '../errors.ts'
import { stripeErrors } from './errors.ts'

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
  return sealText(secret, purposeOf(kind, manufacturerId), secretKey, randomBytes)
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
    return openSealedText(encrypted, purposeOf(kind, manufacturerId), secretKey)
  } catch (cause) {
    throw stripeErrors.stripe_secret_unreadable(
      'Enter the Stripe key and webhook secret again; the key that protected them was another one.',
      { cause, meta: { manufacturerId } },
    )
  }
}

export type SecretStore = {
  /**
   * Stores a manufacturer's key and webhook secret and makes its waiting pushes due. What comes of another account is up to `account-desk.ts`.
   * @throws AppError `stripe_live_key_refused` for a live key unless `allowLiveKey` is true; `stripe_key_invalid`,
   * `stripe_webhook_secret_invalid`, `manufacturer_not_found`
   */
  setStripeCredentials(
    manufacturerId: ManufacturerId,
    credentials: StripeCredentials,
    options: {
      readonly allowLiveKey: boolean
      /** Whose key it is, where that is known. */
      readonly accountId?: string
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
      { allowLiveKey, accountId, alsoInTransaction },
    ) {
      assertCredentials({ apiKey, webhookSecret }, allowLiveKey)
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
            stripe_account_id: accountId ?? null,
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

/** @throws AppError as `setStripeCredentials` */
export function assertCredentials({ apiKey, webhookSecret }: StripeCredentials, allowLiveKey: boolean): void {
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
  if (secretKey.length === SEAL_KEY_BYTES) return
  throw stripeErrors.stripe_encryption_key_invalid(
    `Configure a key of exactly ${SEAL_KEY_BYTES} bytes for stored secrets; this one has ${secretKey.length}.`,
  )
}

function purposeOf(kind: SecretKind, manufacturerId: ManufacturerId): string {
  return `usance:${kind}:${manufacturerId}`
}
