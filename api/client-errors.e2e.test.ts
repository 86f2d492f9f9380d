import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, type ApiHarness } from './testing/api-harness.ts'

let api: ApiHarness
let port: number
beforeAll(async () => {
  api = await createApiHarness()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})
afterAll(() => api.app.close())

/** Everything that the server answers to these bytes before it closes the connection. */
async function answerTo(bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

describe('a socket', () => {
  it.each([
    ['what is not HTTP', 'CONNECT me to mqtt\r\n\r\n', 'HTTP/1.1 400 Bad Request', 'request_malformed'],
    [
      'header fields of 64 KiB',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(65_536)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
      'headers_too_large',
    ],
  ])('that sends %s is answered with a problem and closed', async (_what, bytes, statusLine, code) => {
    const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n')
    expect(head.split('\r\n')[0]).toBe(statusLine)
    expect(JSON.parse(body)).toMatchObject({ code })
    expect(api.logged.join('\n')).toContain('refused what is not a request')
  })

  it('that sends a request is answered over HTTP', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`)
    expect([answer.status, await answer.json()]).toEqual([200, { isLive: true }])
  })
})
