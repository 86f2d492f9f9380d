/**
 * Who is calling, and whether they may (I12): the one place where a request gets its `Access`.
 *
 * An API key speaks for a program, a session's cookie for a person; where both are sent the key counts. A browser sends cookies
 * along whoever asks, so whatever changes something with a cookie must come from one of our own pages.
 *
 * Three hooks in this order. The first looks the caller up, so that requests of known callers are counted per
 * manufacturer and everybody else's per address; then comes the rate limit; the last refuses, before the body is read,
 * who is nobody, lacks the route's right or belongs to another kind of tenant. A route of `/v1` that does not say
 * which right it needs cannot be registered.
 */
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'

import { assertInvariant, type ManufacturerId, type Tenant } from '../core/index.ts'
import { peopleErrors, type Access, type Right } from '../people/index.ts'
import type { ApiPeople } from './api-options.ts'
import { apiErrors } from './errors.ts'
import { isSameOrigin } from './same-origin.ts'

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be extended
  interface FastifyContextConfig {
    /** What a caller needs; `signed_in` is anybody who is known. Required for every route of `/v1`. */
    readonly right?: Right | 'signed_in'
    /** Whose people may call: a manufacturer's (unless another is given), a customer's too, or the installation's. */
    readonly tenants?: 'manufacturer' | 'customer_too' | 'installation' | 'any'
    /**
     * The answer holds no secret and is stored under the caller's `Idempotency-Key`; running the call again after a crash makes
     * nothing twice: its verb changes nothing the second time, or it uses `makeOnce`.
     */
    readonly keepsAnswer?: true
  }
}

const ACCESS = 'access'
const MAX_KEY_LENGTH = 200
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Once, on the root instance. */
export function decorateAccess(app: FastifyInstance): void {
  app.decorateRequest(ACCESS, null)
}

type Authenticators = Pick<ApiPeople, 'authenticateApiKey' | 'authenticateSession'>

/** Guards every route that is registered on `routes` after it. */
export function requireAccess(routes: FastifyInstance, people: Authenticators, publicUrl: string): void {
  routes.addHook('onRoute', ({ config, method, url }) => {
    assertInvariant(config?.right !== undefined, `${String(method)} ${url} says which right it needs.`)
  })
  routes.addHook('onRequest', async (request) => {
    request.setDecorator<Access | Nobody>(ACCESS, await authenticate(people, request))
  })
  routes.addHook('preParsing', async (request) => {
    const access = request.getDecorator<Access | Nobody>(ACCESS)
    if (typeof access === 'string' || access === null) throw refusals[access ?? 'none']()
    if (access.session !== undefined && !safeMethods.has(request.method)) {
      assertSameOrigin(request, publicUrl)
    }
    assertMay(access, request)
  })
}

/** Null before anybody asked; a word says what was tried in vain. */
type Nobody = 'none' | 'key_invalid' | 'session_ended' | null

async function authenticate(people: Authenticators, request: FastifyRequest): Promise<Access | Nobody> {
  if (request.headers.authorization !== undefined) {
    const key = readBearerKey(request)
    return (key === undefined ? undefined : await people.authenticateApiKey(key)) ?? 'key_invalid'
  }
  const access = await people.authenticateSession(request.headers.cookie)
  return access === 'ended' ? 'session_ended' : access
}

const refusals = {
  none: () => apiErrors.api_key_missing('Sign in, or send an API key as "Authorization: Bearer <key>".'),
  key_invalid: () =>
    apiErrors.api_key_invalid(
      'Send a key that exists, has not expired and was not revoked as "Authorization: Bearer <key>".',
    ),
  session_ended: () =>
    peopleErrors.session_expired('Sign in again, or send an API key as "Authorization: Bearer <key>".'),
} as const

/** @throws AppError `origin_foreign` unless one of our own pages asks */
function assertSameOrigin(request: FastifyRequest, publicUrl: string): void {
  if (isSameOrigin(request, publicUrl)) return
  throw peopleErrors.origin_foreign(
    'Send this from a page of this server, or use an API key; if it was, set USANCE_PUBLIC_URL to the address in the browser.',
  )
}

/** What the OpenAPI document says of it. */
export function describeAccess({ right, tenants = 'manufacturer' }: FastifyContextConfig = {}) {
  return { 'x-right': right, 'x-tenants': tenants }
}

function assertMay(access: Access, request: FastifyRequest): void {
  const { right, tenants = 'manufacturer' } = request.routeOptions.config
  if (right === undefined || right === 'signed_in' || access.rights.has(right)) {
    if (tenants === 'any' || isAmong(access, tenants)) return
  }
  throw apiErrors.access_denied(
    right === undefined || right === 'signed_in' || access.rights.has(right)
      ? 'Ask somebody of the manufacturer: this address is not for your kind of account.'
      : `Ask an administrator for the right "${right}", or use a key that has it.`,
  )
}

function isAmong(access: Access, tenants: 'manufacturer' | 'customer_too' | 'installation'): boolean {
  const isOfInstallation = access.manufacturerId === undefined
  if (tenants === 'installation') return isOfInstallation
  if (isOfInstallation) return false
  return tenants === 'customer_too' || access.customerId === undefined
}

export function findAccess(request: FastifyRequest): Access | null {
  const access = request.getDecorator<Access | Nobody>(ACCESS)
  return typeof access === 'string' ? null : access
}

/** Of a request that `requireAccess` let through. */
export function accessOf(request: FastifyRequest): Access {
  const access = findAccess(request)
  assertInvariant(access !== null, 'A route that asks who is calling is behind requireAccess.')
  return access
}

/** The whole manufacturer of a request that only a manufacturer's people may make. */
export function manufacturerOf(request: FastifyRequest): ManufacturerId {
  const { manufacturerId, customerId } = accessOf(request)
  assertInvariant(
    manufacturerId !== undefined && customerId === undefined,
    'A route that asks for the whole manufacturer is not for customers.',
  )
  return manufacturerId
}

/** Whose data a request may see, for routes that customers may call too. */
export function tenantOf(request: FastifyRequest): Tenant {
  const { manufacturerId, customerId } = accessOf(request)
  assertInvariant(
    manufacturerId !== undefined,
    'A route that asks for the tenant is not for the installation.',
  )
  return customerId === undefined ? manufacturerId : { manufacturerId, customerId }
}

/** Whether whoever made an earlier request may still do the same. */
export async function isStillAllowed(people: Authenticators, request: FastifyRequest): Promise<boolean> {
  const before = accessOf(request)
  const now = await authenticate(people, request)
  return (
    now !== null &&
    typeof now !== 'string' &&
    now.manufacturerId === before.manufacturerId &&
    now.customerId === before.customerId &&
    [...before.rights].every((right) => now.rights.has(right))
  )
}

function readBearerKey(request: FastifyRequest): string | undefined {
  const key = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && key.length <= MAX_KEY_LENGTH ? key : undefined
}
