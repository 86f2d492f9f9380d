/**
 * Starts the stand-in for Stripe: an HTTP server that speaks the part of Stripe's API that invoicing needs. No money
 * moves: every object has `livemode: false`, every answer carries the header `Stripe-Sandbox`, and the page at `/`
 * says so. It is meant for a loopback address; whoever reaches the port can read the page at `/`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stripe } from 'stripe'
import { internalError, type Answer, type ApiRequest } from './answer-request.ts'
import type { PaymentOutcome } from './collect-invoice.ts'
import { createSandbox, type SandboxOptions } from './create-sandbox.ts'
import { hang, type Fault, type FaultRequest } from './faults.ts'
import type { SandboxContents } from './inspect-state.ts'
import {
  labelHeaders,
  readBody,
  reset,
  sendBadGateway,
  sendHalf,
  sendPage,
  toApiRequest,
} from './http-messages.ts'
import { API_VERSION } from './operation.ts'
import { isFromThisServer } from './pages/controls.ts'
import { isPagePath, servePage } from './pages/serve-page.ts'
import type { WebhookTarget } from './webhook-delivery.ts'

export type StripeSandboxOptions = SandboxOptions & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Asked for every authenticated or unauthenticated API request; what it returns happens to that request. */
  readonly fault?: (request: FaultRequest) => Fault | undefined
}

export type StripeSandbox = {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Sets where events go, and sends those that an earlier endpoint has not taken yet. */
  readonly setWebhook: (target: WebhookTarget) => void
  /** Gives an endpoint of the API a new secret and returns it; the old one goes on signing for `keepOldMs`. */
  readonly rollSecret: (endpointId: string, keepOldMs: number) => string
  readonly inspect: () => SandboxContents
  /** Moves the sandbox's clock and does what falls due by then: retries of collection, drafts that finalize by themselves. */
  readonly advance: (durationMs: number) => void
  /** A part of an open invoice is paid. @throws StripeFailure when more than remains is paid */
  readonly payPartly: (invoiceId: string, amount: number) => Stripe.Invoice
  /** A bank disputes a charge, all that was not refunded unless an amount is given. */
  readonly openDispute: (chargeId: string, amount?: number) => Stripe.Dispute
  readonly closeDispute: (disputeId: string, result: 'won' | 'lost') => Stripe.Dispute
  /** The customer answers the bank's question about the payment of an invoice that waits for it. */
  readonly answerBank: (invoiceId: string, isConfirmed: boolean) => PaymentOutcome
  close(): Promise<void>
}

/** Rejects with the server's own error when the port is taken. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { log } = options
  let url = ''
  const sandbox = createSandbox(options, () => url)
  const { context } = sandbox
  const pageParts = {
    context,
    calls: sandbox,
    troubles: sandbox.troubles,
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'the Stripe sandbox failed to answer')
      response.destroy()
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', 'http://sandbox')
    const body = await readBody(request)
    if (body === undefined) return send(response, { status: 413, body: '{}' }, undefined)
    if (isPagePath(target.pathname)) return answerPage(request, response, target, body)
    const apiRequest = toApiRequest(request, target, body)
    const { method, path, idempotencyKey } = apiRequest
    const fault = options.fault?.({ method, path, idempotencyKey })
    if (fault !== undefined) sandbox.onFault({ atMs: context.nowMs(), kind: fault.kind, method, path })
    if (fault?.kind === 'reset_before') return reset(request)
    if (fault?.kind === 'bad_gateway') return sendBadGateway(response)
    if (fault?.kind === 'hang_before' && fault.answersAfterMs === undefined) return
    const answer = await answerOrFail(apiRequest, fault)
    sandbox.flush()
    if (fault?.kind === 'reset_after') return reset(request)
    if (fault?.kind === 'cut_body') return sendHalf(response, answer)
    if (fault?.kind === 'hang_after') {
      if (fault.answersAfterMs === undefined) return
      await hang(fault.answersAfterMs)
    }
    send(response, answer, idempotencyKey)
  }

  async function answerOrFail(request: ApiRequest, fault: Fault | undefined): Promise<Answer> {
    try {
      return await sandbox.answer(request, fault)
    } catch (error) {
      log.error({ err: error, path: request.path }, 'the Stripe sandbox has a mistake')
      return internalError()
    }
  }

  function answerPage(request: IncomingMessage, response: ServerResponse, target: URL, body: string): void {
    const isControl = target.pathname.startsWith('/_sandbox/')
    if (isControl && !isTrusted(request)) {
      response.writeHead(403, labelHeaders).end('Only a page of this server, or the API key, may do that.')
      return
    }
    const form = new URLSearchParams(`${target.search.slice(1)}&${request.method === 'POST' ? body : ''}`)
    const answer = servePage(pageParts, { method: request.method ?? 'GET', path: target.pathname, form })
    sandbox.flush()
    sendPage(response, answer)
  }

  function isTrusted({ headers }: IncomingMessage): boolean {
    if (headers.authorization === `Bearer ${options.apiKey}`) return true
    const fetchSite = headers['sec-fetch-site']
    return isFromThisServer({
      host: headers.host,
      origin: headers.origin,
      fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    })
  }

  function send(response: ServerResponse, answer: Answer, idempotencyKey: string | undefined): void {
    response.writeHead(answer.status, {
      ...labelHeaders,
      'content-type': 'application/json',
      'request-id': context.newId('req'),
      'stripe-version': API_VERSION,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': encodeURIComponent(idempotencyKey) }),
      ...answer.headers,
      ...(answer.isReplay === true ? { 'idempotent-replayed': 'true' } : {}),
    })
    response.end(answer.body)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { address, family, port } = server.address() as AddressInfo
  url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  sandbox.resume()
  return {
    url,
    host: options.host,
    port,
    setWebhook: sandbox.setWebhook,
    rollSecret: sandbox.rollSecret,
    inspect: sandbox.inspect,
    advance: sandbox.advance,
    payPartly: sandbox.payPartly,
    openDispute: sandbox.openDispute,
    closeDispute: sandbox.closeDispute,
    answerBank: sandbox.answerBank,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await Promise.all([closed, sandbox.close()])
    },
  }
}
