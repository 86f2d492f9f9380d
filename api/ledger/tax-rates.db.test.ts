/** The table of tax rates over the API, and the tax facts of a customer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, WORLD_NOW, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.newChanges()
})
afterAll(() => world.close())

const german = { place: 'DE', category: 'standard', percent: '19', kind: 'standard', from: '2021-01-01' }
const rest = { code: 'S', note: null, to: null, usedUntil: null, createdAt: WORLD_NOW }

describe('tax rates', () => {
  it('are added, listed, read and ended, each change with an entry in the trail', async () => {
    const added = await world.send('POST', '/v1/tax-rates', { payload: german })
    const { id } = added.json<{ id: string }>()
    expect([added.statusCode, added.headers.location, added.json()]).toEqual([
      201,
      `/v1/tax-rates/${id}`,
      { id, ...german, ...rest },
    ])
    const listed = await world.send('GET', '/v1/tax-rates?place=DE')
    expect(listed.json()).toEqual({ items: [added.json()], nextAfter: null })
    expect((await world.send('GET', `/v1/tax-rates/${id}`)).json()).toEqual(added.json())
    for (const _again of [1, 2]) {
      const ended = await world.send('POST', `/v1/tax-rates/${id}/end`, { payload: { to: '2027-01-01' } })
      expect([ended.statusCode, ended.json()]).toEqual([200, { ...added.json(), to: '2027-01-01' }])
    }
    expect(await world.newChanges()).toEqual(
      ['tax_rate.added', 'tax_rate.ended'].map((action) => `${action} by manufacturer_admin`),
    )
  })

  it('of another manufacturer are not there', async () => {
    const [{ id } = { id: '' }] = (await world.send('GET', '/v1/tax-rates')).json<{
      items: { id: string }[]
    }>().items
    const foreign = await world.send('GET', `/v1/tax-rates/${id}`, { key: 'foreign' })
    expect([foreign.statusCode, foreign.json()]).toMatchObject([404, { code: 'tax_rate_not_found' }])
    expect((await world.send('GET', '/v1/tax-rates', { key: 'foreign' })).json()).toMatchObject({ items: [] })
  })

  it('are written by those who write tariffs, and read by those who read them', async () => {
    const payload = { ...german, place: 'AT', percent: '20' }
    const written = await world.send('POST', '/v1/tax-rates', { payload, key: 'auditor' })
    expect([written.statusCode, written.json()]).toMatchObject([403, { code: 'access_denied' }])
    expect((await world.send('GET', '/v1/tax-rates', { key: 'auditor' })).statusCode).toBe(200)
    expect((await world.send('GET', '/v1/tax-rates', { key: 'site' })).statusCode).toBe(403)
  })

  it.each([
    ['a rate as a number', { ...german, percent: 19 }, 400, 'request_invalid'],
    ['a code that is none', { ...german, code: 'K' }, 400, 'request_invalid'],
    ['an end', { ...german, to: '2027-01-01' }, 400, 'request_invalid'],
    ['a standard rate of zero', { ...german, percent: '0' }, 422, 'billing_input_invalid'],
    ['a rate for deposits', { ...german, category: 'outside' }, 422, 'billing_input_invalid'],
    ['a day that is taken', german, 409, 'tax_rate_exists'],
  ])('are not added with %s', async (_what, payload, status, code) => {
    const answer = await world.send('POST', '/v1/tax-rates', { payload })
    expect([answer.statusCode, answer.json()]).toMatchObject([status, { code }])
  })
})

describe('the tax facts of a customer', () => {
  const change = async (payload: object) => {
    const url = `/v1/customers/${world.ids.crew}`
    const { etag = '' } = (await world.send('GET', url)).headers
    return await world.send('PATCH', url, { payload, headers: { 'if-match': etag } })
  }

  it('are shown as they were written, and cleared', async () => {
    const written = { taxTreatment: { status: 'exempt', reason: 'NATO, Art. 67 § 3' }, taxPlace: 'ES-CN' }
    expect((await change(written)).json()).toMatchObject(written)
    const cleared = { taxTreatment: null, taxPlace: null }
    expect((await change(cleared)).json()).toMatchObject(cleared)
  })

  it.each([
    ['an exemption without a reason', { taxTreatment: { status: 'exempt' } }],
    ['a reason without an exemption', { taxTreatment: { status: 'standard', reason: 'NATO' } }],
    ['a status that is none', { taxTreatment: { status: 'none' } }],
    ['a place in words', { taxPlace: 'Spain' }],
  ])('are refused with %s', async (_what, payload) => {
    const answer = await change(payload)
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'request_invalid' }])
  })
})
