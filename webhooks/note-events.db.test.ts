import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { DAY_MS, type ManufacturerId } from '../core/index.ts'
import { payloadSchema } from './event-types.ts'
import { acme, begin, invoiceId, openWebhooksFixture, other } from './testing/webhooks-fixture.ts'

const url = 'http://127.0.0.1:9/'

/** What an issued invoice says, written by hand. */
const issuedData = {
  invoiceId,
  number: 'A-7',
  status: 'issued',
  customerId: 'cust_1',
  contractId: 'con_1',
  currency: 'EUR',
  total: '4.90',
  totalMinor: '490',
  tax: '0.78',
  taxMinor: '78',
  period: { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  dueOn: '2026-12-11',
  issuedAt: '2026-11-27T12:00:00.500Z',
  paidAt: null,
  apiUrl: `https://usance.example/v1/invoices/${invoiceId}`,
  pageUrl: `https://usance.example/app/bills/${invoiceId}`,
}

describe('an event', () => {
  it('says what the invoice is, in the form of its schema', async () => {
    await using fixture = openWebhooksFixture()
    const { ledger, webhooks, byHand, clock } = fixture
    await fixture.addEndpoint(url)
    await fixture.noteIssued()
    clock.at += 1_000
    const failure = { code: 'card_declined', detail: 'The card was declined.', nextAttemptAt: undefined }
    await ledger.transaction().execute((each) => webhooks.noteInvoiceFailed(each, invoiceId, failure))
    clock.at += 1_000
    byHand.exec(`UPDATE invoices SET status = 'paid', paid_at = ${begin + 2_000}`)
    await fixture.notePaid()
    const [issued, failed, paid] = (await fixture.events()).map(
      ({ payload }) => JSON.parse(payload) as unknown,
    )
    expect(issued).toEqual({
      type: 'invoice.issued',
      timestamp: '2026-11-27T12:00:00.500Z',
      data: issuedData,
    })
    expect(failed).toEqual({
      type: 'invoice.payment_failed',
      timestamp: '2026-11-27T12:00:01.500Z',
      data: {
        ...issuedData,
        failure: { code: 'card_declined', detail: 'The card was declined.', nextAttemptAt: null },
      },
    })
    expect(paid).toEqual({
      type: 'invoice.paid',
      timestamp: '2026-11-27T12:00:02.500Z',
      data: { ...issuedData, status: 'paid', paidAt: '2026-11-27T12:00:02.500Z' },
    })
    expect(Value.Check(payloadSchema('invoice.issued'), issued)).toBe(true)
    expect(Value.Check(payloadSchema('invoice.payment_failed'), failed)).toBe(true)
    expect(Value.Check(payloadSchema('invoice.paid'), paid)).toBe(true)
  })

  it('is there if and only if its transaction commits', async () => {
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(url)
    await expect(
      fixture.ledger.transaction().execute(async (transaction) => {
        await fixture.webhooks.noteInvoiceIssued(transaction, invoiceId)
        throw new Error('the cause failed')
      }),
    ).rejects.toThrow('the cause failed')
    expect([await fixture.events(), await fixture.deliveriesOf(endpoint.id)]).toEqual([[], []])
  })

  it('is not noted for a manufacturer without endpoints, nor once all are removed', async () => {
    await using fixture = openWebhooksFixture()
    await fixture.noteIssued()
    const { endpoint } = await fixture.addEndpoint(url)
    await fixture.changes.removeEndpoint(acme, endpoint.id)
    await fixture.noteIssued()
    expect(await fixture.events()).toEqual([])
  })

  it('waits for each endpoint that is on and wants its type, and for no other', async () => {
    await using fixture = openWebhooksFixture()
    const { changes, deliveriesOf } = fixture
    const all = await fixture.addEndpoint(url)
    const issuedOnly = await fixture.addEndpoint(url, ['invoice.issued', 'hold.opened'])
    const holdsOnly = await fixture.addEndpoint(url, ['hold.opened'])
    const off = await fixture.addEndpoint(url)
    await changes.changeEndpoint(acme, off.endpoint.id, { state: 'off' }, undefined)
    const foreign = await changes.addEndpoint(other, { url, description: '', eventTypes: undefined })
    await fixture.noteIssued()
    const counts = [all, issuedOnly, holdsOnly, off].map(
      async ({ endpoint }) => (await deliveriesOf(endpoint.id)).length,
    )
    expect(await Promise.all(counts)).toEqual([1, 1, 0, 0])
    expect((await fixture.webhooks.listDeliveries(other, foreign.endpoint.id, { limit: 10 })).items).toEqual(
      [],
    )
  })

  it('is never changed, and is forgotten after 30 days unless it still waits', async () => {
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(url, ['invoice.issued'])
    await fixture.noteIssued()
    await fixture.notePaid()
    expect(() => fixture.byHand.exec("UPDATE webhook_events SET payload = '{}'")).toThrow('never changed')
    fixture.clock.at = begin + 30 * DAY_MS
    expect(await fixture.webhooks.cleanUp()).toBe(0)
    fixture.clock.at += 1
    expect(await fixture.webhooks.cleanUp()).toBe(1)
    expect((await fixture.events()).map(({ type }) => type)).toEqual(['invoice.issued'])
    await fixture.changes.removeEndpoint(acme, endpoint.id)
    expect(await fixture.webhooks.cleanUp()).toBe(1)
    expect(await fixture.ledger.selectFrom('webhook_deliveries').selectAll().execute()).toEqual([])
    expect(await fixture.ledger.selectFrom('webhook_endpoints').selectAll().execute()).toEqual([])
  })
})

describe('I12 a manufacturer', () => {
  it('sees and touches its own endpoints and events only', async () => {
    await using fixture = openWebhooksFixture()
    const { webhooks, changes } = fixture
    const { endpoint } = await fixture.addEndpoint(url)
    await fixture.noteIssued()
    const [event] = await fixture.events()
    const eventId = event?.id ?? ''
    const noEndpoint = { code: 'webhook_endpoint_not_found' }
    const noEvent = { code: 'webhook_event_not_found' }
    expect((await webhooks.listEndpoints(other, { limit: 10 })).items).toEqual([])
    expect((await webhooks.listEvents(other, { limit: 10 })).items).toEqual([])
    await expect(webhooks.getEndpoint(other, endpoint.id)).rejects.toMatchObject(noEndpoint)
    await expect(webhooks.listDeliveries(other, endpoint.id, { limit: 10 })).rejects.toMatchObject(noEndpoint)
    await expect(webhooks.getEvent(other, eventId)).rejects.toMatchObject(noEvent)
    await expect(
      changes.changeEndpoint(other, endpoint.id, { state: 'off' }, undefined),
    ).rejects.toMatchObject(noEndpoint)
    await expect(changes.removeEndpoint(other, endpoint.id)).rejects.toMatchObject(noEndpoint)
    await expect(changes.replaceSecret(other, endpoint.id)).rejects.toMatchObject(noEndpoint)
    await expect(changes.testEndpoint(other, endpoint.id)).rejects.toMatchObject(noEndpoint)
    await expect(changes.replayEvent(other, eventId)).rejects.toMatchObject(noEvent)
    await expect(changes.replayMissed(other, endpoint.id, 0)).rejects.toMatchObject(noEndpoint)
    const foreign = await changes.addEndpoint(other, { url, description: '', eventTypes: undefined })
    await expect(changes.replayEvent(acme, eventId, foreign.endpoint.id)).rejects.toMatchObject(noEndpoint)
  })
})

describe('an endpoint', () => {
  it('leaves an entry in the trail for each change, and a secret in none', async () => {
    await using fixture = openWebhooksFixture()
    const { changes, ledger } = fixture
    const { endpoint, secret } = await fixture.addEndpoint(url)
    const unchanged = await changes.changeEndpoint(acme, endpoint.id, { description: '' }, undefined)
    expect(unchanged).toEqual(endpoint)
    await changes.changeEndpoint(
      acme,
      endpoint.id,
      { description: 'Books', eventTypes: ['invoice.paid'] },
      undefined,
    )
    const replaced = await changes.replaceSecret(acme, endpoint.id)
    await changes.testEndpoint(acme, endpoint.id)
    await changes.removeEndpoint(acme, endpoint.id)
    expect(await fixture.audited()).toEqual([
      'webhook_endpoint.created',
      'webhook_endpoint.changed',
      'webhook_endpoint.secret_replaced',
      'webhook_endpoint.tested',
      'webhook_endpoint.removed',
    ])
    const trail = JSON.stringify(
      await ledger.selectFrom('audit_entries').select(['before', 'after']).execute(),
    )
    expect(trail).not.toContain(secret)
    expect(trail).not.toContain(replaced.secret)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
  })

  it.each([
    ['a type that there is not', { eventTypes: ['invoice.lost'] }, '/eventTypes'],
    ['a type twice', { eventTypes: ['invoice.paid', 'invoice.paid'] }, '/eventTypes'],
    ['no type', { eventTypes: [] }, '/eventTypes'],
    ['a long description', { description: 'a'.repeat(201) }, '/description'],
  ])('is refused with %s', async (_what, part, pointer) => {
    await using fixture = openWebhooksFixture()
    const input = { url, description: '', eventTypes: undefined, ...part } as Parameters<
      typeof fixture.changes.addEndpoint
    >[1]
    await expect(fixture.changes.addEndpoint(acme, input)).rejects.toMatchObject({
      code: 'webhook_input_invalid',
      issues: [{ pointer }],
    })
  })

  it('is refused at an address of our own network, and without the secret key', async () => {
    await using fixture = openWebhooksFixture({ allowsPrivate: false, resolveName: async () => ['10.0.0.1'] })
    const refused = { code: 'webhook_url_refused', issues: [{ pointer: '/url' }] }
    await expect(fixture.addEndpoint('https://127.0.0.1/')).rejects.toMatchObject(refused)
    await expect(fixture.addEndpoint('https://inside.example/')).rejects.toMatchObject(refused)
    await using keyless = openWebhooksFixture({ secretKey: undefined })
    await expect(keyless.addEndpoint(url)).rejects.toMatchObject({ code: 'webhooks_not_configured' })
  })

  it('is one of at most twenty', async () => {
    await using fixture = openWebhooksFixture()
    for (let no = 1; no <= 20; no += 1) await fixture.addEndpoint(url)
    await expect(fixture.addEndpoint(url)).rejects.toMatchObject({ code: 'webhook_endpoints_too_many' })
  })

  it('is changed by one of two writers who saw the same', async () => {
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(url)
    const stale = fixture.changes.changeEndpoint(acme, endpoint.id, { state: 'off' }, ['not this one'])
    await expect(stale).rejects.toMatchObject({ code: 'etag_stale' })
  })
})

describe('events of another database', () => {
  it('are noted once for each source', async () => {
    await using fixture = openWebhooksFixture()
    await fixture.addEndpoint(url)
    const device = { id: 'drill-1' as never, lastSeenAt: begin - DAY_MS - 30_000, createdAt: 1 }
    const news = {
      readOpenedHolds: async (afterId: number) => [hold(1), hold(2)].filter(({ id }) => id > afterId),
      listSilentDevices: async (
        _manufacturerId: ManufacturerId,
        { silentSince }: { readonly silentSince: number },
      ) => ({
        items: [device].filter(({ lastSeenAt }) => lastSeenAt < silentSince),
        nextAfter: undefined,
      }),
      silentAfterMs: DAY_MS,
      reachableSince: 0,
    }
    fixture.clock.at -= 60_000
    expect(await fixture.webhooks.followMetering(news)).toBe(2)
    fixture.clock.at += 60_000
    expect(await fixture.webhooks.followMetering(news)).toBe(1)
    fixture.clock.at += 60_000
    expect(await fixture.webhooks.followMetering(news)).toBe(0)
    const payloads = (await fixture.events()).map(({ payload }) => JSON.parse(payload) as { type: string })
    expect(payloads.map(({ type }) => type)).toEqual(['hold.opened', 'hold.opened', 'device.silent'])
    expect(payloads[0]).toEqual({
      type: 'hold.opened',
      timestamp: '2026-11-27T11:00:00.000Z',
      data: {
        deviceId: 'drill-1',
        register: 'run_s',
        code: 'register_fell',
        detail: 'It fell.',
        heldAt: '2026-11-27T11:00:00.000Z',
        apiUrl: 'https://usance.example/v1/devices/drill-1/holds',
        pageUrl: 'https://usance.example/app/devices/drill-1',
      },
    })
    expect(payloads[2]).toMatchObject({
      data: { deviceId: 'drill-1', silentSince: '2026-11-26T11:59:30.500Z' },
    })
    expect(Value.Check(payloadSchema('hold.opened'), payloads[0])).toBe(true)
    expect(Value.Check(payloadSchema('device.silent'), payloads[2])).toBe(true)
  })

  it('tell of no device in the quarter of an hour after a start', async () => {
    await using fixture = openWebhooksFixture()
    await fixture.addEndpoint(url)
    let asked = 0
    const news = {
      readOpenedHolds: async () => [],
      async listSilentDevices() {
        asked += 1
        return { items: [], nextAfter: undefined }
      },
      silentAfterMs: DAY_MS,
      reachableSince: begin,
    }
    fixture.clock.at = begin + 15 * 60_000 - 1
    await fixture.webhooks.followMetering(news)
    fixture.clock.at += 1
    // The first look only says from where on.
    await fixture.webhooks.followMetering(news)
    expect(asked).toBe(0)
    await fixture.webhooks.followMetering(news)
    expect(asked).toBe(1)
  })
})

function hold(id: number) {
  return {
    id,
    manufacturerId: acme,
    deviceId: 'drill-1' as never,
    register: 'run_s',
    code: 'register_fell',
    detail: 'It fell.',
    heldAt: Date.parse('2026-11-27T11:00:00Z'),
  }
}
