/**
 * Strong ETags of single things: the hash of what is shown. `If-None-Match` spares a reader what it has; `If-Match` keeps a
 * writer from overwriting a change that it has not seen. A route that changes a thing declares `currentOf`, which
 * reads it as GET shows it; it then needs `If-Match`.
 *
 * Two writers with the same tag at the same moment may both pass: the check comes before the change, not inside it.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { canonicalJson } from '../core/index.ts'
import { apiErrors } from './errors.ts'

export function tagAnswers(routes: FastifyInstance): void {
  routes.addHook('preHandler', async (request) => {
    const { currentOf } = request.routeOptions.config
    if (currentOf === undefined) return
    const wanted = request.headers['if-match']
    if (wanted === undefined) {
      throw apiErrors.etag_missing('Read it first and send its ETag as "If-Match".')
    }
    if (!matches(wanted, etagOf(await currentOf(request)))) {
      throw apiErrors.etag_stale('Read it again: it was changed since you read it.')
    }
  })

  routes.addHook('onSend', async (request, reply, payload) => {
    const isAnswer = reply.statusCode === 200 && typeof payload === 'string'
    if (!isAnswer || !isSingle(request)) return payload
    const etag = etagOf(JSON.parse(payload))
    reply.header('etag', etag)
    const known = request.headers['if-none-match']
    if (request.method !== 'GET' || known === undefined || !matches(known, etag)) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return null
  })
}

function isSingle({ routeOptions: { url = '', config } }: FastifyRequest): boolean {
  return config.currentOf !== undefined || url.endsWith('/:id')
}

function etagOf(shown: unknown): string {
  return `"${createHash('sha256').update(canonicalJson(shown)).digest('base64url').slice(0, 32)}"`
}

function matches(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || each === etag || each === `W/${etag}`)
}
