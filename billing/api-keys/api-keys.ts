/**
 * API keys: 256 random bits, shown once, stored as their SHA-256.
 *
 * A fast hash is enough because the key cannot be guessed; what is looked up is the hash, so the time taken says nothing
 * about how much of a guess was right, and the last comparison takes the same time for every key.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { encodeBase32, generateId, type ApiKeyId, type ManufacturerId } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfName, refuseInput } from '../input-check.ts'
import { assertManufacturer } from '../people/manufacturers.ts'

const KEY_BYTES = 32
const absentHash = '0'.repeat(64)

export function apiKeyVerbs({
  ledger,
  clock,
  randomBytes,
}: BillingContext): Pick<Billing, 'createApiKey' | 'authenticateApiKey' | 'revokeApiKey'> {
  return {
    async createApiKey(manufacturerId, label) {
      refuseInput(issuesOfName(label, '/label'))
      await assertManufacturer(ledger, manufacturerId)
      const id = generateId('api_key', randomBytes)
      const key = `usk_${encodeBase32(randomBytes(KEY_BYTES))}`
      const key_hash = hashKey(key)
      await ledger
        .insertInto('api_keys')
        .values({ id, manufacturer_id: manufacturerId, label, key_hash, created_at: clock.now() })
        .execute()
      return { id, key }
    },

    async authenticateApiKey(key) {
      const hash = hashKey(key)
      const row = await ledger
        .selectFrom('api_keys')
        .select(['id', 'label', 'manufacturer_id', 'key_hash', 'revoked_at'])
        .where('key_hash', '=', hash)
        .executeTakeFirst()
      const isKnown = timingSafeEqual(Buffer.from(row?.key_hash ?? absentHash), Buffer.from(hash))
      if (!isKnown || row === undefined || row.revoked_at !== null) return undefined
      return {
        id: row.id as ApiKeyId,
        label: row.label,
        manufacturerId: row.manufacturer_id as ManufacturerId,
      }
    },

    async revokeApiKey(manufacturerId, apiKeyId) {
      const now = clock.now()
      const row = await ledger
        .updateTable('api_keys')
        .set((all) => ({ revoked_at: all.fn.coalesce('revoked_at', all.val(now)) }))
        .where('id', '=', apiKeyId)
        .where('manufacturer_id', '=', manufacturerId)
        .returning('id')
        .executeTakeFirst()
      if (row === undefined) throw billingErrors.api_key_not_found('Use the id of one of your own API keys.')
    },
  }
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
