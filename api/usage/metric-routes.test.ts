import { beforeAll, describe, expect, it } from 'vitest'

import type { MetricQuery } from '../../metering/index.ts'
import {
  createApiHarness,
  HUGE,
  instantAfter,
  OTHER_KEY,
  OWN_KEY,
  type ApiHarness,
} from '../testing/api-harness.ts'

const url = '/v1/usage/metrics'
const peak = {
  deviceId: 'drill-1',
  metric: { source: { register: 'run_s' }, aggregation: 'max' },
  from: '2026-11-22T07:00:00+01:00',
}

describe('POST /v1/usage/metrics', () => {
  let api: ApiHarness
  const asked: MetricQuery[] = []
  beforeAll(async () => {
    api = await createApiHarness({
      metering: {
        readMetrics: async (queries) => {
          asked.splice(0, asked.length, ...queries)
          return queries.map((query) => ({
            ...query,
            quantity: 'register' in query.metric.source ? HUGE : undefined,
            estimatedQuantity: 2n,
            excludedQuantity: 3n,
            ...('register' in query.metric.source ? { slotAt: query.from, unit: 's' } : { unit: undefined }),
            openSessions: 1,
            knownUntil: undefined,
          }))
        },
      },
    })
  })
  const post = (payload: object, key = OWN_KEY) => api.request({ method: 'POST', url, payload, key })

  it('gives exact quantities as strings, in the order asked', async () => {
    const labels = { programme: ['eco', ''] }
    const latest = {
      ...peak,
      metric: { source: { eventType: 'wash' }, aggregation: 'latest', labels, label: 'programme' },
      to: '2026-11-22T08:00:00Z',
      cutoffAt: '2026-11-22T09:00:00Z',
    }
    const answer = await post({ queries: [peak, latest] })
    const common = {
      deviceId: 'drill-1',
      from: '2026-11-22T06:00:00.000Z',
      labelText: null,
      knownUntil: null,
    }
    const parts = { estimatedQuantity: '2', excludedQuantity: '3', openSessions: 1 }
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        results: [
          {
            ...common,
            ...parts,
            to: instantAfter(0),
            cutoffAt: instantAfter(0),
            quantity: '9007199254740993',
            unit: 's',
            slotAt: '2026-11-22T06:00:00.000Z',
          },
          {
            ...common,
            ...parts,
            to: '2026-11-22T08:00:00.000Z',
            cutoffAt: '2026-11-22T09:00:00.000Z',
            quantity: null,
            unit: null,
            slotAt: null,
          },
        ],
      },
    ])
    expect(asked[1]).toEqual({
      deviceId: 'drill-1',
      metric: latest.metric,
      from: Date.parse('2026-11-22T06:00:00Z'),
      to: Date.parse('2026-11-22T08:00:00Z'),
      cutoffAt: Date.parse('2026-11-22T09:00:00Z'),
    })
  })

  it('I12: reads a device of another manufacturer as absent', async () => {
    const answer = await post({ queries: [peak] }, OTHER_KEY)
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'device_unknown'])
  })

  const metric = (changes: object) => ({ queries: [{ ...peak, metric: { ...peak.metric, ...changes } }] })
  it.each<[string, object, number, string, string?]>([
    ['no query', { queries: [] }, 400, 'request_invalid', '/queries'],
    ['51 queries', { queries: Array.from({ length: 51 }, () => peak) }, 400, 'request_invalid', '/queries'],
    ['an unknown member', metric({ per: 'day' }), 400, 'request_invalid', '/queries/0/metric/per'],
    [
      'an unknown aggregation',
      metric({ aggregation: 'average' }),
      400,
      'request_invalid',
      '/queries/0/metric/aggregation',
    ],
    [
      'two sources',
      metric({ source: { register: 'run_s', eventType: 'job' } }),
      400,
      'request_invalid',
      '/queries/0/metric/source',
    ],
    [
      'a label without texts',
      metric({ labels: { a: [] } }),
      400,
      'request_invalid',
      '/queries/0/metric/labels/a',
    ],
    [
      '30 February',
      { queries: [peak, { ...peak, from: '2026-02-30T00:00:00Z' }] },
      400,
      'request_invalid',
      '/queries/1/from',
    ],
  ])('refuses %s', async (_what, payload, status, code, pointer) => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    const pointers = (answer.json().errors as { pointer: string }[]).map((issue) => issue.pointer)
    expect(pointers).toContain(pointer)
  })

  it('hands on what metering refuses, with the member that is wrong', async () => {
    const { request } = await createApiHarness()
    const answer = await request({
      method: 'POST',
      url,
      key: OWN_KEY,
      payload: metric({ aggregation: 'count' }),
    })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      422,
      { code: 'metric_invalid', errors: [{ pointer: '/queries/0/metric/aggregation' }] },
    ])
  })
})
