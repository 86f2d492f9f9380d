import { beforeAll, describe, expect, it } from 'vitest'

import { coreErrors, InvariantError } from '../core/index.ts'
import { databaseErrors } from '../db/index.ts'
import {
  createApiHarness,
  OTHER_KEY,
  OWN_KEY,
  parseLog,
  PUBLIC_URL,
  type ApiHarness,
} from './testing/api-harness.ts'

const PROBLEM = 'application/problem+json; charset=utf-8'
const requestIdOfFirst = /^req_[0-9a-z]{26}$/

type ProblemBody = { readonly errors: readonly { readonly pointer: string }[] }

let shared: ApiHarness
beforeAll(async () => {
  shared = await createApiHarness()
})

describe('problems', () => {
  it('have the members of RFC 9457, a resolvable type and the request id', async () => {
    const { get } = shared
    const answer = await get('/v1/devices/drill-9')
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toBe(PROBLEM)
    expect(answer.json()).toEqual({
      type: `${PUBLIC_URL}/problems/device_unknown`,
      title: 'No such device',
      status: 404,
      detail: 'Use the id of one of your devices; "drill-9" is not one.',
      instance: expect.stringMatching(requestIdOfFirst),
      code: 'device_unknown',
    })
    expect(answer.headers['x-request-id']).toBe(answer.json().instance)
  })

  it('name every mismatch with the pointer of its member', async () => {
    const { request } = shared
    const answer = await request({
      method: 'POST',
      url: '/v1/devices',
      key: OWN_KEY,
      payload: { id: '../etc', commissionedAt: 'yesterday', extra: 1, baseValues: { run_s: 7 } },
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      code: 'request_invalid',
      detail: 'Correct the body as "errors" says.',
    })
    expect(
      answer
        .json<ProblemBody>()
        .errors.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(['/baseValues/run_s', '/commissionedAt', '/extra', '/id', '/modelId'])
  })

  it.each([
    ['GET', '/v1/devices/drill-1'],
    ['GET', '/v1/invoices/inv_1'],
    ['POST', '/v1/devices'],
  ] as const)('refuse a query that %s %s does not take', async (method, url) => {
    const payload = { id: 'drill-2', modelId: 'drill', commissionedAt: '2026-01-01T00:00:00Z' }
    const answer = await shared.request({
      method,
      url: `${url}?verbose=1`,
      key: OWN_KEY,
      ...(method === 'POST' && { payload }),
    })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/verbose'])
  })

  it.each([
    ['is not JSON', '{"id":', 'application/json', 400, 'body_not_json'],
    ['is empty', '', 'application/json', 400, 'body_not_json'],
    ['sets a prototype', '{"__proto__":{"id":"x"}}', 'application/json', 400, 'body_not_json'],
    ['is of another media type', '<id/>', 'application/xml', 415, 'media_type_unsupported'],
    ['is over the limit', `"${'x'.repeat(2_000)}"`, 'application/json', 413, 'body_too_large'],
  ])('answer a body that %s', async (_what, payload, contentType, status, code) => {
    const { request } = await createApiHarness({ limits: { bodyBytes: 1_000 } })
    const answer = await request({
      method: 'POST',
      url: '/v1/devices',
      key: OWN_KEY,
      headers: { 'content-type': contentType },
      payload,
    })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe(PROBLEM)
  })

  it.each([
    ['an unknown address', 'GET', '/v2/devices', 404, 'route_unknown'],
    ['a URL that cannot be decoded', 'GET', '/v1/devices/%ff', 400, 'request_malformed'],
    [
      'a path parameter of a thousand characters',
      'GET',
      `/v1/devices/${'x'.repeat(1_000)}`,
      414,
      'url_too_long',
    ],
    ['a method the address does not take', 'DELETE', '/v1/devices/drill-1', 405, 'method_not_allowed'],
  ] as const)('answer %s', async (_what, method, url, status, code) => {
    const { request } = shared
    const answer = await request({ method, url, key: OWN_KEY })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers).toMatchObject({
      'content-type': PROBLEM,
      'x-content-type-options': 'nosniff',
      'x-request-id': answer.json().instance,
    })
  })

  it('name the methods that an address takes', async () => {
    const { request } = shared
    const answer = await request({ method: 'DELETE', url: '/v1/devices' })
    expect(answer.headers.allow).toBe('GET, HEAD, POST')
  })

  it('answer 503 while the database takes no writes', async () => {
    const { request } = await createApiHarness({
      changes: {
        registerModel: async () => {
          throw databaseErrors.store_unavailable('Try again in a minute.')
        },
      },
    })
    const answer = await request({
      method: 'PUT',
      url: '/v1/models/drill',
      key: OWN_KEY,
      payload: {
        name: 'Drill',
        registers: [{ name: 'run_s', unit: 's', maxPerHour: '3600', maxGapMs: 1, gapRule: 'end' }],
      },
    })
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'store_unavailable'])
  })

  it('answer 503 when an answer takes too long', async () => {
    const { get } = await createApiHarness({
      limits: { answerTimeoutMs: 5 },
      metering: { listDevices: () => Promise.withResolvers<never>().promise },
    })
    const answer = await get('/v1/devices')
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'answer_timeout'])
  })

  it.each([
    ['an unknown error', new Error('password=hunter2'), 50],
    ['an invariant', new InvariantError('password=hunter2'), 60],
    [
      'an error of a library with a status of its own',
      Object.assign(new Error('x'), { statusCode: 402 }),
      50,
    ],
  ])('answer 500 without any detail for %s and log it', async (_what, error, level) => {
    const { get, logged } = await createApiHarness({
      metering: { listDevices: () => Promise.reject(error) },
    })
    const answer = await get('/v1/devices')
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({
      type: `${PUBLIC_URL}/problems/internal_error`,
      title: 'Something went wrong on our side',
      status: 500,
      instance: expect.stringMatching(requestIdOfFirst),
      code: 'internal_error',
    })
    expect(parseLog(logged)).toContainEqual(
      expect.objectContaining({ level, code: 'internal_error', requestId: answer.json().instance }),
    )
  })

  it('answer 422 for a meaning that cannot be taken', async () => {
    const { get } = await createApiHarness({
      metering: { listDevices: () => Promise.reject(coreErrors.id_invalid('Use another id.')) },
    })
    expect((await get('/v1/devices')).statusCode).toBe(422)
  })
})

