/** Audit trail, jobs and mails of a whole server: what a person does through the API is found again, exactly once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { createUsance, loadConfig, migrateDatabases, setUpDemo } from '../../app/index.ts'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'
import { enqueueMail } from '../../mail/index.ts'
import { runUsance } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

type Item = Readonly<Record<string, unknown>>

async function startServer() {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-office-'))
  cleanUp.push(() => rmSync(data, { recursive: true }))
  migrateDatabases(data)
  const secretKey = Buffer.alloc(32, 7).toString('base64')
  const config = loadConfig({ data, 'mqtt-port': '0', 'http-port': '0', 'secret-key': secretKey }, {})
  const log = pino({ level: 'silent' })
  const usance = await createUsance({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  cleanUp.push(() => usance.close())
  const world = await setUpDemo(usance, systemClock.now(), secureRandomBytes)
  const { httpUrl } = usance.addresses
  const headers = { authorization: `Bearer ${world.apiKey}` }
  const post = (address: string, body?: object) =>
    fetch(`${httpUrl}${address}`, {
      method: 'POST',
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  const items = async (address: string, as: Record<string, string> = headers) => {
    const answer = await fetch(`${httpUrl}${address}`, { headers: as })
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { items: Item[] }).items
  }
  /** The headers of somebody who has opened a link of the installation. */
  const enterInstallation = async () => {
    const person = { email: 'root@usance.example', name: 'Ro Ot', role: 'installation_admin' } as const
    const link = new URL(await usance.people.createSignInLink(person))
    const answer = await fetch(`${httpUrl}/auth/welcome`, {
      method: 'POST',
      headers: { origin: httpUrl, 'content-type': 'application/json' },
      body: JSON.stringify({ token: link.searchParams.get('token') }),
    })
    const cookie = answer.headers.getSetCookie().map((each) => each.split(';', 1)[0])
    return { origin: httpUrl, cookie: cookie.join('; ') }
  }
  return { data, usance, world, httpUrl, post, items, enterInstallation }
}

