/**
 * Who is calling, and whether they may (I12): the one place where a request gets its `Access`.
 *
 * Three hooks in this order. The first looks the caller up, so that requests of known callers are counted per
 * manufacturer and everybody else's per address; then comes the rate limit; the last refuses, before the body is read,
 * who is nobody, lacks the route's right or belongs to another kind of tenant. A route of `/v1` that does not say
 * which right it needs cannot be registered.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { assertInvariant, type ManufacturerId, type Tenant } from '../core/index.ts'
import { rightsOfRole, type Access, type Right } from '../people/index.ts'
import type { ApiBilling, ApiPeople } from './api-options.ts'
import { apiErrors } from './errors.ts'

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be extended
  interface FastifyContextConfig {
    /** What a caller needs; `signed_in` is anybody who is known. Required for every route of `/v1`. */
    readonly right?: Right | 'signed_in'
    /** Whose people may call: a manufacturer's (unless another is given), a customer's too, or the installation's. */
    readonly tenants?: 'manufacturer' | 'customer_too' | 'installation' | 'any'
    /** The answer holds no secret and is stored under the caller's `Idempotency-Key`. */
    readonly keepsAnswer?: true
    /** What `If-Match` is compared with: the thing as GET shows it. The route then asks for `If-Match`. */
    readonly currentOf?: (request: FastifyRequest) => Promise<unknown>
  }
}

const ACCESS = 'access'
const MAX_KEY_LENGTH = 200

/** Once, on the root instance. */
export function decorateAccess(app: FastifyInstance): void {
  app.decorateRequest(ACCESS, null)
}

/** Guards every route that is registered on `routes` after it. */
export function requireAccess(routes: FastifyInstance, people: ApiPeople): void {
  routes.addHook('onRoute', ({ config, method, url }) => {
    assertInvariant(config?.right !== undefined, `${String(method)} ${url} says which right it needs.`)
  })
  routes.addHook('onRequest', async (request) => {
    const key = readBearerKey(request)
    const access = key === undefined ? undefined : await people.authenticateApiKey(key)
    request.setDecorator<Access | null>(ACCESS, access ?? null)
  })
  routes.addHook('preParsing', async (request) => {
    const access = findAccess(request)
    if (access === null) {
      if (request.headers.authorization === undefined) {
        throw apiErrors.api_key_missing('Send an API key as "Authorization: Bearer <key>".')
      }
      throw apiErrors.api_key_invalid(
        'Send a key that exists and was not revoked as "Authorization: Bearer <key>".',
      )
    }
    assertMay(access, request)
  })
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
  return request.getDecorator<Access | null>(ACCESS)
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

/** Whether the key of an earlier request still lets its holder do the same. */
export async function isStillAllowed(people: ApiPeople, request: FastifyRequest): Promise<boolean> {
  const before = accessOf(request)
  const key = readBearerKey(request)
  const now = key === undefined ? undefined : await people.authenticateApiKey(key)
  const { right } = request.routeOptions.config
  return (
    now !== undefined &&
    now.manufacturerId === before.manufacturerId &&
    now.customerId === before.customerId &&
    (right === undefined || right === 'signed_in' || now.rights.has(right))
  )
}

/** The keys of billing, each of which may do everything for its manufacturer. */
export function peopleOfKeys(billing: Pick<ApiBilling, 'authenticateApiKey'>): ApiPeople {
  return {
    async authenticateApiKey(key) {
      const found = await billing.authenticateApiKey(key)
      if (found === undefined) return undefined
      return {
        actor: { kind: 'api_key', id: found.id, name: found.label },
        manufacturerId: found.manufacturerId,
        customerId: undefined,
        rights: rightsOfRole.manufacturer_admin,
      }
    },
  }
}

function readBearerKey(request: FastifyRequest): string | undefined {
  const key = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && key.length <= MAX_KEY_LENGTH ? key : undefined
}
