/**
 * Asks the server and reads its answer. Every failure becomes a `Problem`: one that the server described (RFC 9457), or one of
 * two of our own, `unreachable` and `answer_unreadable`. The session is a cookie, so nothing secret passes through here.
 */
export type ProblemIssue = { readonly detail: string; readonly pointer: string }

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  /** What to tell whoever runs the server: the same id stands in its log. */
  readonly requestId: string | undefined
  readonly issues: readonly ProblemIssue[]

  constructor(given: {
    readonly status: number
    readonly code: string
    readonly title: string
    readonly detail?: string | undefined
    readonly requestId?: string | undefined
    readonly issues?: readonly ProblemIssue[] | undefined
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

type Query = Readonly<Record<string, string | number | boolean | undefined>>
type Options = {
  readonly query?: Query
  readonly body?: unknown
  readonly ifMatch?: string | undefined
  readonly signal?: AbortSignal
}

const ANSWER_TIMEOUT_MS = 30_000

export async function getJson<Answer>(path: string, options: Options = {}): Promise<Answer> {
  return (await ask('GET', path, options)).body as Answer
}

/** A single thing with the version that an update must name. */
export async function getVersioned<Answer>(path: string, options: Options = {}): Promise<Versioned<Answer>> {
  const { body, etag } = await ask('GET', path, options)
  return { item: body as Answer, etag }
}

export type Versioned<Item> = { readonly item: Item; readonly etag: string | undefined }

/** Creating calls carry a key, so that a repeated one creates nothing twice. */
export async function postJson<Answer>(path: string, body: unknown = {}, options: Options = {}) {
  return (await ask('POST', path, { ...options, body })).body as Answer
}

export async function patchJson<Answer>(path: string, body: unknown, ifMatch?: string) {
  return (await ask('PATCH', path, { body, ifMatch })).body as Answer
}

export async function putJson<Answer>(path: string, body: unknown) {
  return (await ask('PUT', path, { body })).body as Answer
}

async function ask(method: string, path: string, { query, body, ifMatch, signal }: Options) {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  const answer = await fetch(path + queryText(query), {
    method,
    credentials: 'same-origin',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause
    throw new Problem({ status: 0, code: 'unreachable', title: 'The server cannot be reached.' })
  })
  const requestId = answer.headers.get('x-request-id') ?? undefined
  const document = await readDocument(answer, requestId)
  if (!answer.ok) throw toProblem(document, answer.status, requestId)
  return { body: document, etag: answer.headers.get('etag') ?? undefined }
}

async function readDocument(answer: Response, requestId: string | undefined): Promise<unknown> {
  const text = await answer.text()
  if (text === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    const title = 'The answer of the server cannot be read.'
    throw new Problem({ status: answer.status, code: 'answer_unreadable', title, requestId })
  }
}

/** Problem details, or what the sign-in answers: `{ code, message }`. */
function toProblem(document: unknown, status: number, requestId: string | undefined): Problem {
  const given = (document ?? {}) as {
    readonly code?: string
    readonly title?: string
    readonly detail?: string
    readonly message?: string
    readonly errors?: readonly ProblemIssue[]
  }
  const title = given.title ?? given.message ?? `HTTP ${status}`
  const code = given.code ?? `http_${status}`
  return new Problem({ status, code, title, detail: given.detail, requestId, issues: given.errors })
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}
