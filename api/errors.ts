/** The codes that the HTTP application itself gives; each has its section in `docs/problems.md`. */
import { declareErrors } from '../core/index.ts'

/** What the HTTP application itself refuses; `problem.ts` gives each its status. */
export const apiErrors = declareErrors({
  request_malformed: { kind: 'validation', title: 'The request cannot be read as HTTP' },
  request_invalid: { kind: 'validation', title: 'The request does not have the documented form' },
  body_not_json: { kind: 'validation', title: 'The body is not JSON' },
  body_too_large: { kind: 'validation', title: 'The body is larger than allowed' },
  media_type_unsupported: { kind: 'validation', title: 'The media type of the body is not supported' },
  url_too_long: { kind: 'validation', title: 'The URL is longer than allowed' },
  headers_too_large: { kind: 'validation', title: 'The header fields are larger than allowed' },
  request_timeout: { kind: 'validation', title: 'The request did not arrive in time' },
  route_unknown: { kind: 'not_found', title: 'No such address' },
  method_not_allowed: { kind: 'validation', title: 'The address does not take this method' },
  problem_unknown: { kind: 'not_found', title: 'No such problem' },
  api_key_missing: { kind: 'unauthenticated', title: 'An API key is needed' },
  api_key_invalid: { kind: 'unauthenticated', title: 'The API key is not valid' },
  access_denied: { kind: 'forbidden', title: 'You may not do this' },
  too_many_requests: { kind: 'rate_limited', title: 'Too many requests' },
  usage_query_invalid: { kind: 'validation', title: 'The usage cannot be cut as asked' },
  usage_steps_too_many: { kind: 'validation', title: 'The usage has too many steps' },
  import_header_invalid: { kind: 'validation', title: 'The list has no header that can be read' },
  idempotency_key_reused: { kind: 'conflict', title: 'The idempotency key was used for another request' },
  idempotency_key_in_use: { kind: 'conflict', title: 'A request with this idempotency key is under way' },
  idempotency_answer_not_kept: { kind: 'conflict', title: 'The answer is not kept for a second time' },
  etag_missing: { kind: 'precondition', title: 'The change needs the ETag of what it changes' },
  answer_timeout: { kind: 'dependency', title: 'The answer took too long' },
})

/** What the reader is told of a failure that is ours and has no code of its own. */
export const internalError = {
  code: 'internal_error',
  title: 'Something went wrong on our side',
} as const
