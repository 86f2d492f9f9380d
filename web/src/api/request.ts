/**
 * Asks the server through the generated client and reads its answer. Every failure becomes a `Problem`: one that the server
 * described (RFC 9457), or one of two of our own, `unreachable` and `answer_unreadable`. The session is a cookie, so nothing
 * secret passes through here. What calls take and answer is the types of `clients/`; nothing of them is repeated in this folder.
 */
import { createUsanceClient, type components, type operations, type UsanceProblem } from '@usance/client'

export type Schemas = components['schemas']

type Operation = keyof operations
/** What an operation takes as its body, and in its query. */
export type BodyOf<Name extends Operation> = operations[Name] extends {
  requestBody: { content: { 'application/json': infer Body } }
}
  ? Body
  : never
export type QueryOf<Name extends Operation> = NonNullable<operations[Name]['parameters']['query']>

export type Versioned<Item> = { readonly item: Item; readonly etag: string | undefined }

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  /** What to tell whoever runs the server: the same id stands in its log. */
  readonly requestId: string | undefined
  readonly issues: NonNullable<UsanceProblem['errors']>

  constructor(given: {
    readonly status: number
    readonly code: string
    readonly title: string
    readonly detail?: string | undefined
    readonly requestId?: string | undefined
    readonly issues?: UsanceProblem['errors'] | undefined
  }) {
    super(given.detail ?? given.title)
    this.name = 'Problem'
    this.status = given.status
    this.code = given.code
    this.title = given.title
    this.requestId = given.requestId
    this.issues = given.issues ?? []
  }
}

const ANSWER_TIMEOUT_MS = 30_000

export const server = createUsanceClient({ baseUrl: '', fetch: send })

/** Creating calls carry a key, so that a repeated one creates nothing twice. */
function send(request: Request): Promise<Response> {
  if (request.method === 'POST') request.headers.set('idempotency-key', crypto.randomUUID())
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
  return fetch(request, { signal })
}

type Answered<Body> = { readonly data?: Body; readonly error?: unknown; readonly response: Response }

/** What the server answered to a call of `server`. */
export async function bodyOf<Body>(call: Promise<Answered<Body>>): Promise<Body> {
  return (await versionedOf(call)).item
}

/** A single thing with the version that an update must name. */
export async function versionedOf<Body>(call: Promise<Answered<Body>>): Promise<Versioned<Body>> {
  const { data, error, response } = await call.catch(refuse)
  if (!response.ok) throw toProblem(error, response)
  return { item: data as Body, etag: response.headers.get('etag') ?? undefined }
}

/** Headers that name the version on which a change was made. */
export const onVersion = (etag: string | undefined) =>
  etag === undefined ? {} : { headers: { 'if-match': etag } }

/** A page that goes away takes its questions back; that is no failure. */
function refuse(cause: unknown): never {
  if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
  if (cause instanceof SyntaxError) throw unreadable(200)
  throw new Problem({ status: 0, code: 'unreachable', title: 'The server cannot be reached.' })
}

const unreadable = (status: number, requestId?: string) =>
  new Problem({
    status,
    code: 'answer_unreadable',
    title: 'The answer of the server cannot be read.',
    requestId,
  })

/** Problem details, or what the sign-in answers: `{ code, message }`. */
function toProblem(document: unknown, { status, headers }: Response): Problem {
  const requestId = headers.get('x-request-id') ?? undefined
  if (typeof document === 'string' && document !== '') return unreadable(status, requestId)
  const given = (document ?? {}) as Partial<UsanceProblem> & { readonly message?: string }
  const title = given.title ?? given.message ?? `HTTP ${status}`
  const code = given.code ?? `http_${status}`
  return new Problem({ status, code, title, detail: given.detail, requestId, issues: given.errors })
}
