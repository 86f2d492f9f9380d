/**
 * Walks the OpenAPI document against the real application with real stores: every operation of `/v1` with what the document
 * gives as good input, with input that is not in it, and as another manufacturer (I12).
 */
import { writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { systemActor } from '../core/index.ts'
import type { RecordedAnswers } from './examples/add-examples.ts'
import { PROBLEM_MEDIA_TYPE } from './problem.ts'
import { toExample } from './testing/to-example.ts'
import { october, openWorld, type World, type WorldKey } from './testing/world-harness.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH'
type Content = {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}
type Responses = { readonly content?: Readonly<Record<string, Content>> }
type Operation = {
  readonly operationId: string
  readonly 'x-tenants'?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
  readonly responses: Readonly<Record<string, Responses>>
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}
type Step = { readonly path: string; readonly method: Method; readonly operation: Operation }

let world: World
let document: Document
let steps: Step[]
let made: {
  readonly apiKey: string
  readonly taxRate: string
  readonly payment: string
  readonly membership: string
  /** Issued for the world's own, which is void. */
  readonly invoice: string
  readonly creditNote: string
  readonly manualLine: string
  readonly ownMembership: string
  readonly webhookEndpoint: string
  readonly endedEndpoint: string
  readonly webhookEvent: string
  /** Of a push to Stripe; parked. */
  readonly step: string
}
/** Says that readings of the devices were committed. */
let note: (deviceIds: readonly string[]) => void = () => undefined
beforeAll(async () => {
  world = await openWorld({
    onCommitted: (listener) => {
      note = (deviceIds) => listener(deviceIds.map((deviceId) => ({ deviceId })))
    },
  })
  await world.signIn()
  await world.bounceMail()
  document = (await world.app.inject('/openapi.json')).json()
  steps = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase() as Method,
        operation,
      })),
    )
  const create = async (url: string, payload: object) =>
    (await world.send('POST', url, { payload })).json<Record<string, unknown>>()
  const { id } = await create('/v1/api-keys', { label: 'walk', scopes: ['devices:read'] })
  const rate = { place: 'AT', category: 'reduced', percent: '10', kind: 'reduced', from: '2021-01-01' }
  const taxRate = String((await create('/v1/tax-rates', rate))['id'])
  const paid = { amountMinor: '1', receivedOn: '2026-11-01', method: 'cash' }
  const person = { email: 'lee@nordbohr.example', name: 'Lee', role: 'auditor' }
  const { membershipId } = await create('/v1/people', person)
  await world.saveCard(world.ids.crew)
  await world.leaveAtStripe(world.ids.invoice)
  const me = (await world.send('GET', '/v1/me', { key: 'person' })).json<{
    active: { membershipId: string }
  }>()
  const { ids } = world
  const reason = 'For the walk'
  const invoice = String((await create(`/v1/invoices/${ids.invoice}/reissue`, { reason }))['id'])
  const payment = String((await create(`/v1/invoices/${invoice}/payments`, paid))['id'])
  const credit = { kind: 'goodwill', reason, credit: { amountMinor: '10' } }
  const creditNote = String((await create(`/v1/invoices/${invoice}/credit-notes`, credit))['id'])
  await world.billing.by(systemActor('test')).renderDocuments()
  const line = { description: 'Hose', amountMinor: '900', currency: 'EUR', taxCategory: 'standard', reason }
  const manualLine = String((await create(`/v1/contracts/${ids.crewContract}/manual-lines`, line))['id'])
  const endpoint = { url: 'https://hooks.example.com/walk', eventTypes: ['hold.opened'] }
  const webhookEndpoint = String((await create('/v1/webhook-endpoints', endpoint))['id'])
  const endedEndpoint = String((await create('/v1/webhook-endpoints', endpoint))['id'])
  const tested = (await world.send('POST', `/v1/webhook-endpoints/${webhookEndpoint}/test`)).json<{
    eventId: string
  }>()
  await world.webhooks.deliverWaiting()
  made = {
    webhookEndpoint,
    endedEndpoint,
    webhookEvent: tested.eventId,
    invoice,
    creditNote,
    manualLine,
    apiKey: String(id),
    taxRate,
    payment,
    membership: String(membershipId),
    ownMembership: me.active.membershipId,
    step: await world.failAtStripe(invoice),
  }
})
afterAll(async () => {
  await world.close()
  if (process.env['UPDATE_EXAMPLES'] === undefined) return
  const file = new URL('examples/answers.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`)
})

/** Of a text; the events of the stream are as many. */
const EXAMPLE_LINES = 10

/** What is written to `examples/answers.json` when somebody asks for it. */
const recorded: RecordedAnswers = {}
function record({ operation: { operationId, responses } }: Step, answer: Answer): void {
  const { status, mediaType, values } = answer
  const isOneOfSeveral = Object.keys(responses[status]?.content ?? {}).length > 1
  const name = status >= 400 ? codeOf(answer) : isOneOfSeveral ? `${status} ${mediaType}` : String(status)
  const [value] = values
  const example = typeof value === 'string' ? value.split('\n').slice(0, EXAMPLE_LINES).join('\n') : value
  recorded[operationId] = { [name]: toExample(example), ...recorded[operationId] }
}

/** What the document cannot know: the ids of this world. */
function idFor(path: string): string {
  const { ids } = world
  if (path === '/v1/contracts/{id}/draft') return ids.siteContract
  if (path.startsWith('/v1/contracts')) return ids.crewContract
  if (path.startsWith('/v1/customers')) return ids.crew
  if (path.startsWith('/v1/tariffs')) return ids.tariff
  if (path.startsWith('/v1/tax-rates')) return made.taxRate
  if (path.endsWith('/void') || path.endsWith('/reissue')) return ids.invoice
  if (path.startsWith('/v1/invoices')) return made.invoice
  if (path.startsWith('/v1/credit-notes')) return made.creditNote
  if (path.startsWith('/v1/manual-lines')) return made.manualLine
  if (path.startsWith('/v1/assignments')) return ids.crewAssignment
  if (path.startsWith('/v1/api-keys')) return made.apiKey
  if (path === '/v1/webhook-endpoints/{id}/remove') return made.endedEndpoint
  if (path.startsWith('/v1/webhook-endpoints')) return made.webhookEndpoint
  if (path.startsWith('/v1/webhook-events')) return made.webhookEvent
  if (path.startsWith('/v1/stripe/steps')) return made.step
  if (path.startsWith('/v1/models')) return 'drill'
  return path.startsWith('/v1/devices') ? 'drill-1' : '1'
}

/** Each names what the one before it made. */
const lists: Readonly<Record<string, () => string>> = {
  importDevices: () =>
    'id,modelId,commissionedAt,serial,site\nrig-1,drill,2026-11-01T08:00:00Z,SN-90001,Graz\n',
  importCustomers: () => 'reference,name,email\nK-1001,Hochbau Spree,office@hochbau.example\n',
  importContracts: () =>
    `reference,customerReference,tariffId,timeZone,anchorOn,cadence.unit,cadence.count,startsAt\nC-2026-01,K-1001,${world.ids.tariff},Europe/Berlin,2026-11-01,month,1,2026-10-31T23:00:00Z\n`,
  importAssignments: () => 'contractReference,deviceId,from\nC-2026-01,rig-1,2026-11-01T08:00:00Z\n',
}

function bodyOf({ operation }: Step): object | string | undefined {
  const list = lists[operation.operationId]
  if (list !== undefined) return list()
  const example = operation.requestBody?.content['application/json']?.example
  if (example === undefined) return undefined
  const text = JSON.stringify(example)
    .replace('"cust_1"', `"${world.ids.crew}"`)
    .replace('"tar_1"', `"${world.ids.tariff}"`)
    .replace('"con_1"', `"${world.ids.crewContract}"`)
    .replace('"mem_1"', `"${made.ownMembership}"`)
  const body = JSON.parse(text) as object
  // The drill is assigned; this one was registered by a step before.
  return operation.operationId === 'assignDevice' ? { ...body, deviceId: 'drill-7' } : body
}

const queryValues: Readonly<Record<string, string>> = {
  from: october.from,
  since: october.from,
  register: 'run_s',
  topics: 'usage,bill',
}

function urlOf({ path, operation }: Step): string {
  const required = (operation.parameters ?? []).filter(
    (each) => each.in === 'query' && each.required === true,
  )
  const query = required.map(({ name }) => `${name}=${encodeURIComponent(queryValues[name] ?? '')}`)
  if (operation.operationId === 'listAssignments') query.push('deviceId=drill-1')
  if (operation.operationId === 'streamEvents') query.push(`contractId=${world.ids.crewContract}`)
  // The world's documents were issued just now.
  if (['exportInvoices', 'exportCreditNotes'].includes(operation.operationId))
    query.push('to=2026-12-01T00:00:00Z')
  if (operation.operationId === 'listContractSessions') query.push(`to=${october.to}`)
  const address = path
    .replace('{id}', idFor(path))
    .replace('{secretId}', '1')
    .replace('{paymentId}', made.payment)
    .replace('{membershipId}', made.membership)
    .replace('{name}', 'mail_send')
  return query.length === 0 ? address : `${address}?${query.join('&')}`
}

/** A key is nobody who has a name, a password or memberships. */
const ofPeople = new Set(['updateMe', 'setActiveMembership', 'setPassword'])

/** One for each form of the answer. */
function urlsOf(step: Step): string[] {
  const url = urlOf(step)
  return step.operation.operationId.startsWith('export') ? [url, `${url}&format=ndjson`] : [url]
}

/** Whoever may call it. */
function callerOf({ operation }: Step): WorldKey {
  if (ofPeople.has(operation.operationId)) return 'person'
  return operation['x-tenants'] === 'installation' ? 'installation' : 'admin'
}

/** What a change that is posted needs the tag of. */
function changedBy(step: Step): string | undefined {
  return /^(changeContract|pauseContract|resumeContract)/.test(step.operation.operationId)
    ? urlOf(step).replace(/\/[a-z-]+$/, '')
    : undefined
}

type Answer = {
  readonly status: number
  readonly mediaType: string
  readonly text: string
  /** What the schema is of: one document, each line of a list, or the text itself. */
  readonly values: readonly unknown[]
}

async function send(
  step: Step,
  key: WorldKey,
  url = urlOf(step),
  payload = bodyOf(step),
  isEndless = step.operation.operationId === 'streamEvents',
): Promise<Answer> {
  const read = step.method === 'PATCH' ? urlOf(step) : changedBy(step)
  const etag = read === undefined ? undefined : (await world.send('GET', read)).headers.etag
  const answer = await world.send(step.method, url, {
    key,
    payloadAsStream: isEndless,
    ...(payload !== undefined && { payload }),
    headers: {
      ...(typeof payload === 'string' && { 'content-type': 'text/csv' }),
      ...(etag !== undefined && { 'if-match': etag }),
    },
  })
  const [mediaType = ''] = (answer.headers['content-type'] ?? '').split(';')
  const text = isEndless ? await firstEvents(answer.stream()) : answer.body
  const schema = schemaOf(step, answer.statusCode, mediaType)
  const isText = schema !== undefined && 'type' in schema && schema.type === 'string'
  const documents = mediaType === 'application/x-ndjson' ? text.trimEnd().split('\n') : [text || 'null']
  const values = isText ? [text] : documents.map((each): unknown => JSON.parse(each))
  return { status: answer.statusCode, mediaType, text, values }
}

/** Where the bill stands, and what follows a reading; then the stream is left. A refusal is read to its end. */
async function firstEvents(stream: Readable): Promise<string> {
  note(['drill-1'])
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.includes('event: usage') && text.includes('event: bill')) break
  }
  return text
}

