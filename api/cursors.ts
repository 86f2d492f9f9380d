/**
 * Cursors belong to the question that they answer: the address, its filter and order, and whose data it is. `nextAfter` of
 * every answer below `/v1` leaves with the hash of its question, and `after` is refused where that is another one: it would
 * begin somewhere in another list. Only `limit` may change from page to page. No route does anything for it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { coreErrors } from '../core/index.ts'
import { versionOf } from '../db/index.ts'
import { findAccess } from './authenticate.ts'

const HASH_LENGTH = 22

export function bindCursors(routes: FastifyInstance): void {
  routes.addHook('preValidation', async (request) => {
    const query = queryOf(request)
    const { after } = query
    if (typeof after !== 'string' || after === '') return
    if (after.slice(0, HASH_LENGTH) !== hashQuestion(request)) {
      const detail =
        'Use "nextAfter" of the page before unchanged and with the same filter and order, or leave "after" out to begin again.'
      throw coreErrors.cursor_invalid(detail, { issues: [{ detail, pointer: '/after' }] })
    }
    query['after'] = Buffer.from(after.slice(HASH_LENGTH), 'base64url').toString()
  })

  routes.addHook('preSerialization', async (request, _reply, answer) => {
    if (typeof answer !== 'object' || answer === null || !('nextAfter' in answer)) return answer
    const { nextAfter } = answer
    if (typeof nextAfter !== 'string') return answer
    return { ...answer, nextAfter: `${hashQuestion(request)}${Buffer.from(nextAfter).toString('base64url')}` }
  })
}

function hashQuestion(request: FastifyRequest): string {
  const { after: _after, limit: _limit, ...question } = queryOf(request)
  const access = findAccess(request)
  return versionOf({
    path: request.url.split('?', 1)[0],
    question: Object.fromEntries(Object.entries(question).map(([name, value]) => [name, String(value)])),
    manufacturerId: access?.manufacturerId ?? null,
    customerId: access?.customerId ?? null,
  })
}

function queryOf(request: FastifyRequest): Record<string, unknown> {
  return request.query as Record<string, unknown>
}
