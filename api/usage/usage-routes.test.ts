import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, instantAfter, type ApiHarness } from '../testing/api-harness.ts'

type Usage = { readonly steps: readonly { readonly quantity: string }[] }

describe('GET /v1/devices/{id}/usage', () => {
  let api: ApiHarness
  beforeAll(async () => {
    api = await createApiHarness()
  })

  it('gives exact quantities as strings with the borders they follow from', async () => {
    const query = 'register=run_s&from=2026-11-22T07:00:00%2B01:00&to=2026-11-22T08:30:00Z&step=hour'
    const answer = await api.get(`/v1/devices/drill-1/usage?${query}`)
    expect(answer.json()).toMatchObject({
      deviceId: 'drill-1',
      register: 'run_s',
      unit: 's',
      from: '2026-11-22T06:00:00.000Z',
      to: '2026-11-22T08:30:00.000Z',
      step: 'hour',
      timeZone: null,
      quantity: '9000',
      knownUntil: '2026-11-22T12:00:00.000Z',
    })
    expect(answer.json<Usage>().steps.map(({ quantity }) => quantity)).toEqual(['3600', '3600', '1800'])
    expect(answer.json().steps[0].start).toEqual({
      at: '2026-11-22T06:00:00.000Z',
      value: '1795327200',
      before: null,
      after: null,
      isEstimated: false,
    })
  })

  it('goes up to now when no end is given', async () => {
    const answer = await api.get(`/v1/devices/drill-1/usage?register=run_s&from=${instantAfter(-5_000)}`)
    expect(answer.json()).toMatchObject({ to: instantAfter(0), quantity: '5' })
  })

  it('shows the readings around a border and that it is estimated', async () => {
    const before = { at: 0, value: 1n, reading: { id: 9, epoch: 1, seq: 2 } }
    const after = { at: 9_000, value: 3n, reading: undefined }
    const { get } = await createApiHarness({
      metering: {
        readUsage: async (queries) =>
          queries.map((query) => ({
            ...query,
            unit: 's',
            quantity: 1n,
            start: { at: query.from, value: 1n, before, after, isEstimated: false },
            end: { at: query.to, value: 2n, before, after, isEstimated: true },
            knownUntil: undefined,
          })),
      },
    })
    const answer = await get('/v1/devices/drill-1/usage?register=run_s&from=1970-01-01T00:00:00Z')
    expect(answer.json()).toMatchObject({ knownUntil: null, steps: [{ isEstimated: true }] })
    expect(answer.json().steps[0].end).toEqual({
      at: '2026-11-22T12:00:00.000Z',
      value: '2',
      before: { at: '1970-01-01T00:00:00.000Z', value: '1', reading: { epoch: 1, seq: 2 } },
      after: { at: '1970-01-01T00:00:09.000Z', value: '3', reading: null },
      isEstimated: true,
    })
  })

  it.each([
    ['an unknown member', 'register=run_s&from=2026-11-01T00:00:00Z&per=day', 400, 'request_invalid', '/per'],
    ['no register', 'from=2026-11-01T00:00:00Z', 400, 'request_invalid', '/register'],
    [
      'a member twice',
      'register=run_s&register=x&from=2026-11-01T00:00:00Z',
      400,
      'request_invalid',
      '/register',
    ],
    [
      'an unknown step',
      'register=run_s&from=2026-11-01T00:00:00Z&step=week',
      400,
      'request_invalid',
      '/step',
    ],
    ['a local time', 'register=run_s&from=2026-11-01T00:00:00', 400, 'request_invalid', '/from'],
    ['30 February', 'register=run_s&from=2026-02-30T00:00:00Z', 400, 'request_invalid', '/from'],
    [
      'days without a zone',
      'register=run_s&from=2026-11-01T00:00:00Z&step=day',
      422,
      'usage_query_invalid',
      '/timeZone',
    ],
    [
      'too many steps',
      'register=run_s&from=2020-11-01T00:00:00Z&step=hour',
      422,
      'usage_steps_too_many',
      undefined,
    ],
    [
      'a register of another model',
      'register=energy_wh&from=2026-11-01T00:00:00Z',
      404,
      'register_not_in_model',
      undefined,
    ],
  ])('refuses %s', async (_what, query, status, code, pointer) => {
    const answer = await api.get(`/v1/devices/drill-1/usage?${query}`)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.json().errors?.[0].pointer).toBe(pointer)
  })
})
