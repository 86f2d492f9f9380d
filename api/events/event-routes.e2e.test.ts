/** Events over a real connection: a commit reaches whoever looks, and nobody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, type World, type WorldKey } from '../testing/world-harness.ts'

type Message = { readonly id: string; readonly event: string; readonly data: Record<string, unknown> }

let world: World
let url: string
let note: (deviceIds: readonly string[]) => void = () => undefined
beforeAll(async () => {
  world = await openWorld({
    limits: { eventHeartbeatMs: 20 },
    onCommitted: (listener) => {
      note = (deviceIds) => listener(deviceIds.map((deviceId) => ({ deviceId })))
    },
  })
  url = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.close())

async function open(query: string, key: WorldKey, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  const answer = await fetch(`${url}/v1/events?${query}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: abort.signal,
  })
  const reader = answer.ok ? answer.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined
  let text = ''
  async function next(): Promise<Message> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end === -1) {
        const { value = '', done = true } = (await reader?.read()) ?? {}
        if (done) throw new Error('the stream ended')
        text += value
        continue
      }
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      )
      text = text.slice(end + 2)
      const event = fields.get('event')
      if (event === undefined) continue
      const data = JSON.parse(fields.get('data') ?? '') as Record<string, unknown>
      return { id: fields.get('id') ?? '', event, data }
    }
  }
  return { answer, next, close: () => abort.abort() }
}

describe('GET /v1/events', () => {
  it('gives the bill at once and again after a commit', async () => {
    const stream = await open(`topics=bill&contractId=${world.ids.crewContract}`, 'crew')
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream')
    // 600 s are 10 min at 0.12, and the base fee of 4.90.
    expect(await stream.next()).toMatchObject({ event: 'bill', data: { total: '6.10' } })
    await world.report('2026-11-20T10:00:00.000Z', 3_000)
    world.setNow('2026-11-22T12:00:10.000Z')
    note(['drill-1'])
    expect(await stream.next()).toMatchObject({ event: 'bill', data: { total: '7.30' } })
    stream.close()
  })

  it('tells a manufacturer where a device stands and goes on from the last event', async () => {
    const stream = await open('topics=device_status', 'admin')
    note(['drill-1'])
    const first = await stream.next()
    expect(first).toMatchObject({ event: 'device_status', data: { id: 'drill-1', site: 'Linz' } })
    stream.close()
    note(['drill-1'])
    const later = await open('topics=device_status', 'admin', { 'last-event-id': first.id })
    expect(await later.next()).toMatchObject({ event: 'device_status', data: { id: 'drill-1' } })
    later.close()
  })

  it('ends with the next heartbeat after its key, session or membership has ended', async () => {
    const stream = await open('topics=usage', 'site')
    const kept = await open('topics=device_status', 'admin')
    world.endAccess('site')
    await expect(stream.next()).rejects.toThrow('the stream ended')
    note(['drill-1'])
    expect(await kept.next()).toMatchObject({ event: 'device_status' })
    kept.close()
  })

  it('begins again for who comes back with the id of another start of the server', async () => {
    const stream = await open('topics=device_status', 'admin', { 'last-event-id': 'gone-7' })
    expect(await stream.next()).toMatchObject({ event: 'reset', data: {} })
    stream.close()
  })

  it.each([
    ['topics=device_status', 'crew', 'access_denied'],
    ['topics=bill', 'crew', 'request_invalid'],
    ['topics=weather', 'crew', 'request_invalid'],
    ['topics=bill&contractId=con_0', 'crew', 'contract_not_found'],
  ] as const)('refuses %s', async (query, key, code) => {
    const { answer } = await open(query, key)
    expect(await answer.json()).toMatchObject({ code })
  })

  it('refuses a customer the bill of another, and anybody the ninth stream', async () => {
    const foreign = await open(`topics=bill&contractId=${world.ids.siteContract}`, 'crew')
    expect(await foreign.answer.json()).toMatchObject({ code: 'contract_not_found' })
    const streams = []
    for (let index = 0; index < 8; index += 1) streams.push(await open('topics=usage', 'auditor'))
    const ninth = await open('topics=usage', 'auditor')
    expect(await ninth.answer.json()).toMatchObject({ code: 'too_many_requests' })
    for (const stream of streams) stream.close()
  })
})