describe('API keys', () => {
  it.each([
    ['without one', {}, 'api_key_missing', 'Bearer realm="usance"'],
    [
      'with an unknown one',
      { authorization: 'Bearer nope' },
      'api_key_invalid',
      'Bearer realm="usance", error="invalid_token"',
    ],
    [
      'with another scheme',
      { authorization: `Basic ${OWN_KEY}` },
      'api_key_invalid',
      'Bearer realm="usance", error="invalid_token"',
    ],
    [
      'with an overlong one',
      { authorization: `Bearer ${'x'.repeat(5_000)}` },
      'api_key_invalid',
      'Bearer realm="usance", error="invalid_token"',
    ],
  ])('refuse a request %s with 401 and the scheme to use', async (_what, headers, code, challenge) => {
    const { request } = shared
    const answer = await request({ url: '/v1/devices', headers })
    expect([answer.statusCode, answer.json().code]).toEqual([401, code])
    expect(answer.headers['www-authenticate']).toBe(challenge)
  })

  it('refuse before the body is read', async () => {
    const { request } = shared
    const answer = await request({
      method: 'POST',
      url: '/v1/devices',
      headers: { 'content-type': 'application/json' },
      payload: '{',
    })
    expect(answer.json().code).toBe('api_key_missing')
  })

  it('guard every address under /v1', async () => {
    const { app, request } = shared
    const { paths } = (await request({ url: '/openapi.json' })).json<{ paths: Record<string, object> }>()
    const guarded = Object.entries(paths).filter(([path]) => path.startsWith('/v1/'))
    const calls = guarded.flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => ({ path: path.replace(/\{\w+\}/, 'x_1'), method })),
    )
    expect(calls.length).toBeGreaterThanOrEqual(13)
    for (const [index, { path, method }] of calls.entries()) {
      // From an address of its own: together they are more than one address may send in a minute.
      const remoteAddress = `10.0.0.${index}`
      const answer = await app.inject({ method: method as 'get', url: path, remoteAddress })
      expect([path, answer.statusCode]).toEqual([path, 401])
    }
  })
})

