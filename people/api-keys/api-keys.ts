/**
 * API keys: 256 random bits, shown once, stored as their SHA-256, with the rights they carry and an end if they have one.
 *
 * A fast hash is enough because the key cannot be guessed; what is looked up is the hash, so the time taken says nothing
 * about how much of a guess was right, and the last comparison takes the same time for every key. A key never has more rights
 * than who made it, and a key made by a key ends no later. Keys from before there were scopes have none stored and may do
 * everything that an administrator may.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  encodeBase32,
  formatInstant,
  generateId,
  MINUTE_MS,
  type ApiKeyId,
  type ManufacturerId,
} from '../../core/index.ts'
import { holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'
import { issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { apiKeySorts } from '../list-sorts.ts'
import type { ApiKey, People, PeopleOptions } from '../people-types.ts'
import { hasAll, isRight, rightsOfRole, type Access, type Right } from '../rights.ts'
import { manufacturerIdOf } from '../tenant.ts'

const KEY_BYTES = 32
const absentHash = '0'.repeat(64)
const rightsOfUnscopedKey = rightsOfRole.manufacturer_admin

export function apiKeyVerbs({
  ledger,
  clock,
  randomBytes,
  log,
}: PeopleOptions): Pick<People, 'authenticateApiKey' | 'createApiKey' | 'listApiKeys' | 'revokeApiKey'> {
  return {
    async authenticateApiKey(key) {
      const hash = hashKey(key)
      const row = await ledger
        .selectFrom('api_keys')
        .selectAll()
        .where('key_hash', '=', hash)
        .executeTakeFirst()
      const isKnown = timingSafeEqual(Buffer.from(row?.key_hash ?? absentHash), Buffer.from(hash))
      const now = clock.now()
      if (!isKnown || row === undefined || row.revoked_at !== null) return undefined
      if (row.expires_at !== null && row.expires_at <= now) return undefined
      if (row.last_used_at === null || row.last_used_at <= now - MINUTE_MS) {
        await noteUse(ledger, row.id, now).catch((error: unknown) => {
          // A full disk must not keep readers out.
          log.warn({ err: error, apiKeyId: row.id }, 'when the key was used could not be stored')
        })
      }
      return {
        actor: { kind: 'api_key', id: row.id, name: row.label },
        manufacturerId: row.manufacturer_id as ManufacturerId,
        customerId: undefined,
        rights: new Set(scopesOf(row)),
      }
    },

    async createApiKey(access, { label, scopes, expiresAt }) {
      const manufacturerId = manufacturerIdOf(access)
      const now = clock.now()
      refuseInput([
        ...issuesOfName(label, '/label'),
        ...issueUnless(scopes.length > 0, '/scopes', 'Name at least one right.'),
        ...scopes.flatMap((scope, index) =>
          issueUnless(
            rightsOfUnscopedKey.has(scope),
            `/scopes/${index}`,
            'Name a right that a manufacturer can have.',
          ),
        ),
        ...issueUnless(
          expiresAt === undefined || expiresAt > now,
          '/expiresAt',
          'Give an instant in the future.',
        ),
      ])
      if (!hasAll(access, scopes)) {
        throw peopleErrors.right_not_held('Leave out the scopes that you do not have yourself.')
      }
      const id = generateId('api_key', randomBytes)
      const key = `usk_${encodeBase32(randomBytes(KEY_BYTES))}`
      const ordered = [...rightsOfUnscopedKey].filter((right) => scopes.includes(right))
      await ledger.transaction().execute(async (transaction) => {
        await assertManufacturer(transaction, manufacturerId)
        await assertEndsInTime(transaction, access, expiresAt)
        await transaction
          .insertInto('api_keys')
          .values({
            id,
            manufacturer_id: manufacturerId,
            label,
            key_hash: hashKey(key),
            created_at: now,
            scopes: JSON.stringify(ordered),
            expires_at: expiresAt ?? null,
          })
          .execute()
        await recordChange(transaction, {
          manufacturerId,
          actor: access.actor,
          action: 'api_key.created',
          subject: { kind: 'api_key', id },
          after: {
            label,
            scopes: ordered,
            expiresAt: expiresAt === undefined ? null : formatInstant(expiresAt),
          },
          at: now,
        })
      })
      return {
        id,
        key,
        label,
        scopes: ordered,
        createdAt: now,
        expiresAt,
        lastUsedAt: undefined,
        revokedAt: undefined,
      }
    },

    async listApiKeys(access, { state, text, ...page }) {
      const now = clock.now()
      const isActive = sql<boolean>`(api_keys.revoked_at IS NULL AND coalesce(api_keys.expires_at > ${now}, true))`
      let query = tenantLedger(ledger, manufacturerIdOf(access)).selectFrom('api_keys').selectAll('api_keys')
      if (state !== undefined)
        query = query.where(state === 'active' ? isActive : sql<boolean>`NOT ${isActive}`)
      if (text !== undefined) query = query.where(holdsText(text, ['api_keys.label'], 'api_keys.id'))
      const { items, nextAfter } = await readSortedPage(query, apiKeySorts, page)
      return { items: items.map(toApiKey), nextAfter }
    },

    async revokeApiKey(access, apiKeyId) {
      const manufacturerId = manufacturerIdOf(access)
      const now = clock.now()
      return ledger.transaction().execute(async (transaction) => {
        const own = tenantLedger(transaction, manufacturerId)
        const row = await own.selectFrom('api_keys').selectAll().where('id', '=', apiKeyId).executeTakeFirst()
        if (row === undefined) {
          throw peopleErrors.api_key_not_found('Use the id of one of your own API keys.')
        }
        if (row.revoked_at !== null) return toApiKey(row)
        await own.updateTable('api_keys').set({ revoked_at: now }).where('id', '=', apiKeyId).execute()
        await recordChange(transaction, {
          manufacturerId,
          actor: access.actor,
          action: 'api_key.revoked',
          subject: { kind: 'api_key', id: row.id },
          before: { label: row.label },
          at: now,
        })
        return { ...toApiKey(row), revokedAt: now }
      })
    },
  }
}

/** @throws AppError `manufacturer_not_found` */
async function assertManufacturer(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<void> {
  const row = await ledger
    .selectFrom('manufacturers')
    .select('id')
    .where('id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined) {
    throw peopleErrors.manufacturer_not_found('Use the id of a manufacturer that exists.')
  }
}

/** Otherwise a key with an end could make itself a successor without one. */
async function assertEndsInTime(
  transaction: Transaction<LedgerTables>,
  { actor }: Access,
  expiresAt: number | undefined,
): Promise<void> {
  if (actor.kind !== 'api_key') return
  const own = await transaction
    .selectFrom('api_keys')
    .select('expires_at')
    .where('id', '=', actor.id)
    .executeTakeFirst()
  const ownEnd = own?.expires_at ?? undefined
  if (ownEnd === undefined || (expiresAt !== undefined && expiresAt <= ownEnd)) return
  throw peopleErrors.right_not_held(
    `Let the new key end by ${formatInstant(ownEnd)}, when the one that makes it ends.`,
  )
}

async function noteUse(ledger: Kysely<LedgerTables>, id: string, now: number): Promise<void> {
  await ledger.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute()
}

function scopesOf(row: Selectable<LedgerTables['api_keys']>): readonly Right[] {
  if (row.scopes === null) return [...rightsOfUnscopedKey]
  return (JSON.parse(row.scopes) as readonly string[]).filter(isRight)
}

function toApiKey(row: Selectable<LedgerTables['api_keys']>): ApiKey {
  return {
    id: row.id as ApiKeyId,
    label: row.label,
    scopes: scopesOf(row),
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  }
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
