import { describe, expect, it } from 'vitest'

import { bodyOf, onVersion, versionedOf } from './request.ts'

function failed(answer: unknown, status: number): Promise<unknown> {
  const response = new Response('', { status, headers: { 'x-request-id': 'req_7' } })
  return bodyOf(Promise.resolve({ error: answer, response }))
}

describe('an answer', () => {
  it('is the body, with the version that an update must name', async () => {
    const response = new Response('{}', { headers: { etag: '"v7"' } })
    const answered = versionedOf(Promise.resolve({ data: { id: 'cus_1' }, response }))
    expect(await answered).toEqual({ item: { id: 'cus_1' }, etag: '"v7"' })
    expect([onVersion('"v7"'), onVersion(undefined)]).toEqual([{ headers: { 'if-match': '"v7"' } }, {}])
  })

  it('that is a problem keeps its code, detail, fields and the number of the request', async () => {
    const errors = [{ detail: 'Leave out the space.', pointer: '/id' }]
    const problem = { code: 'request_invalid', title: 'Not valid', detail: 'Correct it.', errors }
    await expect(failed(problem, 400)).rejects.toMatchObject({
      status: 400,
      code: 'request_invalid',
      title: 'Not valid',
      message: 'Correct it.',
      issues: errors,
      requestId: 'req_7',
    })
  })

  it.each([
    ['of the sign-in', { code: 'INVALID_OTP', message: 'Invalid OTP' }, 'INVALID_OTP', 'Invalid OTP'],
    ['without a word', undefined, 'http_502', 'HTTP 502'],
    ['that is a page', '<h1>Oops</h1>', 'answer_unreadable', 'The answer of the server cannot be read.'],
  ])('%s becomes a problem all the same', async (_which, answer, code, title) => {
    await expect(failed(answer, 502)).rejects.toMatchObject({ status: 502, code, title, issues: [] })
  })
})

describe('no answer', () => {
  it.each([
    ['the connection fails', new TypeError('Failed to fetch'), 'unreachable'],
    ['it takes too long', new DOMException('too long', 'TimeoutError'), 'unreachable'],
    ['it is no JSON', new SyntaxError('Unexpected token'), 'answer_unreadable'],
  ])('because %s is a problem', async (_why, cause, code) => {
    await expect(bodyOf(Promise.reject(cause))).rejects.toMatchObject({ name: 'Problem', code })
  })

  it('because the page took its question back is none', async () => {
    const taken = new DOMException('gone', 'AbortError')
    await expect(bodyOf(Promise.reject(taken))).rejects.toBe(taken)
  })
})
