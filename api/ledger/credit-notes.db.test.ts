/** Credit notes, decisions about invoices and manual lines over the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.newChanges()
})
afterAll(() => world.close())

const post = (url: string, payload: object, headers: Readonly<Record<string, string>> = {}) =>
  world.send('POST', url, { payload, headers })

/** The world's invoice: 4.90 and 3.60. */
describe('a credit note over the API', () => {
  const body = {
    kind: 'goodwill',
    reason: 'Two days of rain',
    credit: { lines: [{ position: 2, amountMinor: '60' }] },
  }

  it('is issued once under an idempotency key, read by its customer and by nobody else’s', async () => {
    const url = `/v1/invoices/${world.ids.invoice}/credit-notes`
    const answer = await post(url, body, { 'idempotency-key': 'credit-1' })
    await world.loseAnswers()
    const again = await post(url, body, { 'idempotency-key': 'credit-1' })
    expect([answer.statusCode, again.json()]).toEqual([201, answer.json()])
    const note = answer.json<{ id: string }>()
    expect(note).toMatchObject({
      number: 'NORD-C-000001',
      kind: 'goodwill',
      invoiceNumber: 'NORD-000001',
      total: '0.60',
      totalMinor: '60',
    })
    expect(answer.headers.location).toBe(`/v1/credit-notes/${note.id}`)
    const listed = async (key: 'site' | 'crew' | 'foreign') =>
      (await world.send('GET', '/v1/credit-notes', { key })).json<{ items: object[] }>().items
    expect([await listed('site'), await listed('crew'), await listed('foreign')]).toEqual([[note], [], []])
    const foreign = await world.send('GET', `/v1/credit-notes/${note.id}`, { key: 'crew' })
    expect([foreign.statusCode, foreign.json()]).toMatchObject([404, { code: 'credit_note_not_found' }])
    expect((await world.send('GET', `/v1/invoices/${world.ids.invoice}`)).json()).toMatchObject({
      creditedMinor: '60',
      balance: '7.90',
      balanceMinor: '790',
    })
    expect(await world.newChanges()).toEqual(['credit_note.issued by manufacturer_admin'])
  })

  it('is exported with those of its span', async () => {
    const span = 'from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z'
    const rows = (await world.send('GET', `/v1/export/credit-notes?${span}`)).body.split('\r\n')
    expect(rows).toHaveLength(3)
    expect(rows[1]).toContain(',Two days of rain,EUR,0.00,0,0.60,60')
  })

  it.each([
    ['more than is left', { credit: { amountMinor: '791' } }, 409, 'credit_exceeds_invoice'],
    [
      'more of a line than is left',
      { credit: { lines: [{ position: 2, amountMinor: '301' }] } },
      409,
      'credit_exceeds_line',
    ],
    ['a line that is none', { credit: { lines: [{ position: 7 }] } }, 422, 'billing_input_invalid'],
    ['nothing', { credit: { amountMinor: '0' } }, 400, 'request_invalid'],
    ['a float', { credit: { amountMinor: 1.5 } }, 400, 'request_invalid'],
    ['no reason', { reason: '' }, 400, 'request_invalid'],
    ['a correction, which only the billing run makes', { kind: 'correction' }, 400, 'request_invalid'],
  ])('is refused over %s', async (_what, change, status, code) => {
    const answer = await post(`/v1/invoices/${world.ids.invoice}/credit-notes`, { ...body, ...change })
    expect([answer.statusCode, answer.json()]).toMatchObject([status, { code }])
  })

  it('keeps its invoice from being made void', async () => {
    const answer = await post(`/v1/invoices/${world.ids.invoice}/void`, { reason: 'Wrong site' })
    expect([answer.statusCode, answer.json()]).toMatchObject([409, { code: 'invoice_not_voidable' }])
  })
})

describe('a manual line over the API', () => {
  it('is on the live bill until it is removed', async () => {
    const { crewContract } = world.ids
    const payload = { description: 'Hose', amountMinor: '-900', currency: 'EUR', taxCategory: 'standard' }
    const added = await post(`/v1/contracts/${crewContract}/manual-lines`, {
      ...payload,
      reason: 'It leaked',
    })
    expect([added.statusCode, added.json()]).toMatchObject([201, { amount: '-9.00', invoiceId: null }])
    const lastOfBill = async () =>
      (await world.send('GET', `/v1/contracts/${crewContract}/bill`, { key: 'crew' }))
        .json<{ lines: { sentences: object }[] }>()
        .lines.at(-1)?.sentences
    expect(await lastOfBill()).toEqual({
      en: 'Hose: -9.00 EUR by hand (It leaked); together -9.00 EUR.',
      de: 'Hose: -9,00 EUR von Hand (It leaked); zusammen -9,00 EUR.',
    })
    const { id } = added.json<{ id: string }>()
    const removed = await world.send('POST', `/v1/manual-lines/${id}/remove`)
    expect([removed.statusCode, removed.json()]).toMatchObject([200, { id, removedAt: expect.any(String) }])
    expect(await lastOfBill()).not.toMatchObject({ en: expect.stringContaining('Hose') })
  })
})
