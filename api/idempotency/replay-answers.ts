/**
 * `Idempotency-Key` on the POST routes of `/v1`: the same call under the same key is carried out once and answered the
 * same, with the header `idempotency-replayed: true`.
 *
 * What is the same is decided by method, address, body and the caller's tenant. Only routes that declare `keepsAnswer`
 * have their answer stored: the answers of the others may hold a secret that is shown once, and sending such a call again
 * is refused with a sentence instead of making a second secret.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { canonicalJson } from '../../core/index.ts'
import { accessOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'

const KEY = 'idempotencyKey'
const keyPattern = /^[\x21-\x7e]{1,200}$/

export function replayAnswers(routes: FastifyInstance, keys: IdempotencyKeys): void {
  routes.decorateRequest(KEY, null)

  routes.addHook('preHandler', async (request, reply) => {
    const key = readKey(request)
    if (key === undefined || request.method !== 'POST') return undefined
    const taken = await keys.take(accessOf(request).actor.id, key, hashRequest(request))
    if (taken === 'taken') {
      request.setDecorator<string | null>(KEY, key)
      return undefined
    }
    if (taken === 'reused') {
      throw apiErrors.idempotency_key_reused('Use a new key: this one was sent with another request.')
    }
    if (taken === 'in_use') {
      throw apiErrors.idempotency_key_in_use(
        'Wait for the answer to the first request with this key; if the server was restarted meanwhile, look whether it was carried out and use a new key.',
      )
    }
    if (taken.answer === undefined) {
      throw apiErrors.idempotency_answer_not_kept(
        'The request was carried out, and its answer is not kept because it may hold a secret; look at what it made, and make another if you need one.',
      )
    }
    reply.code(taken.status).header('idempotency-replayed', 'true')
    if (taken.location !== undefined) reply.header('location', taken.location)
    return reply.type('application/json; charset=utf-8').send(taken.answer)
  })

  routes.addHook('onSend', async (request, reply, payload) => {
    const key = request.getDecorator<string | null>(KEY)
    if (key === null) return
    request.setDecorator<string | null>(KEY, null)
    const { id } = accessOf(request).actor
    if (reply.statusCode >= 400) {
      await keys.giveBack(id, key)
      return
    }
    const location = reply.getHeader('location')
    const isKept = request.routeOptions.config.keepsAnswer === true && typeof payload === 'string'
    await keys.keep(id, key, {
      status: reply.statusCode,
      answer: isKept ? payload : undefined,
      location: typeof location === 'string' ? location : undefined,
    })
  })
}

/** @throws AppError `request_invalid` for a key that is none */
function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && keyPattern.test(key)) return key
  const detail = 'Send 1 to 200 visible ASCII characters.'
  throw apiErrors.request_invalid('Correct the header fields as "errors" says.', {
    issues: [{ detail, pointer: '/idempotency-key' }],
  })
}

function hashRequest(request: FastifyRequest): string {
  const { manufacturerId, customerId } = accessOf(request)
  const { method, url, body } = request
  const content = Buffer.isBuffer(body) ? body.toString('base64') : (body ?? null)
  const document = {
    method,
    url,
    content,
    manufacturerId: manufacturerId ?? null,
    customerId: customerId ?? null,
  }
  return createHash('sha256').update(canonicalJson(document)).digest('hex')
}
