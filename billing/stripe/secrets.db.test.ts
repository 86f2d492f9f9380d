import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secureRandomBytes, type ManufacturerId } from '../../core/index.ts'
import {
  aLedger,
  aManufacturer,
  anIssuedInvoice,
  issuedAt,
  manufacturerId,
  type TestLedger,
} from './testing/ledger-fixture.ts'
import { followInvoice } from './follow-documents.ts'
import { createSecretStore, decryptSecret, encryptSecret, type SecretStore } from './secrets.ts'

const secretKey = new Uint8Array(32).fill(7)
const credentials = { apiKey: 'sk_test_abcdef', webhookSecret: 'whsec_abcdef' }
const other = 'man_other' as ManufacturerId
let test: TestLedger
let secrets: SecretStore

beforeEach(async () => {
  test = await aLedger()
  await aManufacturer(test.ledger, other, 'OTHER')
  secrets = createSecretStore({
    ledger: test.ledger,
    clock: { now: () => issuedAt },
    secretKey,
    randomBytes: secureRandomBytes,
  })
})
afterEach(() => test.close())

async function storedKey(id: ManufacturerId): Promise<Uint8Array> {
  const row = await test.ledger
    .selectFrom('manufacturers')
    .select('stripe_key_encrypted')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.stripe_key_encrypted ?? new Uint8Array()
}

describe('Stripe credentials', () => {
  it('are stored encrypted and read back', async () => {
    await secrets.setStripeCredentials(manufacturerId, credentials, { allowLiveKey: false })
    expect(Buffer.from(await storedKey(manufacturerId)).includes('sk_test_abcdef')).toBe(false)
    expect(await secrets.getStripeCredentials(manufacturerId)).toEqual({
      apiKey: 'sk_test_abcdef',
      webhookSecrets: ['whsec_abcdef'],
    })
  })

  it('encrypt to other bytes each time', async () => {
    await secrets.setStripeCredentials(manufacturerId, credentials, { allowLiveKey: false })
    const first = await storedKey(manufacturerId)
    await secrets.setStripeCredentials(manufacturerId, credentials, { allowLiveKey: false })
    expect(await storedKey(manufacturerId)).not.toEqual(first)
  })

  it('cannot be read when copied to another manufacturer', async () => {
    await secrets.setStripeCredentials(manufacturerId, credentials, { allowLiveKey: false })
    await secrets.setStripeCredentials(other, credentials, { allowLiveKey: false })
    await test.ledger
      .updateTable('manufacturers')
      .set({ stripe_key_encrypted: await storedKey(manufacturerId) })
      .where('id', '=', other)
      .execute()
    await expect(secrets.getStripeCredentials(other)).rejects.toMatchObject({
      code: 'stripe_secret_unreadable',
    })
  })

  it('cannot be read as the other kind, with another key, or when a byte changed', () => {
    const encrypted = encryptSecret(
      'sk_test_abcdef',
      'stripe_key',
      manufacturerId,
      secretKey,
      secureRandomBytes,
    )
    expect(decryptSecret(encrypted, 'stripe_key', manufacturerId, secretKey)).toBe('sk_test_abcdef')
    const unreadable = expect.objectContaining({ code: 'stripe_secret_unreadable' })
    expect(() => decryptSecret(encrypted, 'stripe_webhook_secret', manufacturerId, secretKey)).toThrow(
      unreadable,
    )
    expect(() => decryptSecret(encrypted, 'stripe_key', manufacturerId, new Uint8Array(32).fill(8))).toThrow(
      unreadable,
    )
    for (let at = 0; at < encrypted.length; at += 1) {
      const changed = encrypted.with(at, (encrypted[at] ?? 0) ^ 1)
      expect(() => decryptSecret(changed, 'stripe_key', manufacturerId, secretKey)).toThrow(unreadable)
    }
  })

  it.each(['sk_live_abcdef', 'rk_live_abcdef'])(
    'refuse the live key %s unless it is allowed',
    async (apiKey) => {
      const live = { ...credentials, apiKey }
      await expect(
        secrets.setStripeCredentials(manufacturerId, live, { allowLiveKey: false }),
      ).rejects.toMatchObject({ code: 'stripe_live_key_refused' })
      await expect(secrets.getStripeCredentials(manufacturerId)).rejects.toMatchObject({
        code: 'stripe_not_configured',
      })
      await secrets.setStripeCredentials(manufacturerId, live, { allowLiveKey: true })
      expect((await secrets.getStripeCredentials(manufacturerId)).apiKey).toBe(live.apiKey)
    },
  )

  it.each([
    [{ apiKey: 'pk_test_abcdef' }, 'stripe_key_invalid'],
    [{ apiKey: ' sk_live_abcdef' }, 'stripe_key_invalid'],
    [{ apiKey: 'sk_test_abcdef\n' }, 'stripe_key_invalid'],
    [{ webhookSecret: 'secret' }, 'stripe_webhook_secret_invalid'],
  ])('refuse %j with %s', async (change, code) => {
    await expect(
      secrets.setStripeCredentials(manufacturerId, { ...credentials, ...change }, { allowLiveKey: true }),
    ).rejects.toMatchObject({ code })
  })

  it('refuse a manufacturer that does not exist', async () => {
    await expect(
      secrets.setStripeCredentials('man_nobody' as ManufacturerId, credentials, { allowLiveKey: false }),
    ).rejects.toMatchObject({ code: 'manufacturer_not_found' })
  })

  it('need a key of 32 bytes', () => {
    expect(() =>
      createSecretStore({
        ledger: test.ledger,
        clock: { now: () => 0 },
        secretKey: new Uint8Array(16),
        randomBytes: secureRandomBytes,
      }),
    ).toThrow(expect.objectContaining({ code: 'stripe_encryption_key_invalid' }))
  })

  it('make the waiting pushes of their manufacturer due when they are set', async () => {
    const mine = await anIssuedInvoice(test.ledger, { id: 'inv_1', amountsMinor: [1n], totalMinor: 1n })
    const theirs = await anIssuedInvoice(test.ledger, {
      id: 'inv_2',
      manufacturerId: other,
      amountsMinor: [1n],
      totalMinor: 1n,
    })
    await test.ledger.transaction().execute(async (transaction) => {
      await followInvoice(transaction, { invoiceId: mine, now: issuedAt + 5, isNew: true })
      await followInvoice(transaction, { invoiceId: theirs, now: issuedAt + 5, isNew: true })
    })
    await secrets.setStripeCredentials(manufacturerId, credentials, { allowLiveKey: false })
    const rows = await test.ledger
      .selectFrom('outbox_steps')
      .select(['subject_id', 'next_attempt_at'])
      .orderBy('id')
      .execute()
    expect(rows).toEqual([
      { subject_id: 'cust_inv_1', next_attempt_at: issuedAt },
      { subject_id: 'inv_1', next_attempt_at: issuedAt },
      { subject_id: 'cust_inv_2', next_attempt_at: issuedAt + 5 },
      { subject_id: 'inv_2', next_attempt_at: issuedAt + 5 },
    ])
  })
})
