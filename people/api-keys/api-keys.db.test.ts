import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR_MS, MINUTE_MS, type ManufacturerId } from '../../core/index.ts'
import { rightsOfRole, systemAccess, type Access } from '../index.ts'
import {
  acme,
  acmeAccess,
  openPeopleFixture,
  otherAccess,
  type PeopleFixture,
} from '../testing/people-fixture.ts'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const readOnly = { label: 'console', scopes: ['devices:read', 'usage:read'] } as const

let fixture: PeopleFixture
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  fixture = await openPeopleFixture()
})
afterEach(async () => {
  await fixture.close()
  vi.useRealTimers()
})

describe('an API key', () => {
  it('carries its scopes and no other right, until it is revoked', async () => {
    const { people } = fixture
    const { id, key } = await people.createApiKey(acmeAccess, readOnly)
    expect(key).toMatch(/^usk_[0-9a-z]{52}$/)
    expect(await people.authenticateApiKey(key)).toEqual({
      actor: { kind: 'api_key', id, name: 'console' },
      manufacturerId: acme,
      customerId: undefined,
      rights: new Set(['devices:read', 'usage:read']),
    })
    expect(await people.revokeApiKey(acmeAccess, id)).toMatchObject({ id, revokedAt: NOW })
    expect(await people.revokeApiKey(acmeAccess, id)).toMatchObject({ id, revokedAt: NOW })
    expect(await people.authenticateApiKey(key)).toBe(undefined)
    expect(await fixture.audited()).toEqual(['api_key.created', 'api_key.revoked'])
  })

  it('ends when it expires', async () => {
    const { people } = fixture
    const { key } = await people.createApiKey(acmeAccess, { ...readOnly, expiresAt: NOW + HOUR_MS })
    vi.setSystemTime(NOW + HOUR_MS - 1)
    expect(await people.authenticateApiKey(key)).toMatchObject({ manufacturerId: acme })
    vi.setSystemTime(NOW + HOUR_MS)
    expect(await people.authenticateApiKey(key)).toBe(undefined)
  })

  it('remembers when it was used, to the minute', async () => {
    const { people } = fixture
    const { key } = await people.createApiKey(acmeAccess, readOnly)
    const lastUsedAt = async () => (await people.listApiKeys(acmeAccess, { limit: 1 })).items[0]?.lastUsedAt
    expect(await lastUsedAt()).toBe(undefined)
    await people.authenticateApiKey(key)
    vi.setSystemTime(NOW + MINUTE_MS - 1)
    await people.authenticateApiKey(key)
    expect(await lastUsedAt()).toBe(NOW)
    vi.setSystemTime(NOW + MINUTE_MS)
    await people.authenticateApiKey(key)
    expect(await lastUsedAt()).toBe(NOW + MINUTE_MS)
  })

  it('from before there were scopes may do what an administrator may', async () => {
    const { people, ledger } = fixture
    const { key } = await people.createApiKey(acmeAccess, readOnly)
    await ledger.updateTable('api_keys').set({ scopes: null }).execute()
    expect((await people.authenticateApiKey(key))?.rights).toEqual(rightsOfRole.manufacturer_admin)
  })

  it.each(['', 'usk_', 'usk_0000000000000000000000000000000000000000000000000000'])(
    'is not "%s"',
    async (key) => {
      await fixture.people.createApiKey(acmeAccess, readOnly)
      expect(await fixture.people.authenticateApiKey(key)).toBe(undefined)
    },
  )

  it('is stored as its SHA-256 only, and not in the audit trail', async () => {
    const { key } = await fixture.people.createApiKey(acmeAccess, readOnly)
    const rows = await fixture.ledger.selectFrom('api_keys').selectAll().execute()
    const entries = await fixture.ledger.selectFrom('audit_entries').selectAll().execute()
    expect(rows[0]?.key_hash).toMatch(/^[0-9a-f]{64}$/)
    const stored = JSON.stringify([rows, entries], (_name, member: unknown) =>
      typeof member === 'bigint' ? String(member) : member,
    )
    expect(stored).toContain(rows[0]?.id)
    expect(stored).not.toContain(key.slice(4))
  })

  it.each([
    ['no scope', { ...readOnly, scopes: [] }, '/scopes'],
    ['a right of the installation', { ...readOnly, scopes: ['installation:read'] }, '/scopes/0'],
    ['an end in the past', { ...readOnly, expiresAt: NOW }, '/expiresAt'],
    ['no label', { ...readOnly, label: '' }, '/label'],
  ] as const)('with %s is refused', async (_what, input, pointer) => {
    await expect(
      fixture.people.createApiKey(acmeAccess, { ...input, scopes: [...input.scopes] }),
    ).rejects.toMatchObject({ code: 'people_input_invalid', issues: [{ pointer }] })
  })

  it('needs a manufacturer that exists', async () => {
    const nobody = systemAccess('test', 'man_0' as ManufacturerId)
    await expect(fixture.people.createApiKey(nobody, readOnly)).rejects.toMatchObject({
      code: 'manufacturer_not_found',
    })
  })

  it('has no right that its maker lacks', async () => {
    const keeper: Access = { ...acmeAccess, rights: new Set(['keys:write', 'devices:read']) }
    await expect(fixture.people.createApiKey(keeper, readOnly)).rejects.toMatchObject({
      code: 'right_not_held',
    })
    const { scopes } = await fixture.people.createApiKey(keeper, { label: 'x', scopes: ['devices:read'] })
    expect(scopes).toEqual(['devices:read'])
  })

  it('that makes another one gives it no longer life than its own', async () => {
    const { people } = fixture
    const own = { label: 'short', scopes: ['keys:write', 'devices:read'] as const, expiresAt: NOW + HOUR_MS }
    const { key } = await people.createApiKey(acmeAccess, own)
    const access = await people.authenticateApiKey(key)
    if (access === undefined) throw new Error('The key is valid.')
    for (const end of [{}, { expiresAt: NOW + HOUR_MS + 1 }]) {
      await expect(
        people.createApiKey(access, { label: 'x', scopes: ['devices:read'], ...end }),
      ).rejects.toMatchObject({ code: 'right_not_held' })
    }
    const made = await people.createApiKey(access, {
      label: 'x',
      scopes: ['devices:read'],
      expiresAt: NOW + HOUR_MS,
    })
    expect(made.expiresAt).toBe(NOW + HOUR_MS)
  })

  it('of another manufacturer reads as absent (I12)', async () => {
    const { id } = await fixture.people.createApiKey(acmeAccess, readOnly)
    expect((await fixture.people.listApiKeys(otherAccess, { limit: 10 })).items).toEqual([])
    await expect(fixture.people.revokeApiKey(otherAccess, id)).rejects.toMatchObject({
      code: 'api_key_not_found',
    })
  })
})
