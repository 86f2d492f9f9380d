import { beforeAll, describe, expect, it } from 'vitest'

import { meteringErrors, type DecideInput } from '../../metering/index.ts'
import { createApiHarness, OTHER_KEY, OWN_KEY, type ApiHarness } from '../testing/api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await createApiHarness()
})

const now = '2026-11-22T12:00:00.000Z'

const holdAnswer = {
  id: 3,
  deviceId: 'drill-1',
  register: null,
  epoch: 1,
  seq: 5,
  readingId: 5,
  code: 'content_conflict',
  detail: 'Compare the two readings.',
  heldAt: now,
  at: now,
  exchange: null,
  values: [
    {
      register: 'run_s',
      value: '9007199254740993',
      before: {
        at: now,
        value: '12',
        total: '9007199254740993',
        isPlaced: true,
        reading: { id: 4, epoch: 1, seq: 4 },
      },
      after: null,
    },
  ],
}

describe('GET /v1/holds', () => {
  it('gives a page with each held value between its accepted neighbours, as exact strings', async () => {
    const first = (await api.get('/v1/holds?limit=7')).json<{ nextAfter: string }>()
    expect(first).toEqual({ items: [holdAnswer], nextAfter: expect.any(String) })
    const second = await api.get(`/v1/holds?after=${first.nextAfter}`)
    expect(second.json()).toEqual({ items: [holdAnswer], nextAfter: null })
  })

  it('hands the filters on', async () => {
    const queries: unknown[] = []
    const { get } = await createApiHarness({
      metering: {
        findHolds: async (_manufacturerId, query) => {
          queries.push(query)
          return { items: [], nextAfter: undefined }
        },
      },
    })
    await get('/v1/holds?deviceId=drill-1&register=run_s&code=register_fell&sort=heldAt&limit=3')
    await get('/v1/devices/drill-1/holds?register=run_s')
    expect(queries).toEqual([
      { deviceId: 'drill-1', register: 'run_s', code: 'register_fell', sort: 'heldAt', limit: 3 },
      { deviceId: 'drill-1', register: 'run_s', limit: 50 },
    ])
  })

  it('I12 shows a manufacturer nothing of another', async () => {
    expect((await api.get('/v1/holds', OTHER_KEY)).json()).toEqual({ items: [], nextAfter: null })
    for (const url of [
      '/v1/holds?deviceId=drill-1',
      '/v1/devices/drill-1/holds',
      '/v1/devices/drill-1/decisions',
    ]) {
      const answer = await api.get(url, OTHER_KEY)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'device_unknown'])
    }
  })

  it.each(['limit=0', 'limit=101', 'after=x', 'code=Register+fell', 'offset=3'])(
    'refuses the query %s',
    async (query) => {
      const answer = await api.get(`/v1/holds?${query}`)
      expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, `/${query.split('=')[0]}`])
    },
  )
})

