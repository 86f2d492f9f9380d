/** Every list of the document: in each of its orders, page by page, and cursors that belong to another question. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { october, openWorld, WORLD_NOW, type World, type WorldKey } from './testing/world-harness.ts'

type Parameter = {
  readonly name: string
  readonly in: string
  readonly schema: { readonly enum?: readonly string[] }
}
type List = { readonly url: string; readonly parameters: readonly Parameter[] }
type Page = {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly nextAfter: string | null
}

let world: World
let lists: readonly List[]
let endpointId = ''
beforeAll(async () => {
  world = await openWorld()
  await fill()
  const { paths } = (await world.app.inject('/openapi.json')).json<{
    paths: Record<string, { get?: { parameters?: Parameter[] } }>
  }>()
  lists = Object.entries(paths).flatMap(([path, { get }]) => {
    const parameters = get?.parameters?.filter((each) => each.in === 'query') ?? []
    if (!path.startsWith('/v1/') || !parameters.some(({ name }) => name === 'after')) return []
    const since = parameters.some(({ name }) => name === 'since') ? `?since=${WORLD_NOW}` : ''
    const id = path.startsWith('/v1/webhook-endpoints/') ? endpointId : 'drill-1'
    const url = `${path.replace('{id}', id)}${path.endsWith('/sessions') ? `?from=${october.from}` : since}`
    return [{ url, parameters }]
  })
})
afterAll(() => world.close())

/** At least two rows for most lists, some equal in what they are sorted by. */
async function fill(): Promise<void> {
  for (const no of [1, 2, 3]) {
    const post = async (url: string, payload: object) => {
      expect([url, (await world.send('POST', url, { payload })).statusCode]).toEqual([url, 201])
    }
    await post('/v1/customers', { name: 'Same', email: `c-${no}@example.com` })
    await post('/v1/devices', { id: `d-${no}`, modelId: 'drill', commissionedAt: WORLD_NOW, site: 'Linz' })
    await post('/v1/claims', { modelId: 'drill', expiresAt: '2027-01-01T00:00:00Z', claims: [{}] })
    await post('/v1/api-keys', { label: 'same', scopes: ['devices:read'] })
    const rate = { place: 'DE', percent: '19', kind: 'standard', from: '2021-01-01' }
    await post('/v1/tax-rates', { ...rate, category: `rate-${no}` })
    await post('/v1/people', { email: `p-${no}@example.com`, name: 'Same', role: 'auditor' })
    await post('/v1/webhook-endpoints', { url: 'https://same.example.com/' })
  }
  const { items } = (await world.send('GET', '/v1/webhook-endpoints')).json<Page>()
  endpointId = String(items[0]?.['id'])
  for (const _no of [1, 2, 3]) await world.send('POST', `/v1/webhook-endpoints/${endpointId}/test`)
  const { tariff } = world.ids
  const tariffs = (await world.send('GET', `/v1/tariffs/${tariff}`)).json<{
    versions: { document: object }[]
  }>()
  await world.send('POST', '/v1/tariffs', {
    payload: { name: 'Another', effectiveAt: october.from, document: tariffs.versions[0]?.document },
  })
}

const keyOf = ({ url }: List): WorldKey => (url === '/v1/manufacturers' ? 'installation' : 'admin')
const withQuery = (url: string, query: string) => `${url}${url.includes('?') ? '&' : '?'}${query}`
async function read(list: List, query: string, key: WorldKey = keyOf(list)): Promise<Page> {
  const answer = await world.send('GET', withQuery(list.url, query), { key })
  expect([list.url, query, answer.statusCode]).toEqual([list.url, query, 200])
  return answer.json<Page>()
}

async function walk(list: List, query: string, limit: number): Promise<unknown[]> {
  const items: unknown[] = []
  let after = ''
  for (;;) {
    const page = await read(list, `${query}&limit=${limit}${after}`)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    items.push(...page.items)
    if (page.nextAfter === null) return items
    after = `&after=${page.nextAfter}`
  }
}

