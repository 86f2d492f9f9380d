import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, PUBLIC_URL } from './testing/api-harness.ts'

type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: unknown }>>
  }
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
  readonly security?: readonly object[]
}

type Document = {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

let document: Document
let operations: { path: string; operation: Operation }[]
beforeAll(async () => {
  const { app } = await createApiHarness()
  document = (await app.inject('/openapi.json')).json()
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  )
})

function everyObject(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(everyObject)
  if (typeof value !== 'object' || value === null) return []
  const { examples: _examples, example: _example, ...object } = value as Record<string, unknown>
  return [object, ...Object.values(object).flatMap(everyObject)]
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and names this server', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.servers).toEqual([{ url: PUBLIC_URL }])
  })

  it('describes every route of the API', () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      '/auth/email-otp/send-verification-otp',
      '/auth/sign-in/email',
      '/auth/sign-in/email-otp',
      '/auth/sign-out',
      '/auth/welcome',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/problems',
      '/problems/{code}',
      '/v1/alarms',
      '/v1/alarms/{id}/acknowledge',
      '/v1/api-keys',
      '/v1/api-keys/{id}/revoke',
      '/v1/assignments',
      '/v1/assignments/import',
      '/v1/assignments/{id}/end',
      '/v1/assignments/{id}/move',
      '/v1/audit',
      '/v1/billing-run',
      '/v1/claims',
      '/v1/claims/{id}/revoke',
      '/v1/contracts',
      '/v1/contracts/import',
      '/v1/contracts/{id}',
      '/v1/contracts/{id}/assignments',
      '/v1/contracts/{id}/bill',
      '/v1/contracts/{id}/draft',
      '/v1/contracts/{id}/manual-lines',
      '/v1/contracts/{id}/pause',
      '/v1/contracts/{id}/resume',
      '/v1/contracts/{id}/sessions',
      '/v1/contracts/{id}/tariff-changes',
      '/v1/contracts/{id}/time-zone-changes',
      '/v1/contracts/{id}/usage',
      '/v1/credit-notes',
      '/v1/credit-notes/{id}',
      '/v1/credit-notes/{id}/document/retry',
      '/v1/credit-notes/{id}/pdf',
      '/v1/credit-notes/{id}/xml',
      '/v1/customers',
      '/v1/customers/import',
      '/v1/customers/{id}',
      '/v1/customers/{id}/payment',
      '/v1/customers/{id}/payment-portal',
      '/v1/customers/{id}/payment-setup',
      '/v1/customers/{id}/stripe-customer',
      '/v1/devices',
      '/v1/devices/import',
      '/v1/devices/{id}',
      '/v1/devices/{id}/certificates',
      '/v1/devices/{id}/decisions',
      '/v1/devices/{id}/holds',
      '/v1/devices/{id}/model-version',
      '/v1/devices/{id}/readings',
      '/v1/devices/{id}/restore',
      '/v1/devices/{id}/revoke',
      '/v1/devices/{id}/secrets',
      '/v1/devices/{id}/secrets/{secretId}/revoke',
      '/v1/devices/{id}/sessions',
      '/v1/devices/{id}/usage',
      '/v1/events',
      '/v1/export/credit-notes',
      '/v1/export/invoices',
      '/v1/export/usage',
      '/v1/fleet',
      '/v1/holds',
      '/v1/invoices',
      '/v1/invoices/{id}',
      '/v1/invoices/{id}/collection',
      '/v1/invoices/{id}/credit-notes',
      '/v1/invoices/{id}/document/retry',
      '/v1/invoices/{id}/payments',
      '/v1/invoices/{id}/payments/{paymentId}/reverse',
      '/v1/invoices/{id}/pdf',
      '/v1/invoices/{id}/push',
      '/v1/invoices/{id}/reissue',
      '/v1/invoices/{id}/reminders',
      '/v1/invoices/{id}/void',
      '/v1/invoices/{id}/write-off',
      '/v1/invoices/{id}/xml',
      '/v1/jobs',
      '/v1/jobs/{name}/run',
      '/v1/mails',
      '/v1/mails/{id}',
      '/v1/mails/{id}/retry',
      '/v1/manual-lines',
      '/v1/manual-lines/{id}/remove',
      '/v1/manufacturer',
      '/v1/manufacturer/stripe',
      '/v1/manufacturers',
      '/v1/me',
      '/v1/me/active-membership',
      '/v1/me/password',
      '/v1/models',
      '/v1/models/{id}',
      '/v1/models/{id}/versions',
      '/v1/people',
      '/v1/people/{membershipId}',
      '/v1/people/{membershipId}/remove',
      '/v1/previews',
      '/v1/quarantine',
      '/v1/setup',
      '/v1/silent-devices',
      '/v1/stripe/left-invoices',
      '/v1/stripe/parked',
      '/v1/stripe/steps/{id}/retry',
      '/v1/tariffs',
      '/v1/tariffs/{id}',
      '/v1/tariffs/{id}/versions',
      '/v1/tax-rates',
      '/v1/tax-rates/{id}',
      '/v1/tax-rates/{id}/end',
      '/v1/usage/metrics',
      '/v1/webhook-endpoints',
      '/v1/webhook-endpoints/{id}',
      '/v1/webhook-endpoints/{id}/deliveries',
      '/v1/webhook-endpoints/{id}/remove',
      '/v1/webhook-endpoints/{id}/replay',
      '/v1/webhook-endpoints/{id}/secret',
      '/v1/webhook-endpoints/{id}/test',
      '/v1/webhook-events',
      '/v1/webhook-events/{id}',
      '/v1/webhook-events/{id}/replay',
      '/webhooks/stripe/{manufacturerId}',
    ])
  })

  it('describes what our own webhooks carry, each type with its schema', () => {
    expect(Object.keys(document.webhooks)).toEqual([
      'invoice.issued',
      'invoice.paid',
      'invoice.payment_failed',
      'hold.opened',
      'device.silent',
      'webhook.test',
    ])
    const open = everyObject(document.webhooks).filter(
      (object) => object['type'] === 'object' && object['additionalProperties'] !== false,
    )
    expect(open).toEqual([])
    expect(document.webhooks['hold.opened']?.['post']?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { properties: { type: { const: 'hold.opened' } } } } },
    })
  })

  it('gives every operation a name of its own, a summary and described responses', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
    for (const { operation } of operations) {
      expect(operation.summary).toMatch(/^[A-Z]/)
      expect(Object.keys(operation.responses)).not.toEqual([])
      for (const response of Object.values(operation.responses)) {
        expect(response.description).toEqual(expect.any(String))
      }
    }
  })

  it('describes every tag that an operation has', () => {
    const described = document.tags.map(({ name }) => name)
    expect(new Set(operations.flatMap(({ operation }) => operation.tags))).toEqual(new Set(described))
  })

  it('gives an example of every JSON body', () => {
    const bodies = operations.flatMap(({ path, operation }) => {
      const body = operation.requestBody?.content['application/json']
      return body === undefined || !path.startsWith('/v1/') ? [] : [{ path, example: body.example }]
    })
    expect(bodies.filter(({ example }) => typeof example !== 'object')).toEqual([])
  })

  it('declares the parameters of every path', () => {
    for (const { path, operation } of operations) {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(declared.map(({ name }) => name)).toEqual(inPath)
    }
  })

  it('answers problems under every operation of /v1, which all need a key', () => {
    const guarded = operations.filter(({ path }) => path.startsWith('/v1/'))
    for (const { operation } of guarded) {
      expect(operation.responses['default']?.content).toMatchObject({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      })
      expect(operation.security).toBe(undefined)
    }
    const open = operations.filter(({ path }) => !path.startsWith('/v1/'))
    for (const { operation } of open) expect(operation.security).toEqual([])
  })

  it('has no reference that does not resolve and no named schema that is unused', () => {
    const references = everyObject(document)
      .map((object) => object['$ref'])
      .filter((reference) => reference !== undefined)
    const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect(new Set(references)).toEqual(new Set(named))
  })

  it('closes every object and uses only types of JSON Schema', () => {
    const typed = everyObject({ paths: document.paths, schemas: document.components.schemas }).filter(
      (object) => typeof object['type'] === 'string',
    )
    const types = ['string', 'integer', 'boolean', 'array', 'object', 'null', 'number']
    expect(typed.filter(({ type }) => !types.includes(type as string))).toEqual([])
    const open = typed.filter(
      (object) =>
        object['type'] === 'object' && 'properties' in object && object['additionalProperties'] !== false,
    )
    expect(open).toEqual([])
  })

  it('knows no floating-point number', () => {
    expect(everyObject(document).filter((object) => object['type'] === 'number')).toEqual([])
  })
})