function codeOf({ values: [problem] }: Answer): string {
  return (problem as { code: string }).code
}

/** The schema with what it refers to in place; the document has no cycles. */
function resolve(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(resolve)
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) {
    const name = String(schema.$ref).replace('#/components/schemas/', '')
    return resolve(document.components.schemas[name])
  }
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, resolve(value)]))
}

function responseTo({ operation: { responses } }: Step, status: number): Responses | undefined {
  return responses[status] ?? (status >= 400 ? responses['default'] : undefined)
}

function schemaOf(step: Step, status: number, mediaType: string): object | undefined {
  return responseTo(step, status)?.content?.[mediaType]?.schema
}

function mismatches(step: Step, { status, mediaType, values }: Omit<Answer, 'text'>): string[] {
  const response = responseTo(step, status)
  if (response === undefined) return [`${status} is not documented: ${JSON.stringify(values).slice(0, 200)}`]
  if (Object.keys(response.content ?? {}).length === 0) return []
  const schema = schemaOf(step, status, mediaType)
  if (schema === undefined) return [`${status} has no ${mediaType}`]
  const validator = Compile(resolve(schema) as TSchema)
  return values.flatMap((value) =>
    validator.Errors(value).map(({ instancePath, message }) => `${instancePath} ${message}`),
  )
}

