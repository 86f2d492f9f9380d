/** Signing in over HTTP with real people on a fresh ledger. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { secureRandomBytes, systemClock, type ManufacturerId } from '../../core/index.ts'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { createPeople, type People, type PeopleMail } from '../../people/index.ts'
import type { ApiLimits } from '../index.ts'
import { createApiHarness, PUBLIC_URL, type ApiHarness } from '../testing/api-harness.ts'

const acme = 'man_acme' as ManufacturerId
const jo = {
  email: 'jo@example.com',
  name: 'Jo Berg',
  role: 'manufacturer_admin',
  manufacturerId: acme,
} as const

let folder: string
let ledger: Kysely<LedgerTables>
let people: People
let api: ApiHarness
let mails: PeopleMail[]

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-sign-in-'))
  const file = path.join(folder, 'ledger.sqlite')
  const database = openSqlite(file)
  migrate(database, 'ledger')
  database.close()
  ledger = openSqliteThread<LedgerTables>(file)
  await ledger
    .insertInto('manufacturers')
    .values({ id: acme, name: 'Acme', invoice_prefix: 'ACME', created_at: 1 })
    .execute()
  mails = []
  await open({})
})
afterEach(async () => {
  await people.close()
  await ledger.destroy()
  rmSync(folder, { recursive: true })
})

async function open({
  publicUrl = PUBLIC_URL,
  secretKey = new Uint8Array(32).fill(7),
  limits = {},
}: {
  publicUrl?: string
  secretKey?: Uint8Array | undefined
  limits?: Partial<ApiLimits>
}): Promise<void> {
  people = createPeople({
    ledger,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    publicUrl,
    secretKey: secretKey.length === 0 ? undefined : secretKey,
    sendMail: async (_transaction, mail) => void mails.push(mail),
    storeStripePair: undefined,
  })
  api = await createApiHarness({
    people,
    publicUrl,
    limits: { signInsPerMinutePerAddress: 1_000, ...limits },
  })
}

function post(
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return api.request({
    method: 'POST',
    url,
    headers: { origin: PUBLIC_URL, ...headers },
    ...(payload === undefined ? {} : { payload }),
  })
}

async function openLink(): Promise<LightMyRequestResponse> {
  const token = new URL(await people.createSignInLink(jo)).searchParams.get('token')
  return post('/auth/welcome', { token })
}

function cookieOf(answer: LightMyRequestResponse): string {
  return answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')
}

describe('the cookie of a session', () => {
  it('is for this server and TLS only, out of reach of scripts and of other sites', async () => {
    const answer = await openLink()
    expect([answer.statusCode, answer.json()]).toEqual([200, { isSignedIn: true }])
    expect(answer.cookies).toEqual([
      {
        name: '__Secure-us.session_token',
        value: expect.any(String),
        maxAge: 14 * 24 * 3_600,
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      },
    ])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('is sent without TLS only when the public address has none', async () => {
    await open({ publicUrl: 'http://usance.test' })
    const token = new URL(await people.createSignInLink(jo)).searchParams.get('token')
    const [cookie] = (await post('/auth/welcome', { token }, { origin: 'http://usance.test' })).cookies
    expect(cookie).toMatchObject({ name: 'us.session_token', httpOnly: true, sameSite: 'Lax' })
    expect(cookie).not.toHaveProperty('secure')
  })

  it('opens /v1 until signing out', async () => {
    const cookie = cookieOf(await openLink())
    const me = await api.request({ url: '/v1/me', headers: { cookie } })
    expect(me.json()).toMatchObject({
      person: { name: 'Jo Berg', email: jo.email, language: 'en' },
      memberships: [{ role: 'manufacturer_admin', manufacturer: { id: acme, name: 'Acme' }, customer: null }],
      active: { role: 'manufacturer_admin', manufacturer: { id: acme }, customer: null },
    })
    const left = await post('/auth/sign-out', undefined, { cookie })
    expect(left.statusCode).toBe(200)
    expect(left.cookies[0]).toMatchObject({ name: '__Secure-us.session_token', value: '', maxAge: 0 })
    expect((await api.request({ url: '/v1/me', headers: { cookie } })).json().code).toBe('session_expired')
  })
})

describe('asking for a code', () => {
  it('answers the same for an address that somebody has and one that nobody has', async () => {
    await openLink()
    const answers = []
    for (const email of [jo.email, 'nobody@example.com', 'not an address']) {
      const sent = await post('/auth/email-otp/send-verification-otp', { email, type: 'sign-in' })
      const guess = await post('/auth/sign-in/email-otp', { email, otp: '000000' })
      const password = await post('/auth/sign-in/email', { email, password: 'guess' })
      answers.push([sent, guess, password].map(describeAnswer))
    }
    await people.close()
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(answers[0]).toMatchObject([
      { status: 200, body: { success: true } },
      { status: 401, body: { code: 'sign_in_refused' } },
      { status: 401, body: { code: 'sign_in_refused' } },
    ])
    expect(mails.map(({ to, template }) => [to, template])).toEqual([[jo.email, 'sign_in_code']])
  })

  it('and typing it in signs in', async () => {
    await openLink()
    await post('/auth/email-otp/send-verification-otp', { email: jo.email })
    await people.close()
    const answer = await post('/auth/sign-in/email-otp', { email: jo.email, otp: mails[0]?.data['code'] })
    expect(answer.json()).toEqual({ isSignedIn: true })
    expect(answer.body).not.toMatch(/token/)
  })

  it('is refused with 429 for a network address that asks too often', async () => {
    await open({ limits: { signInsPerMinutePerAddress: 2 } })
    const ask = (): Promise<LightMyRequestResponse> =>
      post('/auth/email-otp/send-verification-otp', { email: 'x@example.com' })
    const statuses = [await ask(), await ask(), await ask()].map(({ statusCode }) => statusCode)
    expect(statuses).toEqual([200, 200, 429])
  })

  it('says which setting is missing while the server has no secret key', async () => {
    await open({ secretKey: new Uint8Array() })
    const answer = await post('/auth/email-otp/send-verification-otp', { email: jo.email })
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'sign_in_not_configured'])
    expect(answer.json().detail).toMatch(/USANCE_SECRET_KEY/)
  })
})

describe('a link', () => {
  it.each([
    ['nobody gave out', 404, 'link_unknown', async (): Promise<string | null> => 'abc'],
    [
      'was used',
      410,
      'link_used',
      async (): Promise<string | null> => {
        const token = new URL(await people.createSignInLink(jo)).searchParams.get('token')
        await post('/auth/welcome', { token })
        return token
      },
    ],
  ] as const)('that %s is answered %i %s', async (_what, status, code, makeToken) => {
    const answer = await post('/auth/welcome', { token: await makeToken() })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })
})

describe('what better-auth could do besides', () => {
  it.each([
    ['POST', '/auth/sign-up/email'],
    ['POST', '/auth/sign-in/social'],
    ['POST', '/auth/change-email'],
    ['POST', '/auth/delete-user'],
    ['POST', '/auth/update-user'],
    ['POST', '/auth/set-password'],
    ['POST', '/auth/request-password-reset'],
    ['POST', '/auth/email-otp/reset-password'],
    ['POST', '/auth/email-otp/verify-email'],
    ['POST', '/auth/update-session'],
    ['GET', '/auth/get-session'],
    ['GET', '/auth/list-sessions'],
    ['GET', '/auth/ok'],
    ['GET', '/auth/error'],
  ] as const)('is not reachable: %s %s', async (method, url) => {
    const cookie = cookieOf(await openLink())
    const answer = await api.request({ method, url, headers: { origin: PUBLIC_URL, cookie } })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'route_unknown'])
  })

  it('is not mixed in by more members than are documented', async () => {
    const answer = await post('/auth/sign-in/email-otp', {
      email: jo.email,
      otp: '000000',
      name: 'X',
      role: 'admin',
    })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'request_invalid'])
  })
})

describe('a page of another site', () => {
  it('signs nobody in or out and learns nothing', async () => {
    const cookie = cookieOf(await openLink())
    const foreign = { origin: 'https://evil.test', cookie }
    const attempts = [
      ['/auth/email-otp/send-verification-otp', { email: jo.email }],
      ['/auth/sign-in/email-otp', { email: jo.email, otp: '000000' }],
      ['/auth/sign-in/email', { email: jo.email, password: 'x' }],
      ['/auth/welcome', { token: 'abc' }],
      ['/auth/sign-out', {}],
    ] as const
    for (const [url, payload] of attempts) {
      const answer = await post(url, payload, foreign)
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, 403, 'origin_foreign'])
      expect(answer.headers['set-cookie']).toBe(undefined)
    }
    expect((await api.request({ url: '/v1/me', headers: { cookie } })).statusCode).toBe(200)
  })
})

describe('people, keys and settings over HTTP', () => {
  it('go the way from an invitation to a key with two scopes', async () => {
    const cookie = cookieOf(await openLink())
    const invited = await post(
      '/v1/people',
      { email: 'kim@example.com', name: 'Kim', role: 'operator' },
      { cookie },
    )
    expect([invited.statusCode, invited.json()]).toMatchObject([201, { state: 'invited', customerId: null }])
    expect(JSON.stringify(invited.json())).not.toMatch(/token|link/)

    const made = await post(
      '/v1/api-keys',
      { label: 'export', scopes: ['usage:read', 'devices:read'], expiresAt: '2099-01-01T00:00:00Z' },
      { cookie },
    )
    expect([made.statusCode, made.json()]).toMatchObject([
      201,
      { scopes: ['devices:read', 'usage:read'], expiresAt: '2099-01-01T00:00:00.000Z', lastUsedAt: null },
    ])
    const { key, id } = made.json<{ key: string; id: string }>()
    expect((await api.get('/v1/devices', key)).statusCode).toBe(200)
    expect((await api.get('/v1/customers', key)).json().code).toBe('access_denied')
    const listed = await api.request({ url: '/v1/api-keys', headers: { cookie } })
    expect(listed.json().items).toMatchObject([{ id, lastUsedAt: expect.any(String) }])
    expect(listed.body).not.toContain(key)
    await post(`/v1/api-keys/${id}/revoke`, undefined, { cookie })
    expect((await api.get('/v1/devices', key)).json().code).toBe('api_key_invalid')
  })

  it('describe the manufacturer and what is missing to a first bill', async () => {
    const cookie = cookieOf(await openLink())
    const headers = { cookie, origin: PUBLIC_URL }
    const read = await api.request({ url: '/v1/manufacturer', headers })
    const changed = await api.request({
      method: 'PATCH',
      url: '/v1/manufacturer',
      headers: { ...headers, 'if-match': String(read.headers.etag) },
      payload: { timeZone: 'Europe/Berlin', languages: ['de'] },
    })
    expect(changed.json()).toMatchObject({ timeZone: 'Europe/Berlin', seller: null, stripe: { mode: null } })
    const wrong = await api.request({
      method: 'PATCH',
      url: '/v1/manufacturer',
      headers,
      payload: { stripe: { isConnected: true } },
    })
    expect(wrong.json().code).toBe('request_invalid')
  })
})

/** All but the request's id, the clock and the count of requests from the address. */
function describeAnswer(answer: LightMyRequestResponse): object {
  const passing = ['x-request-id', 'date', 'x-ratelimit-remaining', 'x-ratelimit-reset']
  const headers = Object.entries(answer.headers).filter(([name]) => !passing.includes(name))
  const { instance: _instance, ...body } = answer.json<{ instance?: string }>()
  return { status: answer.statusCode, headers, body }
}
