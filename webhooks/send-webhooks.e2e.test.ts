/** Webhooks over real HTTP to servers on loopback, with a clock to set. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/index.ts'
import {
  acme,
  begin,
  openReceiver,
  openWebhooksFixture,
  secretKey,
  type Received,
} from './testing/webhooks-fixture.ts'

/** What the specification's own library says of the signature; its clock is the machine's. */
function verify(secret: string, { headers, body }: Received): unknown {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  const id = String(headers['webhook-id'])
  const signatures = String(headers['webhook-signature']).split(' ')
  return signatures.includes(new Webhook(secret).sign(id, at, body))
}

describe('a delivery', () => {
  it('carries the event as it is stored, with headers that the specification’s library verifies', async () => {
    await using receiver = await openReceiver()
    // The library compares with the machine's clock.
    await using fixture = openWebhooksFixture({ clock: { now: () => Date.now() } })
    const { endpoint, secret } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 1, postponed: 0, failed: 0 })
    const [event] = await fixture.events()
    const [one] = receiver.received
    expect(one?.body).toBe(event?.payload)
    expect(one?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': event?.id })
    const headers = one?.headers as Record<string, string>
    expect(new Webhook(secret).verify(one?.body ?? '', headers)).toEqual(JSON.parse(event?.payload ?? ''))
    expect(() => new Webhook(secret).verify(`${one?.body} `, headers)).toThrow('No matching signature found')
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'delivered', attempts: 1, lastStatus: 204, problem: undefined, nextAttemptAt: undefined },
    ])
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 0, postponed: 0, failed: 0 })
  })

  it('is tried again by the schedule, signed anew with the same id, until it is given up after three days', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { webhooks, clock } = fixture
    const { endpoint, secret } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    receiver.answer = (_received, response) => response.writeHead(500).end('out of\norder')
    const pauses: number[] = []
    for (;;) {
      await webhooks.deliverWaiting()
      const [delivery] = await fixture.deliveriesOf(endpoint.id)
      if (delivery?.nextAttemptAt === undefined) break
      pauses.push(delivery.nextAttemptAt - clock.at)
      clock.at = delivery.nextAttemptAt - 1
      expect((await webhooks.deliverWaiting()).postponed).toBe(0)
      clock.at = delivery.nextAttemptAt
    }
    const least = [
      5_000,
      5 * MINUTE_MS,
      30 * MINUTE_MS,
      ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
    ]
    expect(pauses).toHaveLength(9)
    expect(pauses.every((pause, no) => pause >= (least[no] ?? 0) && pause < (least[no] ?? 0) * 1.1)).toBe(
      true,
    )
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10)
    expect(receiver.received.every((each) => verify(secret, each))).toBe(true)
    const [failed] = await fixture.deliveriesOf(endpoint.id)
    expect(failed).toMatchObject({
      state: 'failed',
      attempts: 10,
      lastStatus: 500,
      problem: 'It answered 500.',
    })
    expect(failed?.log.map(({ status, answer }) => `${status} ${answer}`)).toEqual(
      Array.from({ length: 10 }, () => '500 out of order'),
    )
  })

  it('waits as long as the server asks with 429 or 503, and not for another status', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    const pauseAfterStatus = async (status: number) => {
      receiver.answer = (_received, response) => response.writeHead(status, { 'retry-after': '3600' }).end()
      await fixture.webhooks.deliverWaiting()
      const [delivery] = await fixture.deliveriesOf(endpoint.id)
      const pause = (delivery?.nextAttemptAt ?? 0) - fixture.clock.at
      fixture.clock.at = delivery?.nextAttemptAt ?? 0
      return pause
    }
    expect(await pauseAfterStatus(429)).toBe(HOUR_MS)
    expect(await pauseAfterStatus(503)).toBe(HOUR_MS)
    expect(await pauseAfterStatus(500)).toBeLessThan(HOUR_MS)
  })

  it('follows no redirect', async () => {
    await using receiver = await openReceiver()
    await using goal = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    receiver.answer = (_received, response) => response.writeHead(307, { location: goal.url }).end()
    await fixture.webhooks.deliverWaiting()
    expect(goal.received).toEqual([])
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'waiting', lastStatus: 307, problem: 'It answered 307, a redirect; those are not followed.' },
    ])
  })

  it('is given up after the time limit, and nobody else waits for it', async () => {
    await using slow = await openReceiver()
    await using quick = await openReceiver()
    slow.answer = () => undefined
    await using fixture = openWebhooksFixture({ timeoutMs: 2_000 })
    const toSlow = await fixture.addEndpoint(slow.url)
    const toQuick = await fixture.addEndpoint(quick.url)
    for (let no = 0; no < 20; no += 1) await fixture.noteIssued()
    const delivering = fixture.webhooks.deliverWaiting()
    await expect.poll(() => quick.received.length).toBe(20)
    // Four at a time, two seconds each: the slow one is far from done.
    const slowEnds = (await fixture.deliveriesOf(toSlow.endpoint.id)).filter(({ log }) => log.length > 0)
    expect(slowEnds.length).toBeLessThan(20)
    // What falls due meanwhile is sent at once.
    await fixture.notePaid()
    await expect.poll(() => quick.received.length).toBe(21)
    expect(await delivering).toEqual({ delivered: 21, postponed: 21, failed: 0 })
    expect(
      (await fixture.deliveriesOf(toQuick.endpoint.id)).every(({ state }) => state === 'delivered'),
    ).toBe(true)
    expect((await fixture.deliveriesOf(toSlow.endpoint.id))[0]?.problem).toBe('It did not answer within 2 s.')
  })

  it('counts by its status, however much or slowly the server goes on', async () => {
    await using endless = await openReceiver()
    await using stalling = await openReceiver()
    endless.answer = (_received, response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('a'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    }
    stalling.answer = (_received, response) => response.writeHead(200).write('stalls')
    await using fixture = openWebhooksFixture({ timeoutMs: 500 })
    const first = await fixture.addEndpoint(endless.url)
    const second = await fixture.addEndpoint(stalling.url)
    await fixture.noteIssued()
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 2, postponed: 0, failed: 0 })
    expect((await fixture.deliveriesOf(first.endpoint.id))[0]?.log[0]?.answer).toBe('a'.repeat(500))
    expect((await fixture.deliveriesOf(second.endpoint.id))[0]?.log[0]?.answer).toBe('stalls')
  })

  it('that finds nobody is tried again', async () => {
    await using fixture = openWebhooksFixture()
    const receiver = await openReceiver()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await receiver[Symbol.asyncDispose]()
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'waiting', lastStatus: undefined, problem: 'It could not be reached (ECONNREFUSED).' },
    ])
  })

  it('that a killed process had sent is sent again with the same id', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    receiver.answer = () => undefined
    const worker = path.join(import.meta.dirname, 'testing', 'deliver-worker.ts')
    const key = Buffer.from(secretKey).toString('base64')
    const child = spawn(process.execPath, [worker, fixture.file, begin.toString(), key], { stdio: 'ignore' })
    await expect.poll(() => receiver.received.length).toBe(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    receiver.answer = 204
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 0, postponed: 0, failed: 0 })
    fixture.clock.at += MINUTE_MS
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 1, postponed: 0, failed: 0 })
    const [event] = await fixture.events()
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event?.id, event?.id])
    // What broke off is neither counted nor in the log.
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'delivered', attempts: 1, log: [{ status: 204 }] },
    ])
  })

  it('is broken off when the server stops, and stays to be sent', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    receiver.answer = () => undefined
    const stopping = fixture.open()
    const delivering = stopping.deliverWaiting()
    await expect.poll(() => receiver.received.length).toBe(1)
    stopping.close()
    expect(await delivering).toEqual({ delivered: 0, postponed: 0, failed: 0 })
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([{ state: 'waiting', log: [] }])
  })

  it('is made once by two processes that look at the same time', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    await fixture.addEndpoint(receiver.url)
    for (let no = 0; no < 30; no += 1) await fixture.noteIssued()
    const another = fixture.open()
    await Promise.all([fixture.webhooks.deliverWaiting(), another.deliverWaiting()])
    expect(receiver.received).toHaveLength(30)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(30)
  })
})

