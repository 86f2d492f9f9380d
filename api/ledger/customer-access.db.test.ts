/** What the people of a customer see (I12): of a drill that another customer had before or after, only their own time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { october, openWorld, WORLD_NOW, type World, type WorldKey } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const get = (url: string, key: WorldKey) => world.send('GET', url, { key })
const idsOf = async (url: string, key: WorldKey) =>
  (await get(url, key)).json<{ items: { id: string }[] }>().items.map(({ id }) => id)

describe('I12: a customer', () => {
  it('lists its own contracts and invoices and no others', async () => {
    const { ids } = world
    expect(await idsOf('/v1/contracts', 'site')).toEqual([ids.siteContract])
    expect(await idsOf('/v1/contracts', 'crew')).toEqual([ids.crewContract])
    expect(await idsOf(`/v1/contracts?customerId=${ids.site}`, 'crew')).toEqual([])
    expect(await idsOf('/v1/invoices', 'site')).toEqual([ids.invoice])
    expect(await idsOf('/v1/invoices', 'crew')).toEqual([])
    expect(await idsOf(`/v1/assignments?deviceId=drill-1`, 'crew')).toEqual([ids.crewAssignment])
  })

  it('finds nothing where another customer has a contract, a bill, an invoice or an account', async () => {
    const { ids } = world
    const foreign = [
      `/v1/contracts/${ids.siteContract}`,
      `/v1/contracts/${ids.siteContract}/bill`,
      `/v1/contracts/${ids.siteContract}/draft`,
      `/v1/contracts/${ids.siteContract}/usage?from=${october.from}`,
      `/v1/contracts/${ids.siteContract}/sessions?from=${october.from}`,
      `/v1/invoices/${ids.invoice}`,
      `/v1/customers/${ids.site}`,
    ]
    for (const url of foreign) {
      expect([url, (await get(url, 'crew')).statusCode]).toEqual([url, 404])
      expect([url, (await get(url, 'site')).statusCode]).toEqual([url, 200])
    }
  })

  it('may not ask for what is the manufacturer’s', async () => {
    for (const url of [
      '/v1/customers',
      '/v1/fleet',
      '/v1/billing-run',
      '/v1/holds',
      '/v1/devices/drill-1/secrets',
    ]) {
      expect([url, (await get(url, 'site')).statusCode]).toEqual([url, 403])
    }
    const payload = { name: 'Mine', email: 'a@example.com' }
    expect((await world.send('POST', '/v1/customers', { payload, key: 'site' })).statusCode).toBe(403)
  })

  it('sees the usage of a device only while it had the device', async () => {
    const { ids } = world
    const usageOf = async (contract: string, key: WorldKey) => {
      const answer = await get(`/v1/contracts/${contract}/usage?from=${october.from}&step=day`, key)
      const { devices } = answer.json<{
        devices: { series: { steps: { from: string; to: string; quantity: string }[] }[] }[]
      }>()
      return devices.flatMap(({ series }) => series).flatMap(({ steps }) => steps)
    }
    const ofSite = await usageOf(ids.siteContract, 'site')
    expect([ofSite[0]?.from, ofSite.at(-1)?.to]).toEqual([october.from, october.to])
    expect(ofSite.filter(({ quantity }) => quantity !== '0')).toEqual([
      {
        from: '2026-10-14T22:00:00.000Z',
        to: '2026-10-15T22:00:00.000Z',
        quantity: '1800',
        isEstimated: false,
      },
    ])
    const ofCrew = await usageOf(ids.crewContract, 'crew')
    expect([ofCrew[0]?.from, ofCrew.at(-1)?.to]).toEqual([october.to, WORLD_NOW])
    expect(ofCrew.filter(({ quantity }) => quantity !== '0').map(({ quantity }) => quantity)).toEqual(['600'])
  })

  it('sees when a device ran only while it had the device, cut where it got or gave it back', async () => {
    const { ids } = world
    const sessionsOf = async (contract: string, from: string, key: WorldKey) =>
      (await get(`/v1/contracts/${contract}/sessions?from=${from}`, key)).json<unknown>()
    const from = '2026-10-25T00:00:00.000Z'
    expect(await sessionsOf(ids.siteContract, from, 'site')).toEqual({
      devices: [{ deviceId: 'drill-1', sessions: [] }],
    })
    expect(await sessionsOf(ids.crewContract, from, 'crew')).toMatchObject({
      devices: [{ deviceId: 'drill-1', sessions: [{ register: 'run_s', quantity: '600' }] }],
    })
    const tooLong = await get(`/v1/contracts/${ids.siteContract}/sessions?from=2026-08-01T00:00:00Z`, 'site')
    expect([tooLong.statusCode, tooLong.json().code]).toEqual([422, 'usage_steps_too_many'])
    const other = await get(
      `/v1/contracts/${ids.crewContract}/sessions?from=${from}&register=energy_wh`,
      'crew',
    )
    expect(other.json()).toEqual({ devices: [] })
  })

  it('sees where a device stands now only if it has the device now, and no hold, tag or site', async () => {
    const ofCrew = (await get('/v1/devices/drill-1', 'crew')).json()
    expect(ofCrew).toMatchObject({
      id: 'drill-1',
      serial: 'SN-1',
      customer: { id: world.ids.crew, name: 'Crew' },
      registers: { run_s: { value: '2400' } },
      openHolds: 0,
      site: null,
      tags: [],
    })
    const ofSite = (await get('/v1/devices/drill-1', 'site')).json()
    expect(ofSite).toMatchObject({ customer: null, registers: {}, lastReading: null, lastSeenAt: null })
    expect(await idsOf('/v1/devices', 'site')).toEqual(['drill-1'])
    expect(await idsOf('/v1/devices?text=SN-', 'crew')).toEqual(['drill-1'])
    expect(await idsOf('/v1/devices?text=x', 'crew')).toEqual([])
    expect((await get('/v1/devices?tag=blue', 'crew')).json().code).toBe('request_invalid')
  })

  it('does not find a device that it never had', async () => {
    const payload = { id: 'drill-2', modelId: 'drill', commissionedAt: WORLD_NOW }
    await world.send('POST', '/v1/devices', { payload })
    expect((await get('/v1/devices/drill-2', 'site')).json().code).toBe('device_unknown')
    expect((await get('/v1/devices/drill-2', 'admin')).statusCode).toBe(200)
  })
})

describe('another manufacturer', () => {
  it('finds nothing', async () => {
    const { ids } = world
    const urls = [
      `/v1/contracts/${ids.siteContract}`,
      `/v1/contracts/${ids.siteContract}/usage?from=${october.from}`,
      `/v1/contracts/${ids.siteContract}/sessions?from=${october.from}`,
      `/v1/contracts/${ids.siteContract}/draft`,
      `/v1/customers/${ids.site}`,
      `/v1/tariffs/${ids.tariff}`,
      '/v1/devices/drill-1/readings',
      `/v1/devices/drill-1/sessions?from=${october.from}`,
    ]
    for (const url of urls) expect([url, (await get(url, 'foreign')).statusCode]).toEqual([url, 404])
    expect((await get('/v1/fleet', 'foreign')).json()).toMatchObject({ devices: 0, customers: 0 })
  })
})
