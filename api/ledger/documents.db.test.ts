import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemActor } from '../../core/index.ts'
import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(async () => {
  await world.close()
})

describe('the documents of an invoice', () => {
  it('are given to whoever may read it, once they are made', async () => {
    const url = `/v1/invoices/${world.ids.invoice}`
    const early = await world.send('GET', `${url}/pdf`)
    expect([early.statusCode, early.json<{ code: string }>().code]).toEqual([409, 'document_not_rendered'])
    expect((await world.send('GET', url)).json()).toMatchObject({
      document: { state: 'waiting', problem: null },
      dueOn: '2026-12-06',
    })
    await world.billing.by(systemActor('test')).renderDocuments()
    const pdf = await world.send('GET', `${url}/pdf`, { key: 'site' })
    expect([pdf.statusCode, pdf.headers['content-type'], pdf.rawPayload.subarray(0, 5).toString()]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ])
    expect(pdf.headers['content-disposition']).toBe('attachment; filename="NORD-000001.pdf"')
    const xml = await world.send('GET', `${url}/xml`, { key: 'auditor' })
    expect(xml.headers['content-type']).toBe('application/xml; charset=utf-8')
    expect(xml.body).toContain('<cbc:ID>NORD-000001</cbc:ID>')
    expect((await world.send('GET', url)).json()).toMatchObject({ document: { state: 'done' } })
  })

  it('are absent for others, who may not try again either', async () => {
    const url = `/v1/invoices/${world.ids.invoice}`
    await world.billing.by(systemActor('test')).renderDocuments()
    for (const key of ['crew', 'foreign'] as const) {
      expect((await world.send('GET', `${url}/pdf`, { key })).statusCode).toBe(404)
      expect((await world.send('GET', `${url}/xml`, { key })).statusCode).toBe(404)
    }
    expect((await world.send('POST', `${url}/document/retry`, { key: 'site' })).statusCode).toBe(403)
    expect((await world.send('POST', `${url}/document/retry`, { key: 'foreign' })).statusCode).toBe(404)
    expect((await world.send('POST', `${url}/document/retry`)).statusCode).toBe(204)
  })
})
