/**
 * Walks the OpenAPI document against the real application with real stores: every operation of `/v1` with what the document
 * gives as good input, with input that is not in it, and as another manufacturer (I12).
 */
import { writeFileSync } from 'node:fs'

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { RecordedAnswers } from './examples/add-examples.ts'
import { toExample } from './testing/to-example.ts'
import { october, openWorld, type World, type WorldKey } from './testing/world-harness.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH'
type Content = {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}
type Operation = {
  readonly operationId: string
  readonly 'x-tenants'?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}
type Step = { readonly path: string; readonly method: Method; readonly operation: Operation }

/** Endless, or not JSON: they have tests of their own. */
const elsewhere = new Set([
  'streamEvents',
  'exportUsage',
  'exportInvoices',
  'importDevices',
  'importCustomers',
  'importContracts',
  'importAssignments',
])

let world: World
let document: Document
let steps: Step[]
let made: { readonly apiKey: string; readonly membership: string }
beforeAll(async () => {
  world = await openWorld()
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
    .filter(({ operation }) => !elsewhere.has(operation.operationId))
  const create = async (url: string, payload: object) =>
    (await world.send('POST', url, { payload })).json<Record<string, unknown>>()
  const { id } = await create('/v1/api-keys', { label: 'walk', scopes: ['devices:read'] })
  const person = { email: 'lee@nordbohr.example', name: 'Lee', role: 'auditor' }
  const { membershipId } = await create('/v1/people', person)
  made = { apiKey: String(id), membership: String(membershipId) }
})
afterAll(async () => {
  await world.close()
  if (process.env['UPDATE_EXAMPLES'] === undefined) return
  const file = new URL('examples/answers.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`)
})

/** What is written to `examples/answers.json` when somebody asks for it. */
const recorded: RecordedAnswers = {}
function record({ operation: { operationId } }: Step, status: number, body: string): void {
  const answer: unknown = JSON.parse(body === '' ? 'null' : body)
  const name = status < 400 ? String(status) : (answer as { code: string }).code
  recorded[operationId] = { [name]: toExample(answer), ...recorded[operationId] }
}

/** What the document cannot know: the ids of this world. */
function idFor(path: string): string {
  const { ids } = world
  if (path === '/v1/contracts/{id}/draft') return ids.siteContract
  if (path.startsWith('/v1/contracts')) return ids.crewContract
  if (path.startsWith('/v1/customers')) return ids.crew
  if (path.startsWith('/v1/tariffs')) return ids.tariff
  if (path.startsWith('/v1/invoices')) return ids.invoice
  if (path.startsWith('/v1/assignments')) return ids.crewAssignment
  if (path.startsWith('/v1/api-keys')) return made.apiKey
  if (path.startsWith('/v1/models')) return 'drill'
  return path.startsWith('/v1/devices') ? 'drill-1' : '1'
}

function bodyOf({ operation }: Step): object | undefined {
  const example = operation.requestBody?.content['application/json']?.example
  if (example === undefined) return undefined
  const text = JSON.stringify(example).replace('"cust_1"', `"${world.ids.crew}"`)
  return JSON.parse(text.replace('"tar_1"', `"${world.ids.tariff}"`)) as object
}

const queryValues: Readonly<Record<string, string>> = {
  from: october.from,
  since: october.from,
  register: 'run_s',
}

function urlOf({ path, operation }: Step): string {
  const required = (operation.parameters ?? []).filter(
    (each) => each.in === 'query' && each.required === true,
  )
  const query = required.map(({ name }) => `${name}=${encodeURIComponent(queryValues[name] ?? '')}`)
  if (operation.operationId === 'listAssignments') query.push('deviceId=drill-1')
  if (operation.operationId === 'listContractSessions') query.push(`to=${october.to}`)
  const address = path
    .replace('{id}', idFor(path))
    .replace('{secretId}', '1')
    .replace('{membershipId}', made.membership)
    .replace('{name}', 'mail_send')
  return query.length === 0 ? address : `${address}?${query.join('&')}`
}

/** Whoever may call it. */
function callerOf({ operation }: Step): WorldKey {
  return operation['x-tenants'] === 'installation' ? 'installation' : 'admin'
}

async function send(step: Step, key: WorldKey, url = urlOf(step), payload = bodyOf(step)) {
  const etag = step.method === 'PATCH' ? (await world.send('GET', urlOf(step))).headers.etag : undefined
  return world.send(step.method, url, {
    key,
    ...(payload !== undefined && { payload }),
    ...(etag !== undefined && { headers: { 'if-match': etag } }),
  })
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

function mismatches({ operation }: Step, status: number, body: string): string[] {
  const answer =
    operation.responses[String(status)] ?? (status >= 400 ? operation.responses['default'] : undefined)
  if (answer === undefined) return [`${status} is not documented: ${body.slice(0, 200)}`]
  const [content] = Object.values(answer.content ?? {})
  if (content === undefined) return []
  const validator = Compile(resolve(content.schema) as TSchema)
  const value: unknown = JSON.parse(body === '' ? 'null' : body)
  return validator.Errors(value).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** Reads first, so that what writing changes does not matter to it; what ends things comes last. */
function inOrder(): Step[] {
  const rank = ({ method, operation }: Step) =>
    method === 'GET' ? 0 : /^(revoke|end|remove)/.test(operation.operationId) ? 2 : 1
  return steps.toSorted((left, right) => rank(left) - rank(right))
}

it('answers every operation in the form that the document gives', async () => {
  const refused: string[] = []
  for (const step of inOrder()) {
    const { statusCode, body } = await send(step, callerOf(step))
    const name = step.operation.operationId
    record(step, statusCode, body)
    expect([name, mismatches(step, statusCode, body)]).toEqual([name, []])
    if (statusCode >= 400) refused.push(`${name} ${(JSON.parse(body) as { code: string }).code}`)
  }
  // A key is no person, and there is no mail; the drill of the example is assigned already.
  expect(refused).toEqual([
    'getMail mail_not_found',
    'assignDevice assignment_overlaps',
    'updateMe person_needed',
    'setActiveMembership person_needed',
    'setPassword person_needed',
    'retryMail mail_not_found',
  ])
})

it('I12: another manufacturer is shown nothing of ours, and nothing of ours changes', async () => {
  const secrets = [...Object.values(world.ids), 'Linz', 'SN-1']
  const ours = async () => {
    const urls = [
      '/v1/customers',
      '/v1/contracts',
      '/v1/tariffs',
      '/v1/invoices',
      '/v1/devices/drill-1/secrets',
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
    const { statusCode, body } = await send(step, 'foreign')
    if (statusCode === 404) record(step, statusCode, body)
    const shown = statusCode < 400 ? secrets.filter((secret) => body.includes(`"${secret}"`)) : []
    expect([step.operation.operationId, statusCode < 500, shown]).toEqual([
      step.operation.operationId,
      true,
      [],
    ])
    const isOfOneThing = step.path.includes('{id}') && !step.path.startsWith('/v1/models')
    if (isOfOneThing)
      expect([step.operation.operationId, statusCode]).toEqual([step.operation.operationId, 404])
  }
  expect(await ours()).toEqual(before)
})

it('refuses members that the document does not name', async () => {
  for (const step of steps) {
    const url = urlOf(step)
    const withQuery = await send(step, callerOf(step), `${url}${url.includes('?') ? '&' : '?'}nonsense=1`)
    const name = step.operation.operationId
    expect([name, withQuery.statusCode, withQuery.json().code]).toEqual([name, 400, 'request_invalid'])
    record(step, 400, withQuery.body)
    const body = bodyOf(step)
    if (body === undefined) continue
    const withMember = await send(step, callerOf(step), url, { ...body, nonsense: 1 })
    expect([name, withMember.statusCode, withMember.json().code]).toEqual([name, 400, 'request_invalid'])
    expect([name, mismatches(step, 400, withMember.body)]).toEqual([name, []])
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
      const text = JSON.stringify(value)
      expect([operationId, mismatches(step, 400, text)]).toEqual([operationId, []])
    }
    const examples = answered.flatMap(([status, { content = {} }]) =>
      Object.values(content).map(({ example }) => ({
        status: Number(status),
        text: JSON.stringify(example),
      })),
    )
    // What only a person may do is refused to the key that the walk uses; its answers are recorded nowhere.
    for (const { status, text } of examples.filter(({ text }) => text !== undefined)) {
      expect([operationId, mismatches(step, status, text)]).toEqual([operationId, []])
      expect(text).not.toMatch(/usk_[0-9a-z]{20}|clm_[0-9a-z]{20}|whsec_|sk_test_/)
    }
    const isOfPeople = ['updateMe', 'setActiveMembership', 'setPassword'].includes(operationId)
    const isOfMails = ['getMail', 'retryMail'].includes(operationId)
    const isMissing = examples.some(({ text }) => text === undefined)
    expect([operationId, isMissing && !isOfPeople && !isOfMails && operationId !== 'assignDevice']).toEqual([
      operationId,
      false,
    ])
  }
})