describe('an address of our own network', () => {
  it('gets nothing, also when its name turned to it after it was entered', async () => {
    await using receiver = await openReceiver()
    const answers = [['8.8.8.8'], ['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], []]
    const logged: object[] = []
    await using fixture = openWebhooksFixture({
      allowsPrivate: false,
      resolveName: async () => answers.shift() ?? [],
      log: { warn: (details: object) => void logged.push(details) },
    })
    const { port } = new URL(receiver.url)
    const { endpoint } = await fixture.addEndpoint(`https://turning.example:${port}/`)
    await fixture.noteIssued()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await fixture.webhooks.deliverWaiting()
      fixture.clock.at += DAY_MS
    }
    const [delivery] = await fixture.deliveriesOf(endpoint.id)
    expect(delivery?.log.map(({ problem }) => problem)).toEqual([
      'Use a server on the internet: "turning.example" leads to an address of a private or special network.',
      'Use a server on the internet: "turning.example" leads to an address of a private or special network.',
      'Check the name "turning.example": it has no address.',
    ])
    expect(receiver.received).toEqual([])
    // What the name leads to is told to the operator alone.
    expect(logged).toContainEqual({ host: 'turning.example', address: '127.0.0.1' })
  })

  it('is not asked for a second time: the connection goes to the address that was checked', async () => {
    await using receiver = await openReceiver()
    let asked = 0
    const resolveName = async () => {
      asked += 1
      return asked === 1 ? ['127.0.0.1'] : ['127.0.0.2']
    }
    await using fixture = openWebhooksFixture()
    // A name that no name server knows: only the checked address can lead to the receiver.
    const { endpoint } = await fixture
      .open({ resolveName: async () => ['127.0.0.1'] })
      .by({ kind: 'system', id: 'test', name: 'test' })
      .addEndpoint(acme, {
        url: `http://nowhere.invalid:${new URL(receiver.url).port}/hooks`,
        description: '',
        eventTypes: undefined,
      })
    await fixture.noteIssued()
    await fixture.open({ resolveName }).deliverWaiting()
    expect([asked, receiver.received.length]).toEqual([1, 1])
    expect(receiver.received[0]?.headers.host).toMatch(/^nowhere\.invalid:/)
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered' }])
  })
})

describe('a secret that is replaced', () => {
  it('signs beside the new one for a day, then the new one signs alone', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { webhooks, changes, clock } = fixture
    const first = await fixture.addEndpoint(receiver.url)
    const second = await changes.replaceSecret(acme, first.endpoint.id)
    expect(second.endpoint.previousSecretUntil).toBe(begin + DAY_MS)
    clock.at = begin + DAY_MS - 1
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    clock.at = begin + DAY_MS
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    const verified = receiver.received.map((each) => [
      verify(first.secret, each),
      verify(second.secret, each),
    ])
    expect(verified).toEqual([
      [true, true],
      [false, true],
    ])
    await webhooks.cleanUp()
    expect((await webhooks.getEndpoint(acme, first.endpoint.id)).previousSecretUntil).toBe(undefined)
  })

  it('signs no longer at once if nobody wants it to', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const first = await fixture.addEndpoint(receiver.url)
    const second = await fixture.changes.replaceSecret(acme, first.endpoint.id, 0)
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    const verified = receiver.received.map((each) => [
      verify(first.secret, each),
      verify(second.secret, each),
    ])
    expect(verified).toEqual([[false, true]])
  })

  it('goes on to sign as long as was promised when somebody asks for yet another: that is refused, unless at once', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { webhooks, changes, clock } = fixture
    const first = await fixture.addEndpoint(receiver.url)
    const { id } = first.endpoint
    await changes.replaceSecret(acme, id, 168)
    clock.at += HOUR_MS
    await expect(changes.replaceSecret(acme, id)).rejects.toMatchObject({
      code: 'webhook_secret_overlaps',
      message:
        'Wait until 2026-12-04T12:00:00.500Z: until then the secret before the present one signs too. If a secret has leaked, take an overlap of 0 hours: both stop at once.',
    })
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    expect(receiver.received.map((each) => verify(first.secret, each))).toEqual([true])
    clock.at = begin + 7 * DAY_MS
    const third = await changes.replaceSecret(acme, id, 24)
    const fourth = await changes.replaceSecret(acme, id, 0)
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    const [, last] = receiver.received
    const signed = [first, third, fourth].map(({ secret }) => last !== undefined && verify(secret, last))
    expect(signed).toEqual([false, false, true])
  })

  it('helps when the server has another key: until then nothing is sent', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    const rekeyed = fixture.open({ secretKey: new Uint8Array(32) })
    await rekeyed.deliverWaiting()
    expect([receiver.received.length, (await fixture.deliveriesOf(endpoint.id))[0]?.problem]).toEqual([
      0,
      'Its signing secret cannot be read: the server has another key now. Make a new secret.',
    ])
    const { secret } = await rekeyed
      .by({ kind: 'system', id: 'test', name: 'test' })
      .replaceSecret(acme, endpoint.id)
    fixture.clock.at += MINUTE_MS
    await rekeyed.deliverWaiting()
    expect(receiver.received.map((each) => verify(secret, each))).toEqual([true])
  })
})

