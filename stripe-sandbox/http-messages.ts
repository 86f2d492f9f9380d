/** Messages of HTTP: how a request is read, and how answers are sent, cut or replaced by a reset. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, ApiRequest } from './answer-request.ts'
import { layOut, securityPolicy, type PageAnswer } from './pages/page-layout.ts'

const MAX_BODY_BYTES = 1_000_000

export const labelHeaders = {
  'stripe-sandbox': 'stand-in for Stripe; no money moves',
  'x-content-type-options': 'nosniff',
}

export function toApiRequest(request: IncomingMessage, url: URL, body: string): ApiRequest {
  const header = (name: string) => {
    const given = request.headers[name]
    return typeof given === 'string' ? given : undefined
  }
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    encoded: request.method === 'POST' ? body : url.search.slice(1),
    authorization: header('authorization'),
    stripeVersion: header('stripe-version'),
    idempotencyKey: header('idempotency-key'),
  }
}

/** Undefined when the body is too long. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8')
}

export function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

export function sendHalf(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    ...labelHeaders,
    'content-type': 'application/json',
    'content-length': body.length,
  })
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy())
}

export function sendBadGateway(response: ServerResponse): void {
  response.writeHead(502, { ...labelHeaders, 'content-type': 'text/html' })
  response.end('<html><body><h1>502 Bad Gateway</h1></body></html>')
}

export function sendPage(response: ServerResponse, answer: PageAnswer): void {
  if ('redirect' in answer) {
    response.writeHead(303, { ...labelHeaders, location: answer.redirect }).end()
    return
  }
  response.writeHead(answer.status, {
    ...labelHeaders,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': securityPolicy(answer.leadsTo),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  response.end(layOut(answer.title, answer.body))
}