describe('the office', () => {
  it('finds what a key did to a device at once and once, and verifies the trail', async () => {
    const { data, world, post, items } = await startServer()
    const device = world.devices[0]?.deviceId ?? ''
    expect((await post(`/v1/devices/${device}/revoke`, { reason: 'stolen' })).status).toBe(200)
    const entries = await items(`/v1/audit?subjectKind=device&subjectId=${device}`)
    expect(
      entries.map(({ action, actor, reason }) => ({ action, by: (actor as Item)['kind'], reason })),
    ).toEqual([
      { action: 'device.revoked', by: 'api_key', reason: 'stolen' },
      { action: 'device.registered', by: 'system', reason: null },
    ])

    const verified = await runUsance(['audit', 'verify', '--data', data, '--json'])
    expect(verified.code).toBe(0)
    const { count, last } = JSON.parse(verified.stdout) as {
      count: number
      last: { no: number; hash: string }
    }
    expect(last.no).toBe(count)
    const noted = `${last.no}:${last.hash}`
    expect((await runUsance(['audit', 'verify', '--data', data, '--expect', noted])).code).toBe(0)
    const byHand = openSqlite(path.join(data, 'ledger.sqlite'))
    byHand.exec(
      "DROP TRIGGER audit_entries_are_not_changed; UPDATE audit_entries SET actor_name = 'x' WHERE no = 2",
    )
    byHand.close()
    const broken = await runUsance(['audit', 'verify', '--data', data])
    expect([broken.code, broken.stdout.split('\n').length]).toEqual([1, 2])
    expect(broken.stderr).toContain('WRONG from entry 2 on: Entry 2 was changed')
    expect((await runUsance(['audit', 'verify', '--data', data, '--expect', 'x'])).code).toBe(2)
  })

  it('lists the jobs, runs one for the installation and keeps that in its trail', async () => {
    const { httpUrl, post, items, enterInstallation } = await startServer()
    const stripe = ['stripe_push', 'stripe_events', 'stripe_sweep', 'stripe_sync']
    const webhooks = ['webhook_deliver', 'webhook_follow', 'webhook_clean_up']
    const names = [
      'billing_run',
      'document_render',
      'mail_send',
      'digest',
      'invoice_reminders',
      'audit_copy',
      ...stripe,
      ...webhooks,
    ]
    expect((await items('/v1/jobs')).map(({ name }) => name)).toEqual(names.toSorted())
    expect((await post('/v1/jobs/billing_run/run')).status).toBe(403)
    const headers = await enterInstallation()
    const run = (name: string) => fetch(`${httpUrl}/v1/jobs/${name}/run`, { method: 'POST', headers })
    expect((await run('billing_run')).status).toBe(202)
    const billingRun = async (as?: Record<string, string>) =>
      (await items('/v1/jobs', as)).find(({ name }) => name === 'billing_run')
    await expect
      .poll(async () => (await billingRun(headers))?.['lastDetail'], { timeout: 60_000 })
      .toMatch(/^0 invoices issued, 0 carried, \d+ contracts wait, 0 remarks\.$/)
    expect((await billingRun())?.['lastDetail']).toBe(null)
    expect((await run('other')).status).toBe(404)
    const entries = await items('/v1/audit?action=job.asked_for', headers)
    expect(entries.map(({ subject }) => subject)).toEqual([{ kind: 'job', id: 'billing_run' }])
    expect(await items('/v1/audit?action=job.asked_for')).toEqual([])
  })

  it('shows a printed code on the page of the developer and nowhere else', async () => {
    const { usance, world, httpUrl, post, items, enterInstallation } = await startServer()
    await usance.ledger.transaction().execute((transaction) =>
      enqueueMail(transaction, {
        template: 'sign_in_code',
        data: { code: '482911', validMinutes: 10 },
        to: { address: 'jo@example.com' },
        language: 'en',
        manufacturerId: world.manufacturerId,
        at: systemClock.now(),
      }),
    )
    const headers = await enterInstallation()
    const run = await fetch(`${httpUrl}/v1/jobs/mail_send/run`, { method: 'POST', headers })
    expect(run.status).toBe(202)
    await expect.poll(async () => (await items('/v1/mails'))[0]?.['state'], { timeout: 60_000 }).toBe('sent')
    const answers = await Promise.all(
      ['/v1/mails', '/v1/mails/1', '/v1/audit', '/v1/jobs'].map(async (address) => {
        const headers = { authorization: `Bearer ${world.apiKey}` }
        return (await fetch(`${httpUrl}${address}`, { headers })).text()
      }),
    )
    expect(answers.filter((text) => text.includes('482911'))).toEqual([])
    expect(await (await fetch(`${httpUrl}/dev/mails/1`)).text()).toContain('482911')
    const again = await post('/v1/mails/1/retry')
    expect([again.status, ((await again.json()) as Item)['code']]).toEqual([409, 'mail_not_repeatable'])
  })

  it('shows the link of an invitation to nobody but whoever opens the mail', async () => {
    const { usance, world, httpUrl, post, items } = await startServer()
    const invited = await post('/v1/people', { email: 'kim@example.com', name: 'Kim', role: 'operator' })
    expect(invited.status).toBe(201)
    const mailId = (await items('/v1/mails?limit=1'))[0]?.['id']
    const addresses = [`/v1/mails/${String(mailId)}`, '/v1/mails', '/v1/audit', '/v1/people']
    const headers = { authorization: `Bearer ${world.apiKey}` }
    const read = async (address: string) => (await fetch(`${httpUrl}${address}`, { headers })).text()
    // Whether it waits or was printed meanwhile: a link is 256 random bits, 52 characters.
    const shown = [await invited.text(), ...(await Promise.all(addresses.map(read)))]
    expect(shown[1]).toContain('Invitation to Nordbohr Demo')
    expect(shown.filter((text) => /token=|\b[0-9a-z]{52}\b/.test(text))).toEqual([])
    expect(await (await fetch(`${httpUrl}/v1/mails/${String(mailId)}`, { headers })).json()).toMatchObject({
      template: 'invitation',
      text: null,
      html: null,
    })
    const stored = await usance.ledger.selectFrom('mails').selectAll().where('state', '=', 'sent').execute()
    expect(
      stored.filter(({ is_secret, data, body_text }) => is_secret === 1n && (data ?? body_text) !== null),
    ).toEqual([])
  })
})
