import { Counter, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'

import { createApiHarness } from '../testing/api-harness.ts'

describe('service routes', () => {
  it('say that the process answers, without a key', async () => {
    const { app } = await createApiHarness()
    const answer = await app.inject('/health/live')
    expect([answer.statusCode, answer.json()]).toEqual([200, { isLive: true }])
  })

  it('turn ready to 503 while a part is not, and back', async () => {
    let isReady = true
    const { app } = await createApiHarness({
      readiness: () => ({ isReady, checks: { metering: isReady ? 'ok' : 'the disk is full' } }),
    })
    expect((await app.inject('/health/ready')).statusCode).toBe(200)
    isReady = false
    const answer = await app.inject('/health/ready')
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { isReady: false, checks: { metering: 'the disk is full' } },
    ])
    isReady = true
    expect((await app.inject('/health/ready')).statusCode).toBe(200)
  })

  it('give the metrics of the registry in the format of Prometheus', async () => {
    const registry = new Registry()
    new Counter({ name: 'readings_total', help: 'Readings', registers: [registry] }).inc(3)
    const { app } = await createApiHarness({ registry })
    const answer = await app.inject('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.body).toContain('readings_total 3')
  })

  it('say where to go, and each of those places answers', async () => {
    const { app } = await createApiHarness()
    const places = (await app.inject('/')).json<
      Record<'openapi' | 'problems' | 'metrics', string> & { health: string[] }
    >()
    for (const url of [places.openapi, places.problems, places.metrics, ...places.health]) {
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200])
    }
  })
})
