/** Who is sent to, how many at once, and for how long; with posts that the test ends. */
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../core/index.ts'
import { deliveryProblems } from './delivery-problems.ts'
import type { PostWebhook, WebhookAnswer } from './post-webhook.ts'
import { acme, begin, openWebhooksFixture, other } from './testing/webhooks-fixture.ts'

const arrived: WebhookAnswer = {
  status: 204,
  problem: undefined,
  answer: undefined,
  retryAfter: undefined,
}
const refused: WebhookAnswer = {
  ...arrived,
  status: 500,
  problem: deliveryProblems.say('answered', { status: 500 }),
}
const brokenOff: WebhookAnswer = {
  ...arrived,
  status: undefined,
  problem: deliveryProblems.say('server_stopped'),
}

const post: PostWebhook = async () => arrived

/** Ends when the server stops, not before. */
const hang: PostWebhook = (_url, _headers, _payload, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(brokenOff))
  })

const slow = 'http://127.0.0.1:9/slow'
const quick = 'http://127.0.0.1:9/quick'

describe('a run', () => {
  it('sends to a tenant while 20 endpoints of another hang', async () => {
    let hanging = 0
    await using fixture = openWebhooksFixture({
      post: async (url, ...rest) => {
        if (url === quick) return arrived
        hanging += 1
        return await hang(url, ...rest)
      },
    })
    const { webhooks, changes } = fixture
    for (let no = 0; no < 20; no += 1) await fixture.addEndpoint(slow)
    for (let no = 0; no < 4; no += 1) await fixture.noteIssued()
    const { endpoint } = await changes.addEndpoint(other, {
      url: quick,
      description: '',
      eventTypes: undefined,
    })
    const running = webhooks.deliverWaiting()
    await expect.poll(() => hanging, { timeout: 20_000 }).toBe(8)
    const eventId = await changes.testEndpoint(other, endpoint.id)
    // The run looks again once a second.
    await expect
      .poll(async () => (await webhooks.getEvent(other, eventId)).deliveries, { timeout: 20_000 })
      .toMatchObject([{ state: 'delivered' }])
    expect(hanging).toBe(8)
    webhooks.close()
    await running
  })

  it('sends all that is due, also where all attempts end while it looks for more', async () => {
    const ends: (() => void)[] = []
    await using fixture = openWebhooksFixture({
      post: () => new Promise((resolve) => ends.push(() => resolve(arrived))),
    })
    await fixture.addEndpoint(quick)
    for (let no = 0; no < 8; no += 1) await fixture.noteIssued()
    const running = fixture.webhooks.deliverWaiting()
    await expect.poll(() => ends.length, { timeout: 20_000 }).toBe(4)
    // Nothing can be noted until the run has looked again, a second later.
    fixture.byHand.exec('BEGIN IMMEDIATE')
    for (const end of ends.splice(0)) end()
    await wait(1.3 * SECOND_MS)
    fixture.byHand.exec('COMMIT')
    await expect.poll(() => ends.length, { timeout: 20_000 }).toBe(4)
    for (const end of ends.splice(0)) end()
    expect(await running).toEqual({ delivered: 8, postponed: 0, failed: 0 })
  })
})

describe('an attempt that a stop of the server breaks off', () => {
  it('does not count: ten restarts in mid-flight do not end a delivery', async () => {
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    for (let restart = 0; restart < 12; restart += 1) {
      let isUnderWay = false
      const stopping = fixture.open({
        post: async (...request) => {
          isUnderWay = true
          return await hang(...request)
        },
      })
      const running = stopping.deliverWaiting()
      await expect.poll(() => isUnderWay, { timeout: 20_000 }).toBe(true)
      stopping.close()
      await running
      fixture.clock.at += MINUTE_MS
    }
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'waiting', attempts: 0, log: [] },
    ])
    await fixture.open({ post: async () => refused }).deliverWaiting()
    const [delivery] = await fixture.deliveriesOf(endpoint.id)
    const failure = {
      problem: 'It answered 500.',
      problemReason: { code: 'answered', facts: { status: '500' } },
    }
    expect(delivery).toMatchObject({
      state: 'waiting',
      attempts: 1,
      ...failure,
      log: [{ status: 500, ...failure }],
    })
    // The first pause of the schedule.
    expect((delivery?.nextAttemptAt ?? 0) - fixture.clock.at).toBeLessThan(6 * SECOND_MS)
  })
})

