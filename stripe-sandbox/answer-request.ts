/**
 * From a request to its answer, in Stripe's order: who asks, rate limit, API version, which endpoint, idempotency key,
 * parameters, work. Transport (sockets, headers, resets) is `start-stripe-sandbox.ts`'s.
 */
import { canonicalJson } from '../core/index.ts'
import { hang, type Fault } from './faults.ts'
import { decodeForm, type FormTree } from './form-decoding.ts'
import { fingerprintOf, type Idempotency, type KeyedRequest } from './idempotency.ts'
import { API_VERSION, type Operation, type SandboxContext } from './operation.ts'
import { findOperation, getOperation } from './operations.ts'
import type { RateLimiter, RateLimits } from './rate-limits.ts'
import type { Mutation } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'
import { decodeJson, isV2, toV2Failure } from './v2-requests.ts'

export type ApiRequest = {
  readonly method: string
  readonly path: string
  /** The body of a POST, a form or in v2 JSON; the query of anything else. */
  readonly encoded: string
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
  readonly idempotency: { readonly v1: Idempotency; readonly v2: Idempotency }
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
    const refused = refuseByRate(parts, request) ?? refuseByFault(fault, request)
    if (refused !== undefined) return refused
    if (request.stripeVersion !== API_VERSION) {
      throw invalidRequest(`This stand-in speaks API version ${API_VERSION}; send it as Stripe-Version.`)
    }
    if (fault?.kind === 'error_before') return internalError()
    return await carryOut(parts, request, fault)
  } catch (error) {
    if (error instanceof StripeFailure) return failureAnswer(error, request)
    throw error
  }
}

function refuseByRate({ limiter, limits }: Parts, request: ApiRequest): Answer | undefined {
  const reason = limiter.admit(findOperation(request.method, request.path)?.operation.name ?? 'unknown')
  if (reason === undefined) return undefined
  return tooManyRequests(request, 'rate_limit', limits?.shouldRetry, { 'stripe-rate-limited-reason': reason })
}

function refuseByFault(fault: Fault | undefined, request: ApiRequest): Answer | undefined {
  if (fault?.kind !== 'rate_limit' && fault?.kind !== 'lock_timeout') return undefined
  return tooManyRequests(request, fault.kind, fault.shouldRetry)
}

function tooManyRequests(
  request: ApiRequest,
  code: 'rate_limit' | 'lock_timeout',
  shouldRetry: boolean | undefined,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const message =
    code === 'rate_limit'
      ? 'Too many requests.'
      : 'This object cannot be accessed right now because another request is using it.'
  const refusal = new StripeFailure(429, { type: 'invalid_request_error', code, message })
  return {
    ...failureAnswer(refusal, request),
    headers: shouldRetry === true ? { ...headers, 'stripe-should-retry': 'true' } : headers,
  }
}

async function carryOut(parts: Parts, request: ApiRequest, fault: Fault | undefined): Promise<Answer> {
  const { operation, id, subId } = getOperation(request.method, request.path)
  const idempotency = isV2(request) ? parts.idempotency.v2 : parts.idempotency.v1
  const form = decode(request)
  const keyed = keyedRequest(request, form)
  if (keyed !== undefined) {
    const kept = idempotency.take(keyed)
    if (kept !== undefined) return { status: kept.status, body: kept.body, isReplay: true }
  }
  try {
    if (fault?.kind === 'hold') await fault.until
    if (fault?.kind === 'hang_before') await hang(fault.answersAfterMs ?? 0)
    const work = operation.prepare(parts.context, form, id, subId)
    const answer = fault?.kind === 'error_stored' ? internalError() : perform(parts, operation, work, request)
    const shown = fault?.kind === 'error_after' ? internalError() : answer
    if (keyed !== undefined) idempotency.keep(keyed, answer, shown)
    return shown
  } finally {
    if (keyed !== undefined) idempotency.release(keyed)
  }
}

function decode(request: ApiRequest): FormTree {
  return isV2(request) ? decodeJson(request.encoded) : decodeForm(request.encoded)
}

/** Undefined where a key has no meaning, or is not given. */
function keyedRequest(request: ApiRequest, form: FormTree): KeyedRequest | undefined {
  const { method, path, encoded, idempotencyKey: key } = request
  if (key === undefined || method !== 'POST') return undefined
  const parameters = isV2(request) ? canonicalJson(form) : encoded
  return { key, path, fingerprint: fingerprintOf(method, path, parameters) }
}

function perform(
  { onMutation }: Parts,
  operation: Operation,
  work: () => object,
  request: ApiRequest,
): Answer {
  const { path, idempotencyKey } = request
  try {
    const answer = work()
    const objectId = 'id' in answer && typeof answer.id === 'string' ? answer.id : undefined
    if (operation.method !== 'GET') onMutation({ operation: operation.name, path, idempotencyKey, objectId })
    return { status: 200, body: JSON.stringify(answer) }
  } catch (error) {
    if (error instanceof StripeFailure) return failureAnswer(error, request)
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

function failureAnswer({ status, body }: StripeFailure, request: ApiRequest): Answer {
  return { status, body: JSON.stringify({ error: isV2(request) ? toV2Failure(body) : body }) }
}