describe("another manufacturer's ids", () => {
  it.each([
    ['/v1/devices/drill-1', 'device_unknown'],
    ['/v1/devices/drill-1/holds', 'device_unknown'],
    ['/v1/devices/drill-1/usage?register=run_s&from=2026-11-01T00:00:00Z', 'device_unknown'],
    ['/v1/models/drill', 'model_unknown'],
    ['/v1/contracts/con_1/bill', 'contract_not_found'],
    ['/v1/invoices/inv_1', 'invoice_not_found'],
  ])('I12: %s answers 404 to a stranger and 200 to its owner', async (url, code) => {
    const { get } = shared
    const answer = await get(url, OTHER_KEY)
    expect([answer.statusCode, answer.json().code]).toEqual([404, code])
    expect((await get(url, OWN_KEY)).statusCode).toBe(200)
  })
})

describe('rate limit', () => {
  it('answers 429 as a problem that says how long to wait', async () => {
    const { get } = await createApiHarness({ limits: { requestsPerMinutePerManufacturer: 2 } })
    await get('/v1/devices')
    await get('/v1/devices')
    const answer = await get('/v1/devices')
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['content-type']).toBe(PROBLEM)
    expect(answer.headers['retry-after']).toBe('60')
    expect(answer.json()).toMatchObject({ code: 'too_many_requests', status: 429 })
  })

  it('counts each manufacturer alone', async () => {
    const { get } = await createApiHarness({ limits: { requestsPerMinutePerManufacturer: 1 } })
    await get('/v1/devices', OWN_KEY)
    expect((await get('/v1/devices', OTHER_KEY)).statusCode).toBe(200)
  })

  it('counts requests without a valid key per address, whatever key they guess', async () => {
    const { get } = await createApiHarness({ limits: { requestsPerMinutePerAddress: 2 } })
    const guesses: number[] = []
    for (const key of ['a', 'b', 'c']) guesses.push((await get('/v1/devices', key)).statusCode)
    expect(guesses).toEqual([401, 401, 429])
    expect((await get('/v1/devices', OWN_KEY)).statusCode).toBe(200)
  })

  it('counts unknown addresses too', async () => {
    const { get } = await createApiHarness({ limits: { requestsPerMinutePerAddress: 1 } })
    await get('/nowhere')
    expect((await get('/nowhere')).statusCode).toBe(429)
  })

  it('leaves out what machines poll', async () => {
    const { get } = await createApiHarness({ limits: { requestsPerMinutePerAddress: 1 } })
    await get('/health/live')
    expect((await get('/health/live')).statusCode).toBe(200)
  })
})

describe('header fields', () => {
  it('forbid sniffing, framing, referrers and any content on every answer', async () => {
    const { get } = shared
    for (const url of ['/', '/v1/devices', '/health/live', '/nowhere', '/problems/device_unknown']) {
      expect((await get(url)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      })
    }
  })

  it('forbid caches to keep anything under /v1, problems included', async () => {
    const { get } = shared
    expect((await get('/v1/devices')).headers['cache-control']).toBe('no-store')
    expect((await get('/v1/devices/drill-9')).headers['cache-control']).toBe('no-store')
  })
})

describe('the log', () => {
  it('has one line per request with ids and neither key, query, body nor secret', async () => {
    const { request, logged } = await createApiHarness()
    const answer = await request({
      method: 'POST',
      url: '/v1/devices',
      key: OWN_KEY,
      payload: {
        id: 'drill-2',
        modelId: 'drill',
        serial: 'SECRET-SERIAL',
        commissionedAt: '2026-01-01T00:00:00Z',
      },
    })
    expect(answer.statusCode).toBe(201)
    await request({ url: '/v1/devices?text=secretQuery', key: OWN_KEY })
    expect(parseLog(logged)).toEqual([
      expect.objectContaining({
        msg: 'answered',
        requestId: answer.headers['x-request-id'],
        manufacturerId: 'man_own',
        method: 'POST',
        route: '/v1/devices',
        status: 201,
      }),
      expect.objectContaining({ method: 'GET', route: '/v1/devices', status: 200 }),
    ])
    for (const secret of [OWN_KEY, 'secretQuery', 'SECRET-SERIAL', 'the-device-secret', 'authorization']) {
      expect(logged.join('\n')).not.toContain(secret)
    }
  })
})