describe('what could not be sent for days', () => {
  it('is given up with the reason when the key for secrets was taken away, and does not go out when it returns', async () => {
    let posted = 0
    const counting: PostWebhook = async () => {
      posted += 1
      return arrived
    }
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    fixture.clock.at = begin + 60 * DAY_MS
    await fixture.noteIssued()
    await fixture.open({ post: counting, secretKey: undefined }).deliverWaiting()
    const problem =
      'Given up: nothing could be sent for four days, since this server has no key for signing secrets.'
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      {
        state: 'failed',
        attempts: 0,
        problem,
        problemReason: { code: 'given_up_without_key', facts: {} },
        endedAt: begin + 60 * DAY_MS,
      },
      { state: 'waiting', problem: undefined, problemReason: undefined },
    ])
    await fixture.open({ post: counting }).deliverWaiting()
    expect(posted).toBe(1)
    expect((await fixture.webhooks.getEndpoint(acme, endpoint.id)).failingSince).toBe(undefined)
    // Forgotten with its event, and whoever wants it may ask for it before.
    expect(await fixture.webhooks.cleanUp()).toBe(1)
  })

  it('is given up too when the server comes back after a week, not when it comes back after three days', async () => {
    await using fixture = openWebhooksFixture({ post })
    const { endpoint } = await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    fixture.clock.at = begin + 3 * DAY_MS
    expect((await fixture.webhooks.deliverWaiting()).delivered).toBe(1)
    await fixture.noteIssued()
    fixture.clock.at += 7 * DAY_MS
    expect((await fixture.webhooks.deliverWaiting()).delivered).toBe(0)
    const problem = 'Given up: nothing could be sent for four days. Send it again if it is still wanted.'
    expect((await fixture.deliveriesOf(endpoint.id))[1]).toMatchObject({ state: 'failed', problem })
  })

  it('goes out when somebody asks for it, however old it is', async () => {
    await using fixture = openWebhooksFixture({ post })
    await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    fixture.clock.at = begin + 29 * DAY_MS
    const [event] = await fixture.events()
    await fixture.changes.replayEvent(acme, event?.id ?? '')
    expect((await fixture.webhooks.deliverWaiting()).delivered).toBe(1)
  })
})

describe('an endpoint that fails', () => {
  it('is not switched off by one failure after a quiet month', async () => {
    let answer = refused
    await using fixture = openWebhooksFixture({ post: async () => answer })
    const { webhooks, clock } = fixture
    const { endpoint } = await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    for (;;) {
      await webhooks.deliverWaiting()
      const [delivery] = await fixture.deliveriesOf(endpoint.id)
      if (delivery?.nextAttemptAt === undefined) break
      clock.at = delivery.nextAttemptAt
    }
    // Nothing waits any more: whether it still fails is not known.
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({
      state: 'on',
      failingSince: undefined,
    })
    clock.at += 30 * DAY_MS
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({
      state: 'on',
      failingSince: clock.at,
    })
    answer = arrived
    clock.at += MINUTE_MS
    await webhooks.deliverWaiting()
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({
      state: 'on',
      failingSince: undefined,
    })
  })

  it('is still switched off after five days while others of its deliveries wait', async () => {
    await using fixture = openWebhooksFixture({ post: async () => refused })
    const { webhooks, clock } = fixture
    const { endpoint } = await fixture.addEndpoint(quick)
    for (let day = 0; day < 5; day += 1) {
      await fixture.noteIssued()
      await webhooks.deliverWaiting()
      clock.at += DAY_MS
    }
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({ state: 'on', failingSince: begin })
    await webhooks.deliverWaiting()
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({
      state: 'off',
      offReason: 'failing',
    })
  })

  it('begins anew with another address, not with another description', async () => {
    await using fixture = openWebhooksFixture({ post: async () => refused })
    const { webhooks, changes } = fixture
    const { endpoint } = await fixture.addEndpoint(slow)
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    const patched = async (patch: { readonly url?: string; readonly description?: string }) =>
      (await changes.changeEndpoint(acme, endpoint.id, patch, undefined)).failingSince
    expect(await patched({ description: 'Books', url: slow })).toBe(begin)
    expect(await patched({ url: quick })).toBe(undefined)
  })
})

describe('the log of a delivery', () => {
  it('keeps the last 50 attempts, however often somebody asks for it again', async () => {
    await using fixture = openWebhooksFixture({ post })
    const { endpoint } = await fixture.addEndpoint(quick)
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    const [event] = await fixture.events()
    for (let replay = 0; replay < 60; replay += 1) {
      fixture.clock.at += SECOND_MS
      await fixture.changes.replayEvent(acme, event?.id ?? '')
      await fixture.webhooks.deliverWaiting()
    }
    const [delivery] = await fixture.deliveriesOf(endpoint.id)
    expect(delivery?.log).toHaveLength(50)
    expect([delivery?.log[0]?.attemptedAt, delivery?.log[49]?.attemptedAt]).toEqual([
      begin + 11 * SECOND_MS,
      begin + 60 * SECOND_MS,
    ])
  })
})