/** Reads first, so that what writing changes does not matter to it; what ends things comes last. */
function inOrder(): Step[] {
  const rank = ({ method, operation }: Step) =>
    method === 'GET' ? 0 : /^(revoke|end|remove)/.test(operation.operationId) ? 2 : 1
  return steps.toSorted((left, right) => rank(left) - rank(right))
}

it('answers every operation in the form that the document gives', async () => {
  for (const step of inOrder()) {
    const name = step.operation.operationId
    for (const url of urlsOf(step)) {
      const answer = await send(step, callerOf(step), url)
      record(step, answer)
      expect([name, answer.status < 400 || answer.text, mismatches(step, answer)]).toEqual([name, true, []])
    }
    if (name !== 'assignDevice') continue
    const again = await send(step, 'admin')
    record(step, again)
    expect(codeOf(again)).toBe('assignment_overlaps')
  }
})

it('I12: another manufacturer is shown nothing of ours, and nothing of ours changes', async () => {
  const secrets = [...Object.values(world.ids), 'Linz', 'SN-1']
  const ours = async () => {
    const urls = [
      '/v1/customers',
      '/v1/contracts',
      '/v1/tariffs',
      '/v1/tax-rates',
      '/v1/invoices',
      '/v1/devices/drill-1/secrets',
      '/v1/webhook-endpoints',
      '/v1/webhook-events',
    ]
    const answers = await Promise.all(urls.map((url) => world.send('GET', url)))
    const device = (await world.send('GET', '/v1/devices/drill-1')).json<{
      tags: string[]
      revoked: unknown
    }>()
    return [...answers.map(({ body }) => body), device.tags, device.revoked]
  }
  const before = await ours()
  for (const step of inOrder()) {
    const answer = await send(step, 'foreign')
    const { status, text } = answer
    if (status === 404) record(step, answer)
    const shown = status < 400 ? secrets.filter((secret) => text.includes(secret)) : []
    expect([step.operation.operationId, status < 500, shown]).toEqual([step.operation.operationId, true, []])
    const isOfOneThing = step.path.includes('{id}') && !step.path.startsWith('/v1/models')
    if (isOfOneThing) expect([step.operation.operationId, status]).toEqual([step.operation.operationId, 404])
  }
  expect(await ours()).toEqual(before)
})

