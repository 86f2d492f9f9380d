/**
 * From a request to its answer, in Stripe's order: who asks, rate limit, API version, which endpoint, idempotency key,
 * parameters, work. Transport (sockets, headers, resets) is `start-stripe-sandbox.ts`'s.
 */
import { hang, type Fault } from './faults.ts'
import { decodeForm } from './form-decoding.ts'
import { fingerprintOf, type Idempotency } from './idempotency.ts'
import { API_VERSION, type Operation, type SandboxContext } from './operation.ts'
import { findOperation, getOperation } from './operations.ts'
import type { RateLimiter, RateLimits } from './rate-limits.ts'
import type { Mutation } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

export type ApiRequest = {
  readonly method: string
  readonly path: string
  /** The form: the body of a POST, the query of anything else. */
  readonly encodedForm: string
  readonly authorization: string | undefined
  readonly stripeVersion: string | undefined
  readonly idempotencyKey: string | undefined
}

export type Answer = {
  readonly status: number
  readonly body: string
  readonly isReplay?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

type Parts = {
  readonly context: SandboxContext
  readonly idempotency: Idempotency
  readonly apiKey: string
  readonly limiter: RateLimiter
  readonly limits: RateLimits | undefined
  readonly onMutation: (mutation: Mutation) => void
}

/** Never rejects on a bad request: that is an answer too. */
export async function answerRequest(
  parts: Parts,
  request: ApiRequest,
  fault: Fault | undefined,
): Promise<Answer> {
  try {
    assertAuthorized(request.authorization, parts.apiKey)
    const refused = refuseByRate(parts, request) ?? refuseByFault(fault)
    if (refused !== undefined) return refused
    if (request.stripeVersion !== API_VERSION) {
      throw invalidRequest(`This stand-in speaks API version ${API_VERSION}; send it as Stripe-Version.`)
    }
    if (fault?.kind === 'error_before') return internalError()
    return await carryOut(parts, request, fault)
  } catch (error) {
    if (error instanceof StripeFailure) return failureAnswer(error)
    throw error
  }
}

function refuseByRate({ limiter, limits }: Parts, { method, path }: ApiRequest): Answer | undefined {
  const reason = limiter.admit(findOperation(method, path)?.operation.name ?? 'unknown')
  if (reason === undefined) return undefined
  return tooManyRequests('rate_limit', limits?.shouldRetry, { 'stripe-rate-limited-reason': reason })
}

function refuseByFault(fault: Fault | undefined): Answer | undefined {
  if (fault?.kind !== 'rate_limit' && fault?.kind !== 'lock_timeout') return undefined
  return tooManyRequests(fault.kind, fault.shouldRetry)
}

function tooManyRequests(
  code: 'rate_limit' | 'lock_timeout',
  shouldRetry: boolean | undefined,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const message =
    code === 'rate_limit'
      ? 'Too many requests.'
      : 'This object cannot be accessed right now because another request is using it.'
  const error = { type: 'invalid_request_error', code, message }
  return {
    status: 429,
    body: JSON.stringify({ error }),
    headers: shouldRetry === true ? { ...headers, 'stripe-should-retry': 'true' } : headers,
  }
}

async function carryOut(parts: Parts, request: ApiRequest, fault: Fault | undefined): Promise<Answer> {
  const { operation, id, subId } = getOperation(request.method, request.path)
  const key = request.method === 'POST' ? request.idempotencyKey : undefined
  const fingerprint = fingerprintOf(request.method, request.path, request.encodedForm)
  if (key !== undefined) {
    const kept = parts.idempotency.take(key, fingerprint)
    if (kept !== undefined) return { status: kept.status, body: kept.body, isReplay: true }
  }
  try {
    if (fault?.kind === 'hold') await fault.until
    if (fault?.kind === 'hang_before') await hang(fault.answersAfterMs ?? 0)
    const work = operation.prepare(parts.context, decodeForm(request.encodedForm), id, subId)
    const answer = fault?.kind === 'error_stored' ? internalError() : perform(parts, operation, work, request)
    const shown = fault?.kind === 'error_after' ? internalError() : answer
    if (key !== undefined) parts.idempotency.keep(key, fingerprint, shown.status, shown.body)
    return shown
  } finally {
    if (key !== undefined) parts.idempotency.release(key)
  }
}

function perform(
  { onMutation }: Parts,
  operation: Operation,
  work: () => object,
  { path, idempotencyKey }: ApiRequest,
): Answer {
  try {
    const answer = work()
    const objectId = 'id' in answer && typeof answer.id === 'string' ? answer.id : undefined
    if (operation.method !== 'GET') onMutation({ operation: operation.name, path, idempotencyKey, objectId })
    return { status: 200, body: JSON.stringify(answer) }
  } catch (error) {
    if (error instanceof StripeFailure) return failureAnswer(error)
    throw error
  }
}

function assertAuthorized(authorization: string | undefined, apiKey: string): void {
  if (authorization === `Bearer ${apiKey}`) return
  throw new StripeFailure(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' })
}

export function internalError(): Answer {
  const body = { type: 'api_error', message: 'An unknown error occurred.' }
  return { status: 500, body: JSON.stringify({ error: body }) }
}

function failureAnswer(failure: StripeFailure): Answer {
  return { status: failure.status, body: JSON.stringify({ error: failure.body }) }
}