const sortsOf = ({ parameters }: List) => parameters.find(({ name }) => name === 'sort')?.schema.enum ?? []

describe('every list', () => {
  it('is known to this test', () => {
    const urls = lists.map(({ url }) => (url.split('?')[0] ?? '').replace(endpointId, 'whe_1'))
    expect(urls.sort()).toEqual([
      '/v1/alarms',
      '/v1/api-keys',
      '/v1/assignments',
      '/v1/audit',
      '/v1/claims',
      '/v1/contracts',
      '/v1/credit-notes',
      '/v1/customers',
      '/v1/devices',
      '/v1/devices/drill-1/decisions',
      '/v1/devices/drill-1/holds',
      '/v1/devices/drill-1/readings',
      '/v1/devices/drill-1/sessions',
      '/v1/holds',
      '/v1/invoices',
      '/v1/jobs',
      '/v1/mails',
      '/v1/manual-lines',
      '/v1/manufacturers',
      '/v1/models',
      '/v1/people',
      '/v1/quarantine',
      '/v1/silent-devices',
      '/v1/stripe/left-invoices',
      '/v1/stripe/parked',
      '/v1/tariffs',
      '/v1/tax-rates',
      '/v1/webhook-endpoints',
      '/v1/webhook-endpoints/whe_1/deliveries',
      '/v1/webhook-events',
    ])
  })

  it('gives the same items in the same order in pages of one as in one page, in each of its orders', async () => {
    for (const list of lists) {
      for (const sort of sortsOf(list)) {
        const query = `sort=${sort}`
        const { items, nextAfter } = await read(list, `${query}&limit=100`)
        // The audit trail does not stand still: keys note their use. Its own test walks it.
        expect([list.url, sort, nextAfter]).toEqual([list.url, sort, null])
        expect([list.url, sort, await walk(list, query, 1)]).toEqual([list.url, sort, items])
      }
    }
  })

  it('turns round with a minus', async () => {
    for (const list of lists) {
      const up = sortsOf(list).filter((sort) => !sort.startsWith('-'))
      for (const sort of up) {
        const { items } = await read(list, `sort=${sort}&limit=100`)
        const turned = await read(list, `sort=-${sort}&limit=100`)
        expect([list.url, sort, turned.items]).toEqual([list.url, sort, items.toReversed()])
      }
    }
  })

  it('refuses a cursor of another filter, another order, another list or another tenant, and none at all', async () => {
    const refused = async (url: string, key: WorldKey = 'admin') => {
      const answer = await world.send('GET', url, { key })
      expect([url, answer.json()]).toMatchObject([url, { status: 400, code: 'cursor_invalid' }])
    }
    const page = (await world.send('GET', '/v1/devices?limit=1&site=Linz')).json<Page>()
    const after = String(page.nextAfter)
    expect((await world.send('GET', `/v1/devices?limit=2&site=Linz&after=${after}`)).statusCode).toBe(200)
    await refused(`/v1/devices?after=${after}`)
    await refused(`/v1/devices?site=Wels&after=${after}`)
    await refused(`/v1/devices?site=Linz&sort=-id&after=${after}`)
    await refused(`/v1/silent-devices?since=${WORLD_NOW}&after=${after}`)
    await refused(`/v1/devices?site=Linz&after=${after}`, 'foreign')
    await refused(`/v1/devices?site=Linz&after=${after}`, 'crew')
    for (const list of lists) await refused(withQuery(list.url, 'after=nonsense'), keyOf(list))
  })

  it('refuses an unknown or a repeated member of its query, an order it does not have and a limit beyond bounds', async () => {
    for (const list of lists) {
      for (const query of ['nonsense=1', 'sort=nonsense', 'limit=0', 'limit=1001', 'limit=1&limit=2']) {
        const answer = await world.send('GET', withQuery(list.url, query), { key: keyOf(list) })
        expect([list.url, query, answer.statusCode, answer.json().code]).toEqual([
          list.url,
          query,
          400,
          'request_invalid',
        ])
      }
    }
  })
})

