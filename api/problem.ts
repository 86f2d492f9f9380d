/**
 * Turns every failure into one shape, RFC 9457 problem details. The only file that knows which status an error has.
 *
 * `type` is the public address of the code's page; `instance` is the request's id, the same as in the log and in the
 * header `x-request-id`. Fastify's own errors go through here too, so that no second error shape exists. An error
 * without a declaration answers 500 with nothing but its request id: what went wrong is in the log, not on the wire.
 */
import type { FastifyError } from 'fastify'

import { AppError, InvariantError, type coreErrors, type ErrorKind, type InputIssue } from '../core/index.ts'
import type { peopleErrors } from '../people/index.ts'
import { apiErrors, internalError } from './errors.ts'
import { toInputIssues } from './input-issues.ts'

export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly instance: string
  readonly code: string
  readonly errors?: readonly InputIssue[]
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  validation: 422,
  not_found: 404,
  conflict: 409,
  precondition: 412,
  unauthenticated: 401,
  forbidden: 403,
  rate_limited: 429,
  dependency: 503,
}

/** Codes for which HTTP has a status of its own. */
const statusOfCode: Readonly<Record<string, number>> = {
  request_malformed: 400,
  request_invalid: 400,
  body_not_json: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  url_too_long: 414,
  headers_too_large: 431,
  request_timeout: 408,
  method_not_allowed: 405,
  etag_missing: 428,
  cursor_invalid: 400,
  link_expired: 410,
  link_used: 410,
} satisfies Partial<
  Record<
    | keyof typeof apiErrors.declarations
    | keyof typeof peopleErrors.declarations
    | keyof typeof coreErrors.declarations,
    number
  >
>

export function statusOf(code: string, kind: ErrorKind): number {
  return statusOfCode[code] ?? statusOfKind[kind]
}

export function toProblem(error: unknown, publicUrl: string, requestId: string): Problem {
  const declared = toAppError(error)
  if (declared === undefined) {
    return {
      type: problemUrl(publicUrl, internalError.code),
      title: internalError.title,
      status: 500,
      instance: requestId,
      code: internalError.code,
    }
  }
  return {
    type: problemUrl(publicUrl, declared.code),
    title: declared.title,
    status: statusOf(declared.code, declared.kind),
    detail: declared.message,
    instance: requestId,
    code: declared.code,
    ...(declared.issues.length > 0 && { errors: declared.issues }),
  }
}

/** A request of nobody who is known is told the scheme to use (RFC 6750 §3). */
export function problemHeaders(problem: Problem): Readonly<Record<string, string>> {
  switch (problem.code) {
    case 'api_key_missing':
    case 'session_expired':
    case 'sign_in_refused':
      return { 'www-authenticate': 'Bearer realm="usance"' }
    case 'api_key_invalid':
      return { 'www-authenticate': 'Bearer realm="usance", error="invalid_token"' }
    default:
      return {}
  }
}

function problemUrl(publicUrl: string, code: string): string {
  return `${publicUrl}/problems/${code}`
}

/** How loud a failure is: an invariant is fatal, our own faults are errors, what callers do is information. */
export function problemLogLevel(error: unknown, status: number): 'fatal' | 'error' | 'warn' | 'info' {
  if (error instanceof InvariantError) return 'fatal'
  if (status === 500) return 'error'
  return status > 500 ? 'warn' : 'info'
}

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error
  return isFastifyError(error) ? fromFastifyError(error) : undefined
}

function isFastifyError(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('FST_')
  )
}

function fromFastifyError(error: FastifyError): AppError | undefined {
  const cause = { cause: error }
  if (error.validation !== undefined) {
    const where = placeNames[error.validationContext ?? 'body'] ?? 'body'
    const issues = toInputIssues(error.validation)
    return apiErrors.request_invalid(`Correct the ${where} as "errors" says.`, { ...cause, issues })
  }
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT') {
    return apiErrors.answer_timeout('Ask for less at once, or try again in a minute.', cause)
  }
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return apiErrors.body_not_json('Send one JSON document in UTF-8 as the body.', cause)
  }
  switch (error.statusCode) {
    case 400:
      return apiErrors.request_malformed('Send a well-formed URL and header fields.', cause)
    case 413:
      return apiErrors.body_too_large('Send a smaller body, or several requests.', cause)
    case 414:
      return apiErrors.url_too_long('Shorten the URL.', cause)
    case 415:
      return apiErrors.media_type_unsupported('Send the body with "content-type: application/json".', cause)
    default:
      return undefined
  }
}

const placeNames: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header fields',
}
