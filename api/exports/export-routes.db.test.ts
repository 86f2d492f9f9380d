import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { october, openWorld, type World } from '../testing/world-harness.ts'
import { invoiceRows } from './export-rows.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const span = `from=${october.from}&to=${october.to}`
const rowsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)

describe('GET /v1/export/usage', () => {
  it('gives each assignment and register in CSV with safe cells', async () => {
    const { ids, billing, manufacturerId } = world
    await billing
      .by({ kind: 'system', id: 'test', name: 'test' })
      .updateCustomer(manufacturerId, ids.site, { name: '=1+1' })
    const answer = await world.send('GET', `/v1/export/usage?${span}`)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.body).toBe(
      'contractId,customerId,customerName,deviceId,register,unit,from,to,quantity,isEstimated\r\n' +
        `${ids.siteContract},${ids.site},'=1+1,drill-1,run_s,s,${october.from},${october.to},1800,false\r\n`,
    )
  })

  it('gives the same in NDJSON', async () => {
    const answer = await world.send('GET', `/v1/export/usage?${span}&format=ndjson`)
    expect(rowsOf(answer.body)).toMatchObject([
      { deviceId: 'drill-1', quantity: '1800', customerName: '=1+1' },
    ])
  })
})

describe('GET /v1/export/invoices', () => {
  it('gives what was issued in the span', async () => {
    const answer = await world.send(
      'GET',
      `/v1/export/invoices?from=${october.to}&to=2026-12-01T00:00:00Z&format=ndjson`,
    )
    // 1,800 s are 30 min at 0.12, and the base fee of 4.90.
    expect(rowsOf(answer.body)).toMatchObject([
      {
        number: 'NORD-000001',
        net: '8.50',
        tax: '0.00',
        total: '8.50',
        totalMinor: '850',
        dueOn: '2026-12-06',
      },
    ])
    expect((await world.send('GET', `/v1/export/invoices?${span}`)).body.split('\r\n')).toHaveLength(2)
  })

  it('asks for no further page once nobody reads', async () => {
    let pages = 0
    const invoice = await world.billing.findInvoice(world.manufacturerId, world.ids.invoice)
    const endless = {
      ...world.billing,
      listInvoices: async () => {
        pages += 1
        return { items: invoice === undefined ? [] : [invoice], nextAfter: 'more' }
      },
    }
    let rows = 0
    for await (const _row of invoiceRows(endless, world.manufacturerId, { from: 0, to: 1 })) {
      rows += 1
      if (rows === 3) break
    }
    expect(pages).toBe(3)
  })
})

describe('an export', () => {
  it('needs a span and is not for customers or others', async () => {
    expect((await world.send('GET', '/v1/export/usage')).json().code).toBe('request_invalid')
    const backwards = `/v1/export/usage?from=${october.to}&to=${october.from}`
    expect((await world.send('GET', backwards)).json().code).toBe('usage_query_invalid')
    expect((await world.send('GET', `/v1/export/usage?${span}`, { key: 'site' })).statusCode).toBe(403)
    const foreign = await world.send('GET', `/v1/export/usage?${span}`, { key: 'foreign' })
    expect(foreign.body.split('\r\n')).toHaveLength(2)
  })
})