it('refuses members that the document does not name', async () => {
  for (const step of steps) {
    const url = urlOf(step)
    const withQuery = await send(step, callerOf(step), `${url}${url.includes('?') ? '&' : '?'}nonsense=1`)
    const name = step.operation.operationId
    expect([name, withQuery.status, codeOf(withQuery)]).toEqual([name, 400, 'request_invalid'])
    record(step, withQuery)
    const body = bodyOf(step)
    if (typeof body !== 'object') continue
    const withMember = await send(step, callerOf(step), url, { ...body, nonsense: 1 })
    expect([name, withMember.status, codeOf(withMember)]).toEqual([name, 400, 'request_invalid'])
    expect([name, mismatches(step, withMember)]).toEqual([name, []])
  }
})

it('gives examples of what each operation answers, all well and not, that fit their schemas and hold no secret', () => {
  for (const step of steps) {
    const { operationId, responses } = step.operation
    const answered = Object.entries(responses).filter(([status]) => status.startsWith('2'))
    const refused = Object.values(responses['default']?.content ?? {})[0]?.examples ?? {}
    expect([operationId, Object.keys(refused)]).toEqual([
      operationId,
      expect.arrayContaining(['request_invalid']),
    ])
    for (const { value } of Object.values(refused)) {
      const problem = { status: 400, mediaType: PROBLEM_MEDIA_TYPE, values: [value] }
      expect([operationId, mismatches(step, problem)]).toEqual([operationId, []])
    }
    for (const [status, { content = {} }] of answered) {
      for (const [mediaType, { example }] of Object.entries(content)) {
        const about = `${operationId} ${status} ${mediaType}`
        const answer = { status: Number(status), mediaType, values: [example] }
        expect([about, example === undefined || example === '', mismatches(step, answer)]).toEqual([
          about,
          false,
          [],
        ])
        expect(JSON.stringify(example)).not.toMatch(/usk_[0-9a-z]{20}|clm_[0-9a-z]{20}|whsec_|sk_test_/)
      }
    }
  }
})
