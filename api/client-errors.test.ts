import { describe, expect, it } from 'vitest'

import { toClientErrorMessage } from './client-errors.ts'

describe('what never became a request', () => {
  it.each([
    ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout', 'request_timeout'],
    ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large', 'headers_too_large'],
    ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request', 'request_malformed'],
  ])('is answered with a whole problem for %s', (parserCode, statusLine, code) => {
    const message = toClientErrorMessage(parserCode, 'https://usance.test', 'req_1')
    const [head = '', body = ''] = message.split('\r\n\r\n')
    expect(head.split('\r\n')[0]).toBe(statusLine)
    expect(head).toContain('content-type: application/problem+json')
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
    expect(JSON.parse(body)).toMatchObject({
      type: `https://usance.test/problems/${code}`,
      instance: 'req_1',
      code,
    })
  })
})