describe('POST /v1/devices/{id}/decisions', () => {
  const person = { decidedBy: 'Jo', reason: 'read on site' }
  const post = (payload: object, key = OWN_KEY, to = api) =>
    to.request({
      method: 'POST',
      url: '/v1/devices/drill-1/decisions',
      key,
      payload: { ...person, ...payload },
    })

  it.each<[object, DecideInput['decision']]>([
    [
      { kind: 'release', epoch: 1, seq: 5 },
      { kind: 'release', epoch: 1, seq: 5 },
    ],
    [
      { kind: 'reject', epoch: 1, seq: 5, register: 'run_s', readingId: 9 },
      { kind: 'reject', epoch: 1, seq: 5, register: 'run_s', readingId: 9 },
    ],
    [
      { kind: 'replace', epoch: 1, seq: 5, register: 'run_s', value: '9007199254740991' },
      { kind: 'replace', epoch: 1, seq: 5, register: 'run_s', value: 9_007_199_254_740_991n },
    ],
    [
      { kind: 'exchange', register: 'run_s', final: '70', start: '0', at: '2026-11-22T13:00:00+01:00' },
      { kind: 'exchange', register: 'run_s', final: 70n, start: 0n, at: Date.parse(now) },
    ],
    [
      { kind: 'hand_over', register: 'run_s', value: '70', at: now },
      { kind: 'hand_over', register: 'run_s', value: 70n, at: Date.parse(now) },
    ],
    [
      { kind: 'withdraw', decisionId: 12 },
      { kind: 'withdraw', decisionId: 12 },
    ],
  ])('takes %j', async (payload, decision) => {
    const inputs: DecideInput[] = []
    const harness = await createApiHarness({
      changes: {
        decide: async (input) => {
          inputs.push(input)
          const { decidedBy = '', reason } = input
          return {
            id: 8,
            deviceId: 'drill-1' as never,
            decision,
            decidedBy,
            reason,
            decidedAt: Date.parse(now),
          }
        },
      },
    })
    const answer = await post(payload, OWN_KEY, harness)
    expect(answer.statusCode).toBe(201)
    expect(inputs).toEqual([{ manufacturerId: 'man_own', deviceId: 'drill-1', decision, ...person }])
  })

  it('answers with the decision as it is kept', async () => {
    const answer = await post({ kind: 'hand_over', register: 'run_s', value: '70', at: now })
    expect(answer.json()).toEqual({
      id: 8,
      deviceId: 'drill-1',
      kind: 'hand_over',
      epoch: null,
      seq: null,
      register: 'run_s',
      readingId: null,
      value: '70',
      final: null,
      start: null,
      at: now,
      decisionId: null,
      decidedBy: 'Jo',
      reason: 'read on site',
      decidedAt: now,
    })
  })

  it('answers a withdrawal with the decision that it takes back', async () => {
    const answer = await post({ kind: 'withdraw', decisionId: 3 })
    expect(answer.json()).toMatchObject({
      id: 8,
      kind: 'withdraw',
      decisionId: 3,
      register: null,
      at: null,
      decidedBy: 'Jo',
    })
  })

  it('answers 404 for a decision that nobody made, 409 for one that is withdrawn already', async () => {
    const refuse = async (error: () => Error) => {
      const decide = async () => {
        throw error()
      }
      const answer = await post(
        { kind: 'withdraw', decisionId: 3 },
        OWN_KEY,
        await createApiHarness({ changes: { decide } }),
      )
      return { status: answer.statusCode, code: answer.json<{ code: string }>().code }
    }
    expect(await refuse(() => meteringErrors.decision_unknown('No.'))).toEqual({
      status: 404,
      code: 'decision_unknown',
    })
    expect(await refuse(() => meteringErrors.decision_withdrawn('No.'))).toEqual({
      status: 409,
      code: 'decision_withdrawn',
    })
  })

  it.each([
    ['a kind that there is not', { kind: 'forget', epoch: 1, seq: 5 }, '/kind'],
    ['a release without a sequence number', { kind: 'release', epoch: 1 }, '/seq'],
    ['a replacement without a value', { kind: 'replace', epoch: 1, seq: 5, register: 'run_s' }, '/value'],
    [
      'an exchange that names a reading',
      { kind: 'exchange', register: 'run_s', final: '1', start: '0', at: now, epoch: 1 },
      '/epoch',
    ],
    ['a withdrawal of nothing', { kind: 'withdraw' }, '/decisionId'],
    ['a withdrawal with a value', { kind: 'withdraw', decisionId: 3, value: '7' }, '/value'],
    ['a release that names a decision', { kind: 'release', epoch: 1, seq: 5, decisionId: 3 }, '/decisionId'],
    ['a value that is a number', { kind: 'hand_over', register: 'run_s', value: 70, at: now }, '/value'],
    [
      'a day that does not exist',
      { kind: 'hand_over', register: 'run_s', value: '7', at: '2026-02-30T00:00:00Z' },
      '/at',
    ],
    ['no reason', { kind: 'release', epoch: 1, seq: 5, reason: undefined }, '/reason'],
    ['an empty name', { kind: 'release', epoch: 1, seq: 5, decidedBy: '' }, '/decidedBy'],
  ])('refuses %s', async (_what, payload, pointer) => {
    const answer = await post(payload)
    expect([answer.statusCode >= 400 && answer.statusCode < 500, answer.json().errors[0].pointer]).toEqual([
      true,
      pointer,
    ])
  })

  it('I12 does not know the device of another manufacturer', async () => {
    const answer = await post({ kind: 'release', epoch: 1, seq: 5 }, OTHER_KEY)
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'device_unknown'])
  })
})

describe('GET /v1/devices/{id}/decisions', () => {
  it('pages through the audit trail, oldest first', async () => {
    const first = (await api.get('/v1/devices/drill-1/decisions?limit=2')).json<{
      items: { id: number }[]
      nextAfter: string
    }>()
    expect(first.items.map(({ id }) => id)).toEqual([1, 2])
    expect(first.items[0]).toMatchObject({
      kind: 'exchange',
      final: '9007199254740993',
      start: '0',
      epoch: null,
    })
    const second = (await api.get(`/v1/devices/drill-1/decisions?limit=2&after=${first.nextAfter}`)).json()
    expect(second).toMatchObject({ items: [{ id: 3 }], nextAfter: null })
  })
})

describe('PUT /v1/devices/{id}/model-version', () => {
  const put = (payload: object, key = OWN_KEY) =>
    api.request({ method: 'PUT', url: '/v1/devices/drill-1/model-version', key, payload })

  it('answers with the device as it is judged now', async () => {
    expect((await put({ version: 2 })).json()).toMatchObject({ id: 'drill-1', modelVersion: 2 })
  })

  it('refuses a version that the model or the manufacturer does not have', async () => {
    expect((await put({ version: 3 })).json()).toMatchObject({ status: 404, code: 'model_unknown' })
    expect((await put({ version: 2 }, OTHER_KEY)).json()).toMatchObject({
      status: 404,
      code: 'device_unknown',
    })
    expect((await put({ version: 0 })).json()).toMatchObject({ status: 400, code: 'request_invalid' })
  })
})
