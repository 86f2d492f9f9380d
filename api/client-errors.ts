/**
 * Answers what never became a request: bytes that are not HTTP, header fields that are too large, a request that does
 * not arrive in time. Node hands over the bare socket, so the problem is written by hand.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

import { apiErrors } from './errors.ts'
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem.ts'
import { securityHeaders } from './security-headers.ts'

/** The whole HTTP message for an error of Node's HTTP parser. */
export function toClientErrorMessage(code: string, publicUrl: string, requestId: string): string {
  const problem = toProblem(toError(code), publicUrl, requestId)
  const body = JSON.stringify(problem)
  const headers = {
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': Buffer.byteLength(body).toString(),
    connection: 'close',
    'x-request-id': requestId,
    ...securityHeaders(''),
  }
  const fields = Object.entries(headers).map(([name, content]) => `${name}: ${content}\r\n`)
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${fields.join('')}\r\n${body}`
}

export function answerClientError(socket: Socket, message: string): void {
  if (socket.writable) socket.write(message)
  socket.destroySoon()
}

function toError(code: string) {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return apiErrors.request_timeout('Send the whole request at once, or over a faster connection.')
    case 'HPE_HEADER_OVERFLOW':
      return apiErrors.headers_too_large('Send fewer and shorter header fields.')
    default:
      return apiErrors.request_malformed('Send a well-formed HTTP/1.1 request.')
  }
}
