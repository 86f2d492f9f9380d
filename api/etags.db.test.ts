import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { DeviceId } from '../core/index.ts'
import { openWorld, type World } from './testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const etagOf = async (url: string) => String((await world.send('GET', url)).headers.etag)
const patch = (url: string, payload: object, etag?: string) =>
  world.send('PATCH', url, { payload, ...(etag !== undefined && { headers: { 'if-match': etag } }) })

describe('an ETag', () => {
  it('spares a reader what it has', async () => {
    const url = `/v1/customers/${world.ids.site}`
    const etag = await etagOf(url)
    expect(etag).toMatch(/^"[\w-]{22}\.[\w-]{22}"$/)
    const again = await world.send('GET', url, { headers: { 'if-none-match': etag } })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('is new when a device reports, and still good for changing the device', async () => {
    const url = '/v1/devices/drill-1'
    const etag = await etagOf(url)
    await world.report('2026-11-21T08:00:00.000Z', 2_400)
    expect(await etagOf(url)).not.toBe(etag)
    expect((await patch(url, { site: 'Wels' }, etag)).statusCode).toBe(200)
    expect((await patch(url, { site: 'Graz' }, etag)).json().code).toBe('etag_stale')
  })

  it('of a device tells a firmware that the device has just named', async () => {
    const url = '/v1/devices/drill-1'
    world.metering.noteFirmware('drill-1' as DeviceId, '9.0')
    const etag = await etagOf(url)
    expect((await patch(url, { site: 'Enns' }, etag)).json()).toMatchObject({ site: 'Enns', firmware: '9.0' })
  })
})

describe('If-Match', () => {
  it('is asked for, and stale ones are refused, by every change of what has an ETag', async () => {
    const added = await world.send('POST', '/v1/webhook-endpoints', {
      payload: { url: 'https://hooks.example.com/' },
    })
    const changes: readonly [string, object][] = [
      [`/v1/customers/${world.ids.site}`, { taxId: 'A' }],
      ['/v1/devices/drill-1', { tags: ['a'] }],
      ['/v1/manufacturer', { languages: ['de'] }],
      [String(added.headers.location), { description: 'Books' }],
    ]
    for (const [url, payload] of changes) {
      expect((await patch(url, payload)).json()).toMatchObject({ status: 428, code: 'etag_missing' })
      expect((await patch(url, payload, '"0.0"')).json()).toMatchObject({ status: 412, code: 'etag_stale' })
      const etag = await etagOf(url)
      const changed = await patch(url, payload, etag)
      expect([url, changed.statusCode]).toEqual([url, 200])
      expect((await patch(url, payload, etag)).json()).toMatchObject({ status: 412, code: 'etag_stale' })
      expect((await patch(url, payload, String(changed.headers.etag))).statusCode).toBe(200)
      expect((await patch(url, payload, `"0.0", W/${String(changed.headers.etag)}`)).statusCode).toBe(200)
      expect((await patch(url, payload, '*')).statusCode).toBe(200)
    }
  })

  it.each(['customer', 'device'] as const)(
    'lets exactly one of twenty writers through who saw the same %s',
    async (kind) => {
      const url = kind === 'customer' ? `/v1/customers/${world.ids.crew}` : '/v1/devices/drill-1'
      const etag = await etagOf(url)
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, no) =>
          patch(url, kind === 'customer' ? { taxId: `T-${no}` } : { site: `S-${no}` }, etag),
        ),
      )
      const statuses = answers.map(({ statusCode }) => statusCode)
      expect(statuses.toSorted((left, right) => left - right)).toEqual([
        200,
        ...Array.from({ length: 19 }, () => 412),
      ])
      const winner = answers.find(({ statusCode }) => statusCode === 200)
      expect((await world.send('GET', url)).json()).toEqual(winner?.json())
    },
  )
})