describe('filters', () => {
  const found = async (url: string, member = 'id') =>
    (await world.send('GET', url)).json<Page>().items.map((item) => item[member])

  it('choose contracts by customer, tariff, device, state and text', async () => {
    const { crew, crewContract, siteContract, tariff } = world.ids
    expect(await found(`/v1/contracts?customerId=${crew}`)).toEqual([crewContract])
    expect((await found(`/v1/contracts?tariffId=${tariff}`)).length).toBe(2)
    expect(await found('/v1/contracts?deviceId=drill-1&sort=startsAt')).toEqual([siteContract, crewContract])
    expect(await found('/v1/contracts?deviceId=d-1')).toEqual([])
    expect((await found('/v1/contracts?state=running')).length).toBe(2)
    expect(await found('/v1/contracts?state=ended')).toEqual([])
    expect(await found('/v1/contracts?state=upcoming')).toEqual([])
    expect(await found('/v1/contracts?text=CREW')).toEqual([crewContract])
  })

  it('choose assignments by customer and by a span that they have time in common with', async () => {
    const { site, siteAssignment, crewAssignment } = world.ids
    expect(await found('/v1/assignments')).toEqual([siteAssignment, crewAssignment])
    expect(await found(`/v1/assignments?customerId=${site}`)).toEqual([siteAssignment])
    expect(await found(`/v1/assignments?to=${october.to}`)).toEqual([siteAssignment])
    expect(await found(`/v1/assignments?from=${october.to}`)).toEqual([crewAssignment])
  })

  it('choose invoices by number and by when they were issued', async () => {
    const { invoice } = world.ids
    expect(await found('/v1/invoices?text=nord')).toEqual([invoice])
    expect(await found('/v1/invoices?text=sued')).toEqual([])
    expect(await found(`/v1/invoices?from=${WORLD_NOW}`)).toEqual([invoice])
    expect(await found(`/v1/invoices?to=${WORLD_NOW}`)).toEqual([])
  })

  it('choose people, keys, claim codes, tariffs and models', async () => {
    expect(await found('/v1/people?text=P-2%40', 'email')).toEqual(['p-2@example.com'])
    expect((await found('/v1/people?state=invited&role=auditor')).length).toBe(3)
    expect(await found('/v1/people?state=active')).toEqual([])
    expect((await found('/v1/api-keys?state=active&text=SAME')).length).toBe(3)
    expect(await found('/v1/api-keys?state=ended')).toEqual([])
    expect((await found('/v1/claims?state=open&modelId=drill')).length).toBe(3)
    expect(await found('/v1/claims?state=expired')).toEqual([])
    expect(await found('/v1/tariffs?text=minute', 'name')).toEqual(['Drill by the minute'])
    expect(await found('/v1/models?text=RIL')).toEqual(['drill'])
    expect(await found('/v1/alarms?code=credential_cloned&deviceId=drill-1', 'deviceId')).toEqual(['drill-1'])
    expect(await found('/v1/alarms?deviceId=d-1')).toEqual([])
    expect(await found('/v1/jobs?state=failed')).toEqual([])
  })

  it('find devices by any part of their id, serial number or site', async () => {
    expect(await found('/v1/devices?text=rill')).toEqual(['drill-1'])
    expect(await found('/v1/devices?text=n-1')).toEqual(['drill-1'])
    expect(await found('/v1/devices?text=INZ')).toEqual(['d-1', 'd-2', 'd-3', 'drill-1'])
    expect(await found('/v1/devices?text=inz&sort=-id&tag=blue')).toEqual(['drill-1'])
    expect(await found('/v1/devices?text=l')).toEqual(['d-1', 'd-2', 'd-3', 'drill-1'])
    expect(await found('/v1/devices?text=%22x')).toEqual([])
    const crew = await world.send('GET', '/v1/devices?text=RILL', { key: 'crew' })
    expect(crew.json<Page>().items.map(({ id }) => id)).toEqual(['drill-1'])
  })
})
