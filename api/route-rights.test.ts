/** Every route of /v1 as it is registered × every role: who gets through is what `people/rights.ts` and the route say. */
import { beforeAll, describe, expect, it } from 'vitest'

import { rights, rightsOfRole, roles, type Right, type Role } from '../people/index.ts'
import { createApiHarness, OWN_KEY, PUBLIC_URL, type ApiHarness } from './testing/api-harness.ts'

type Route = {
  readonly method: string
  readonly url: string
  readonly right: Right | 'signed_in'
  readonly tenants: string
}

type Paths = Readonly<
  Record<string, Readonly<Record<string, { readonly 'x-right': Right; readonly 'x-tenants': string }>>>
>

/** Which kinds of role each word of a route lets in. */
const kindsOfTenants: Readonly<Record<string, readonly (keyof typeof roles)[]>> = {
  manufacturer: ['manufacturer'],
  customer_too: ['manufacturer', 'customer'],
  installation: ['installation'],
  any: ['installation', 'manufacturer', 'customer'],
}

const kinds = Object.keys(roles) as (keyof typeof roles)[]
const everyRole = kinds.flatMap((kind) => roles[kind].map((role: Role) => ({ kind, role })))

let api: ApiHarness
let routes: readonly Route[]
beforeAll(async () => {
  api = await createApiHarness({ limits: { requestsPerMinutePerManufacturer: 1_000_000 } })
  const { paths } = (await api.request({ url: '/openapi.json' })).json<{ paths: Paths }>()
  routes = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        method,
        url: path.replaceAll(/\{\w+\}/g, 'x_1'),
        right: operation['x-right'],
        tenants: operation['x-tenants'],
      })),
    )
})

/** Whether the caller got past the guard; what the handler made of an empty request is not asked. */
async function isLetIn({ method, url }: Route, headers: Record<string, string>): Promise<boolean> {
  const answer = await api.request({
    method,
    url,
    headers: { origin: PUBLIC_URL, ...headers },
  })
  expect([401, 429]).not.toContain(answer.statusCode)
  return !(answer.statusCode === 403 && answer.json<{ code: string }>().code === 'access_denied')
}

describe('every route of /v1', () => {
  it('says a right that exists, and whose people it is for', () => {
    expect(routes.length).toBeGreaterThanOrEqual(45)
    expect(routes.filter(({ right }) => right !== 'signed_in' && !rights.includes(right))).toEqual([])
    expect(routes.filter(({ tenants }) => !(tenants in kindsOfTenants))).toEqual([])
  })

  it.each(everyRole)('lets in $role exactly as its right and its tenants say', async ({ kind, role }) => {
    const wrong = []
    for (const route of routes) {
      const { right, tenants } = route
      const may =
        (kindsOfTenants[tenants] ?? []).includes(kind) &&
        (right === 'signed_in' || rightsOfRole[role].has(right))
      const isIn = await isLetIn(route, { cookie: `as=${role}` })
      if (isIn !== may) wrong.push({ ...route, isIn })
    }
    expect(wrong).toEqual([])
  })

  it('lets in an API key with all rights unless it is for the installation', async () => {
    const shut = []
    for (const route of routes) {
      if (!(await isLetIn(route, { authorization: `Bearer ${OWN_KEY}` }))) shut.push(route.tenants)
    }
    expect(new Set(shut)).toEqual(new Set(['installation']))
  })

  it('lets in nobody to change what he may only read', () => {
    const changing = routes.filter(({ method, right }) => method !== 'get' && right.endsWith(':read'))
    // Asking for metrics or for a bill that would be sends a document and changes nothing.
    expect(changing.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      'post /v1/previews',
      'post /v1/usage/metrics',
    ])
  })
})

describe('a request with a cookie', () => {
  const change = { method: 'POST', url: '/v1/claims', payload: {} } as const
  const cookie = 'as=manufacturer_admin'

  it.each([
    ['without any origin', {}],
    ['of another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['of a sister site', { origin: 'https://other.usance.test', 'sec-fetch-site': 'same-site' }],
    ['of another scheme', { origin: 'http://usance.test' }],
    ['of another port', { origin: 'https://usance.test:8443' }],
    ['of an opaque origin', { origin: 'null' }],
  ])('that changes something is refused %s', async (_what, headers) => {
    const answer = await api.request({ ...change, headers: { cookie, ...headers } })
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'origin_foreign'])
  })

  it.each([
    ['the public address', { origin: PUBLIC_URL }],
    ['the address that it was sent to', { origin: 'http://192.168.1.5:8080', host: '192.168.1.5:8080' }],
    [
      'what the browser calls the same origin',
      { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' },
    ],
  ])('that changes something is taken from %s', async (_what, headers) => {
    const answer = await api.request({ ...change, headers: { cookie, ...headers } })
    expect(answer.json().code).toBe('request_invalid')
  })

  it('that only reads needs no origin', async () => {
    const answer = await api.request({ url: '/v1/devices', headers: { cookie } })
    expect(answer.statusCode).toBe(200)
  })

  it('counts for nothing beside an API key, not even a wrong one', async () => {
    const withKey = await api.request({ ...change, key: OWN_KEY, headers: { cookie: 'as=ended' } })
    expect(withKey.json().code).toBe('request_invalid')
    const withWrongKey = await api.request({ url: '/v1/devices', key: 'usk_no', headers: { cookie } })
    expect([withWrongKey.statusCode, withWrongKey.json().code]).toEqual([401, 'api_key_invalid'])
  })

  it('whose session has ended is told so, with both ways to go on', async () => {
    const answer = await api.request({ url: '/v1/devices', headers: { cookie: 'as=ended' } })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      401,
      { code: 'session_expired', detail: expect.stringMatching(/Sign in again, or send an API key/) },
    ])
  })
})
