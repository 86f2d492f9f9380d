/**
 * Strong ETags of single things. `If-None-Match` spares a reader what it has; `If-Match` keeps a writer from overwriting a
 * change that it has not seen.
 *
 * The tag of what can be changed is `"<version>.<hash of what is shown>"`: a handler that shows or changes such a thing
 * calls `tagAs` with its version (`core/version.ts`), and one that changes it passes `expectedVersions` on to the verb, which
 * compares inside its transaction. So a device that reports every minute can still be changed by who read it an hour ago. What
 * cannot be changed has the hash of what is shown alone.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'

import type { ExpectedVersions } from '../core/index.ts'
import { versionOf } from '../db/index.ts'
import { apiErrors } from './errors.ts'

const VERSION = 'version'
/** Of a route that changes a thing, in the document. */
export const IF_MATCH_NEEDED =
  'Needs `If-Match` with the `ETag` of what was read: 428 without it, 412 if somebody changed it meanwhile.'

export function tagAnswers(routes: FastifyInstance): void {
  routes.decorateRequest(VERSION, null)

  routes.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
    const version = request.getDecorator<string | null>(VERSION)
    if (version === null && request.routeOptions.url?.endsWith('/:id') !== true) return payload
    const content = versionOf(JSON.parse(payload))
    const etag = version === null ? `"${content}"` : `"${version}.${content}"`
    reply.header('etag', etag)
    const known = request.headers['if-none-match']
    if (request.method !== 'GET' || known === undefined || !holds(known, etag)) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return null
  })
}

/** What is answered is of this version, which a change of it has to name. */
export function tagAs(request: FastifyRequest, version: string): void {
  request.setDecorator<string | null>(VERSION, version)
}

/** What the writer has seen. @throws AppError `etag_missing` */
export function expectedVersions(request: FastifyRequest): ExpectedVersions {
  const header = request.headers['if-match']
  if (header === undefined) throw apiErrors.etag_missing('Read it first and send its ETag as "If-Match".')
  const tags = tagsOf(header)
  return tags.includes('*') ? undefined : tags.map((tag) => tag.replace(/^"([^".]*).*$/, '$1'))
}

function holds(header: string, etag: string): boolean {
  const tags = tagsOf(header)
  return tags.includes('*') || tags.includes(etag)
}

/** Without the mark of a weak one: proxies that compress put it there. */
function tagsOf(header: string): string[] {
  return header.split(',').map((each) => each.trim().replace(/^W\//, ''))
}