describe('an endpoint', () => {
  it('is switched off when it says that it is gone, and what waits ends', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    receiver.answer = 410
    await fixture.webhooks.deliverWaiting()
    await fixture.noteIssued()
    expect(await fixture.webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({
      state: 'off',
      offReason: 'gone',
    })
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([{ state: 'failed', lastStatus: 410 }])
    expect(await fixture.audited()).toEqual(['webhook_endpoint.created', 'webhook_endpoint.switched_off'])
    await expect(fixture.changes.testEndpoint(acme, endpoint.id)).rejects.toMatchObject({
      code: 'webhook_endpoint_off',
    })
  })

  it('is switched off after five days without a success, and one success begins the count anew', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { webhooks, clock } = fixture
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    const attemptAt = async (days: number, status: number) => {
      clock.at = begin + days * DAY_MS
      receiver.answer = status
      await fixture.noteIssued()
      await webhooks.deliverWaiting()
      return (await webhooks.getEndpoint(acme, endpoint.id)).state
    }
    expect(await attemptAt(0, 500)).toBe('on')
    expect(await attemptAt(4.9, 500)).toBe('on')
    expect(await attemptAt(5, 200)).toBe('on')
    expect(await attemptAt(6, 500)).toBe('on')
    expect(await attemptAt(10.9, 500)).toBe('on')
    expect(await attemptAt(11, 500)).toBe('off')
    expect(await webhooks.getEndpoint(acme, endpoint.id)).toMatchObject({ offReason: 'failing' })
    const waiting = (await fixture.deliveriesOf(endpoint.id)).filter(({ state }) => state === 'waiting')
    expect(waiting).toEqual([])
  })

  it('gets a test alone, whatever it chose', async () => {
    await using receiver = await openReceiver()
    await using other = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url, ['hold.opened'])
    await fixture.addEndpoint(other.url)
    const eventId = await fixture.changes.testEndpoint(acme, endpoint.id)
    await fixture.webhooks.deliverWaiting()
    expect(await fixture.changes.replayEvent(acme, eventId)).toBe(1)
    await fixture.webhooks.deliverWaiting()
    expect(receiver.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'webhook.test', data: { endpointId: endpoint.id } },
      { type: 'webhook.test', data: { endpointId: endpoint.id } },
    ])
    expect(other.received).toEqual([])
  })

  it('gets what it missed while it was off or failing, on demand and only that', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { webhooks, changes, clock } = fixture
    const { endpoint } = await fixture.addEndpoint(receiver.url, ['invoice.issued'])
    await fixture.noteIssued()
    await webhooks.deliverWaiting()
    await fixture.noteIssued()
    await changes.changeEndpoint(acme, endpoint.id, { state: 'off' }, undefined)
    clock.at += MINUTE_MS
    await fixture.noteIssued()
    await fixture.notePaid()
    await expect(changes.replayMissed(acme, endpoint.id, begin)).rejects.toMatchObject({
      code: 'webhook_endpoint_off',
    })
    await changes.changeEndpoint(acme, endpoint.id, { state: 'on' }, undefined)
    expect(await changes.replayMissed(acme, endpoint.id, begin + 1)).toBe(1)
    await webhooks.deliverWaiting()
    expect(receiver.received).toHaveLength(2)
    expect(await changes.replayMissed(acme, endpoint.id, begin)).toBe(1)
    await webhooks.deliverWaiting()
    expect(await changes.replayMissed(acme, endpoint.id, begin)).toBe(0)
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    const issued = (await fixture.events()).filter(({ type }) => type === 'invoice.issued')
    expect(new Set(ids)).toEqual(new Set(issued.map(({ id }) => id)))
    expect(ids).toHaveLength(issued.length)
  })

  it('gets an event again with the same id and the same bytes', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    const [event] = await fixture.events()
    expect(await fixture.changes.replayEvent(acme, event?.id ?? '')).toBe(1)
    await fixture.webhooks.deliverWaiting()
    const [first, second] = receiver.received
    expect([second?.headers['webhook-id'], second?.body]).toEqual([first?.headers['webhook-id'], first?.body])
  })
})
