/**
 * Sends one delivery over HTTP and says how it was answered. The name is resolved here, every address is checked, and the connection goes to
 * just the addresses that were checked: a name that resolves to another address a moment later (DNS rebinding) leads nowhere else.
 *
 * Redirects are not followed: they would lead past the check. The answer's status decides; of its body only the beginning is read, and a
 * body that does not end in time does not undo the status.
 *
 * Whatever the server does, a post ends by the time limit, and at once when this server stops: by our own hand, since Node tells nothing
 * more of a request whose socket it gave up by itself.
 */
import { lookup, Resolver } from 'node:dns/promises'
import http from 'node:http'
import https from 'node:https'
import { isIPv6 } from 'node:net'
import type { Logger } from 'pino'
import { SECOND_MS } from '../core/index.ts'
import { assertPublic, readTarget } from './address-rules.ts'
import { DeliveryProblem, deliveryProblems, type SaidDeliveryProblem } from './delivery-problems.ts'
import { webhookErrors } from './errors.ts'

const KEPT_CHARACTERS = 500
const READ_BYTES = 4 * KEPT_CHARACTERS
const MAX_ERROR_CODE = 100
/** `node:dns` waits longer by the attempt: some four seconds for each name server. */
const RESOLVE_TIMEOUT_MS = SECOND_MS
const RESOLVE_TRIES = 2

export type WebhookAnswer = {
  /** Undefined where none came. */
  readonly status: number | undefined
  /** Undefined for an answer of 2xx. */
  readonly problem: SaidDeliveryProblem | undefined
  /** How the body begins. */
  readonly answer: string | undefined
  readonly retryAfter: string | undefined
}

export type PostWebhook = (
  url: string,
  headers: Readonly<Record<string, string>>,
  payload: string,
  signal: AbortSignal,
) => Promise<WebhookAnswer>

/** @throws AppError `webhook_url_refused` */
export type CheckTarget = (url: string) => Promise<void>

/** The addresses of a name; none where it has none. */
export type ResolveName = (name: string) => Promise<readonly string[]>

export type PostOptions = {
  /** Lets through plain HTTP and addresses of one's own network. */
  readonly allowsPrivate: boolean
  readonly log: Pick<Logger, 'warn'>
  readonly timeoutMs?: number
  /** For tests. */
  readonly resolveName?: ResolveName
}

export function createPostWebhook({
  allowsPrivate,
  log,
  timeoutMs = 15 * SECOND_MS,
  resolveName = allowsPrivate ? resolveLocally : resolvePublicly,
}: PostOptions): { readonly checkTarget: CheckTarget; readonly post: PostWebhook } {
  async function resolve(text: string) {
    const { url, host, isAddress } = readTarget(text, allowsPrivate)
    const addresses = isAddress ? [host] : await resolveName(host)
    if (!allowsPrivate || addresses.length === 0) {
      assertPublic(host, addresses, (address) =>
        log.warn({ host, address }, 'a webhook address leads to a private network'),
      )
    }
    return { url, host, addresses }
  }

  return {
    async checkTarget(text) {
      try {
        await resolve(text)
      } catch (error) {
        if (!(error instanceof DeliveryProblem)) throw error
        const { sentence: detail } = error.said
        throw webhookErrors.webhook_url_refused(detail, { issues: [{ detail, pointer: '/url' }] })
      }
    },
    async post(text, headers, payload, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      try {
        const { url, host, addresses } = await untilAborted(resolve(text), limit)
        return await send(url, host, addresses, headers, payload, limit)
      } catch (error) {
        const problem = describeProblem(error, limit, timeoutMs)
        return { status: undefined, problem, answer: undefined, retryAfter: undefined }
      }
    },
  }
}

/** Asks name servers, not the thread pool that files wait for: a slow name of somebody else's makes nobody wait. */
async function resolvePublicly(name: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: RESOLVE_TRIES })
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
}

/** As this machine does, with its own list of hosts. */
async function resolveLocally(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}

function send(
  url: URL,
  host: string,
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  payload: string,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const checked = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  const body = Buffer.from(payload)
  return new Promise((resolve, reject) => {
    // Once there is a status, trouble with the rest of the answer only ends it.
    let end: (error: Error) => void = reject
    const request = (url.protocol === 'https:' ? https : http).request(
      {
        method: 'POST',
        host,
        port: url.port === '' ? undefined : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: {
          ...headers,
          host: url.host,
          'content-type': 'application/json',
          'content-length': body.length,
          'user-agent': 'Usance-Webhooks/1',
        },
        // A connection of its own: none that was made for another check is used again.
        agent: false,
        lookup: (_name, options, found) => {
          const [first] = checked
          if (options.all === true) found(null, checked)
          else if (first !== undefined) found(null, first.address, first.family)
        },
      },
      (response) => {
        const status = response.statusCode ?? 0
        const problem = problemOf(status)
        const { 'retry-after': retryAfter } = response.headers
        const chunks: Buffer[] = []
        let size = 0
        const finish = () => {
          resolve({ status, problem, answer: toText(Buffer.concat(chunks)), retryAfter })
          request.destroy()
        }
        end = finish
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size >= READ_BYTES) finish()
        })
        response.on('end', finish)
        response.on('error', finish)
        response.on('close', finish)
      },
    )
    request.on('upgrade', ({ statusCode: status = 0 }, socket) => {
      socket.destroy()
      resolve({ status, problem: problemOf(status), answer: undefined, retryAfter: undefined })
    })
    request.on('error', (error) => end(error))
    request.on('close', () => end(new Error('closed without an answer')))
    whenAborted(signal, (error) => {
      request.destroy()
      end(error)
    })
    request.end(body)
  })
}

function problemOf(status: number): SaidDeliveryProblem | undefined {
  if (status >= 200 && status < 300) return undefined
  return deliveryProblems.say(status >= 300 && status < 400 ? 'redirected' : 'answered', { status })
}

/** Printable text in one line; undefined for an empty body. */
function toText(body: Buffer): string | undefined {
  const text = body
    .toString('utf8')
    .replaceAll(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, KEPT_CHARACTERS)
  return text === '' ? undefined : text
}

function describeProblem(error: unknown, limit: AbortSignal, timeoutMs: number): SaidDeliveryProblem {
  if (error instanceof DeliveryProblem) return error.said
  if (limit.aborted) {
    return limit.reason instanceof DOMException && limit.reason.name === 'TimeoutError'
      ? deliveryProblems.say('timed_out', { limitSeconds: timeoutMs / SECOND_MS })
      : deliveryProblems.say('server_stopped')
  }
  const errorCode = codeOf(error).slice(0, MAX_ERROR_CODE)
  return deliveryProblems.say(problemOfConnection(errorCode), { errorCode })
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Node names what it finds wrong with a certificate as OpenSSL does, without "ERR_". */
function problemOfConnection(code: string) {
  if (code === 'CERT_HAS_EXPIRED') return 'certificate_expired'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate_of_other_name'
  return /^(?!ERR_).*(CERT|SIGNATURE|INVALID_CA|INVALID_PURPOSE)/.test(code)
    ? 'certificate_untrusted'
    : 'unreachable'
}

function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    whenAborted(signal, reject)
    work.then(resolve, reject)
  })
}

/** At once where it is aborted already. The signal is one of this post alone, so it takes its listeners along. */
function whenAborted(signal: AbortSignal, act: (error: Error) => void): void {
  const stop = () => act(new Error('aborted'))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
}
