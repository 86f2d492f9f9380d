import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { october, openWorld, WORLD_NOW, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

type Answer = { items: { seq: number }[]; nextAfter: string | null; code?: string }
const get = async (url: string) => (await world.send('GET', url)).json<Answer>()

describe('GET /v1/fleet', () => {
  it('counts', async () => {
    expect(await get('/v1/fleet')).toMatchObject({ devices: 1, revoked: 0, openHolds: 0, customers: 2 })
  })
})

describe('GET /v1/devices/{id}/readings', () => {
  it('gives the newest first, page by page, with how each ended', async () => {
    const first = await get('/v1/devices/drill-1/readings?limit=2')
    expect(first.items[0]).toEqual({
      epoch: 1,
      seq: 5,
      receivedAt: '2026-11-20T09:00:01.000Z',
      at: '2026-11-20T09:00:00.000Z',
      clock: 'synced',
      registers: { run_s: '2400' },
      outcome: 'accepted',
      codes: [],
    })
    const second = await get(`/v1/devices/drill-1/readings?limit=10&after=${first.nextAfter}`)
    const seqs = [...first.items, ...second.items].map(({ seq }) => seq)
    expect([seqs, second.nextAfter]).toEqual([[5, 4, 3, 2, 1], null])
  })

  it('gives those of a span', async () => {
    const page = await get(`/v1/devices/drill-1/readings?from=2026-10-15T08:30:00Z&to=${october.to}`)
    expect(page.items.map(({ seq }) => seq)).toEqual([2])
  })

  it('names why one is held', async () => {
    await world.report('2026-11-20T10:00:00.000Z', 900_000)
    const { items } = await get('/v1/devices/drill-1/readings?limit=1')
    expect(items).toMatchObject([{ seq: 6, outcome: 'held', codes: ['advance_implausible'] }])
  })
})

describe('GET /v1/devices/{id}/sessions', () => {
  it('gives the spans in which it ran', async () => {
    const { items } = await get(`/v1/devices/drill-1/sessions?from=${october.from}&to=${WORLD_NOW}`)
    expect(items).toEqual([
      {
        from: '2026-10-15T08:00:00.000Z',
        to: '2026-10-15T09:00:00.000Z',
        quantity: '1800',
        register: 'run_s',
        isEstimated: false,
      },
      {
        from: '2026-11-20T08:00:00.000Z',
        to: '2026-11-20T09:00:00.000Z',
        quantity: '600',
        register: 'run_s',
        isEstimated: false,
      },
    ])
  })

  it('cuts a session at the borders of the span', async () => {
    const url = '/v1/devices/drill-1/sessions?from=2026-10-15T08:30:00Z&to=2026-10-15T08:45:00Z'
    expect((await get(url)).items).toMatchObject([
      { from: '2026-10-15T08:30:00.000Z', to: '2026-10-15T08:45:00.000Z', quantity: '450' },
    ])
  })

  it('refuses a span of years and a register that the model lacks', async () => {
    const base = '/v1/devices/drill-1/sessions?from=2020-01-01T00:00:00Z'
    expect((await get(base)).code).toBe('usage_steps_too_many')
    expect((await get(`${base}&to=2020-01-02T00:00:00Z&register=energy_wh`)).code).toBe(
      'register_not_in_model',
    )
  })
})
