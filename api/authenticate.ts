/**
 * Who is calling: `Authorization: Bearer <API key>` to the manufacturer whose data the request may see (I12).
 *
 * Two hooks with the rate limit between them. The first only looks the key up, so that requests with a valid key are
 * counted per manufacturer and everybody else per address; the second refuses those without one, before the body
 * is read. Hashing and looking up keys is billing's.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { assertInvariant, type ManufacturerId } from '../core/index.ts'
import type { ApiBilling } from './api-options.ts'
import { apiErrors } from './errors.ts'

const CALLER = 'caller'
const MAX_KEY_LENGTH = 200

type Caller = { readonly manufacturerId: ManufacturerId }

/** Once, on the root instance. */
export function decorateCaller(app: FastifyInstance): void {
  app.decorateRequest(CALLER, null)
}

/** Guards every route that is registered on `routes` after it. */
export function requireApiKey(
  routes: FastifyInstance,
  billing: Pick<ApiBilling, 'authenticateApiKey'>,
): void {
  routes.addHook('onRequest', async (request) => {
    const key = readBearerKey(request)
    const caller = key === undefined ? undefined : await billing.authenticateApiKey(key)
    request.setDecorator<Caller | null>(CALLER, caller ?? null)
  })
  routes.addHook('preParsing', async (request) => {
    if (findCaller(request) !== null) return
    if (request.headers.authorization === undefined) {
      throw apiErrors.api_key_missing('Send an API key as "Authorization: Bearer <key>".')
    }
    throw apiErrors.api_key_invalid(
      'Send a key that exists and was not revoked as "Authorization: Bearer <key>".',
    )
  })
}

export function findCaller(request: FastifyRequest): Caller | null {
  return request.getDecorator<Caller | null>(CALLER)
}

/** The manufacturer of a request that `requireApiKey` let through. */
export function manufacturerOf(request: FastifyRequest): ManufacturerId {
  const caller = findCaller(request)
  assertInvariant(caller !== null, 'A route that asks for the manufacturer is behind requireApiKey.')
  return caller.manufacturerId
}

function readBearerKey(request: FastifyRequest): string | undefined {
  const key = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && key.length <= MAX_KEY_LENGTH ? key : undefined
}
