/**
 * `Idempotency-Key` on the POST routes of `/v1`: the same call under the same key is carried out once and answered the
 * same, with the header `idempotency-replayed: true`.
 *
 * What is the same is decided by method, address, body and the caller's tenant. Only routes that declare `keepsAnswer`
 * have their answer stored: the answers of the others may hold a secret that is shown once, and sending such a call again
 * is refused with a sentence instead of making a second secret.
 *
 * The same routes are repeatable: a call whose answer was lost with the server runs again. Each of them either calls a verb
 * that changes nothing the second time, or makes its thing through `makeOnce`.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { canonicalJson } from '../../core/index.ts'
import { accessOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import type { OnMade } from '../../billing/index.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'

const CALL = 'idempotentCall'
type Call = { readonly key: string; readonly madeId: string | undefined; readonly onMade: OnMade }

const keyPattern = /^[\x21-\x7e]{1,200}$/

export function replayAnswers(routes: FastifyInstance, keys: IdempotencyKeys): void {
  routes.decorateRequest(CALL, null)

  routes.addHook('preHandler', async (request, reply) => {
    const key = readKey(request)
    if (key === undefined || request.method !== 'POST') return undefined
    const { id } = accessOf(request).actor
    const taken = await keys.take(id, key, {
      requestHash: hashRequest(request),
      isRepeatable: request.routeOptions.config.keepsAnswer === true,
    })
    if (taken.kind === 'taken') {
      const onMade: OnMade = (transaction, madeId) => keys.noteMade(transaction, id, key, madeId)
      request.setDecorator<Call | null>(CALL, { key, madeId: taken.madeId, onMade })
      if (taken.madeId !== undefined) reply.header('idempotency-replayed', 'true')
      return undefined
    }
    if (taken.kind === 'reused') {
      throw apiErrors.idempotency_key_reused('Use a new key: this one was sent with another request.')
    }
    if (taken.kind === 'in_use') {
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
    const call = request.getDecorator<Call | null>(CALL)
    if (call === null) return
    request.setDecorator<Call | null>(CALL, null)
    const { key } = call
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

/**
 * Makes a thing of the ledger, or finds what this very call made before its answer was lost.
 * @param make calls the verb of `billing.by(actor, onMade)`
 */
export async function makeOnce<Thing>(
  request: FastifyRequest,
  make: (onMade: OnMade | undefined) => Promise<Thing>,
  find: (madeId: string) => Promise<Thing>,
): Promise<Thing> {
  const call = request.getDecorator<Call | null>(CALL)
  return call?.madeId === undefined ? await make(call?.onMade) : await find(call.madeId)
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
