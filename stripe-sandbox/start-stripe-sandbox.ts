/**
 * Starts the stand-in for Stripe: an HTTP server that speaks the part of Stripe's API that invoicing needs. No money
 * moves: every object has `livemode: false`, every answer carries the header `Stripe-Sandbox`, and the page at `/`
 * says so. It is meant for a loopback address; whoever reaches the port can read the page at `/`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import { encodeBase32, type Clock, type RandomBytes } from '../core/index.ts'
import { answerRequest, internalError, type Answer, type ApiRequest } from './answer-request.ts'
import { newEvent } from './events.ts'
import type { Fault, FaultRequest } from './faults.ts'
import { createIdempotency } from './idempotency.ts'
import { collect } from './invoice-lifecycle.ts'
import { API_VERSION, type SandboxContext } from './operation.ts'
import { loadState, saveState, type Mutation } from './sandbox-state.ts'
import { statusPage } from './status-page.ts'
import { createWebhookDelivery, type WebhookTarget } from './webhook-delivery.ts'

export type StripeSandboxOptions = {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** The one secret key that is let in. */
  readonly apiKey: string
  readonly webhook?: WebhookTarget
  /** Keeps everything in this file over restarts; without it, in memory only. */
  readonly stateFile?: string
  /** How long after finalizing an invoice with `auto_advance` collects by itself. 200 unless given. */
  readonly collectionDelayMs?: number
  /** The pause before a webhook that was not taken is sent again; it doubles. 1,000 unless given. */
  readonly webhookRetryMs?: number
  /** Asked for every authenticated or unauthenticated API request; what it returns happens to that request. */
  readonly fault?: (request: FaultRequest) => Fault | undefined
}

type SandboxContents = {
  readonly customers: readonly Stripe.Customer[]
  /** With all their lines. */
  readonly invoices: readonly Stripe.Invoice[]
  readonly events: readonly Stripe.Event[]
  /** Requests that changed something, in order; replays and refusals are not among them. */
  readonly mutations: readonly Mutation[]
}

export type StripeSandbox = {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Sets where events go, and sends those that an earlier endpoint has not taken yet. */
  setWebhook(target: WebhookTarget): void
  inspect(): SandboxContents
  close(): Promise<void>
}

const MAX_BODY_BYTES = 1_000_000

/** Rejects with the server's own error when the port is taken. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { clock, log, stateFile } = options
  const state = loadState(stateFile)
  const timers = new Set<NodeJS.Timeout>()
  let target = options.webhook
  const delivery = createWebhookDelivery({
    clock,
    log,
    retryMs: options.webhookRetryMs ?? 1_000,
    onDelivered(event) {
      state.events.set(event.id, { ...event, pending_webhooks: 0 })
      save()
    },
  })
  const context: SandboxContext = {
    state,
    nowSecond: () => Math.floor(clock.now() / 1000),
    newId: (prefix) => `${prefix}_${encodeBase32(options.randomBytes(12))}`,
    emit(type, object) {
      const event = newEvent(context, type, object, target === undefined ? 0 : 1)
      state.events.set(event.id, event)
      if (target !== undefined) delivery.deliver(event, target)
    },
    scheduleCollection(invoiceId) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        collect(context, invoiceId)
        save()
      }, options.collectionDelayMs ?? 200)
      timers.add(timer)
    },
  }
  const parts = { context, idempotency: createIdempotency(state.answers, clock), apiKey: options.apiKey }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'the Stripe sandbox failed to answer')
      response.destroy()
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    if (request.method === 'GET' && url.pathname === '/') return sendPage(response)
    const body = await readBody(request)
    if (body === undefined) return send(response, { status: 413, body: '{}' }, undefined)
    const apiRequest = toApiRequest(request, url, body)
    const { method, path, idempotencyKey } = apiRequest
    const fault = options.fault?.({ method, path, idempotencyKey })
    if (fault?.kind === 'reset_before') return reset(request)
    if (fault?.kind === 'bad_gateway') return sendBadGateway(response)
    const answer = await answerOrFail(apiRequest, fault)
    if (method !== 'GET') save()
    if (fault?.kind === 'reset_after') return reset(request)
    if (fault?.kind === 'cut_body') return sendHalf(response, answer)
    send(response, answer, idempotencyKey)
  }

  async function answerOrFail(request: ApiRequest, fault: Fault | undefined): Promise<Answer> {
    try {
      return await answerRequest(parts, request, fault)
    } catch (error) {
      log.error({ err: error, path: request.path }, 'the Stripe sandbox has a mistake')
      return internalError()
    }
  }

  function sendPage(response: ServerResponse): void {
    response.writeHead(200, {
      ...labelHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    })
    response.end(statusPage(state))
  }

  function send(response: ServerResponse, answer: Answer, idempotencyKey: string | undefined): void {
    response.writeHead(answer.status, {
      ...labelHeaders,
      'content-type': 'application/json',
      'request-id': context.newId('req'),
      'stripe-version': API_VERSION,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': encodeURIComponent(idempotencyKey) }),
      ...(answer.isReplay === true ? { 'idempotent-replayed': 'true' } : {}),
    })
    response.end(answer.body)
  }

  function save(): void {
    if (stateFile !== undefined) saveState(state, stateFile)
  }

  function resumeDeliveries(): void {
    if (target === undefined) return
    for (const event of state.events.values()) {
      if (event.pending_webhooks > 0) delivery.deliver(event, target)
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  resumeDeliveries()
  for (const { invoice } of state.invoices.values()) {
    const isDue = invoice.status === 'open' && invoice.auto_advance === true && !invoice.attempted
    if (isDue) context.scheduleCollection(invoice.id)
  }
  const { address, family, port } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    host: options.host,
    port,
    setWebhook(next) {
      target = next
      resumeDeliveries()
    },
    inspect: () => ({
      customers: [...state.customers.values()],
      invoices: [...state.invoices.values()].map(({ invoice, lines }) => ({
        ...invoice,
        lines: { ...invoice.lines, data: [...lines] },
      })),
      events: [...state.events.values()],
      mutations: [...state.mutations],
    }),
    async close() {
      for (const timer of timers) clearTimeout(timer)
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await Promise.all([closed, delivery.close()])
    },
  }
}

const labelHeaders = {
  'stripe-sandbox': 'stand-in for Stripe; no money moves',
  'x-content-type-options': 'nosniff',
}

function toApiRequest(request: IncomingMessage, url: URL, body: string): ApiRequest {
  const header = (name: string) => {
    const given = request.headers[name]
    return typeof given === 'string' ? given : undefined
  }
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    encodedForm: request.method === 'POST' ? body : url.search.slice(1),
    authorization: header('authorization'),
    stripeVersion: header('stripe-version'),
    idempotencyKey: header('idempotency-key'),
  }
}

/** Undefined when the body is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8')
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

function sendHalf(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    ...labelHeaders,
    'content-type': 'application/json',
    'content-length': body.length,
  })
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy())
}

function sendBadGateway(response: ServerResponse): void {
  response.writeHead(502, { ...labelHeaders, 'content-type': 'text/html' })
  response.end('<html><body><h1>502 Bad Gateway</h1></body></html>')
}
