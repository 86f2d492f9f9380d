import { describe, expect, it } from 'vitest'

import type { EntryQuery } from '../../audit/index.ts'
import type { PrintedMail } from '../../mail/index.ts'
import type { ApiOffice } from '../api-options.ts'
import { createApiHarness, OTHER_KEY, OWN_KEY, PUBLIC_URL } from '../testing/api-harness.ts'

const at = Date.parse('2026-11-22T12:00:00Z')
const text = '2026-11-22T12:00:00.000Z'

const job = {
  name: 'billing_run',
  schedule: '* * * * * UTC',
  lastStartedAt: at,
  lastFinishedAt: undefined,
  lastOutcome: 'failed',
  lastDetail: 'Give "con_of_somebody_else" a price. (price_missing)',
  nextRunAt: at,
  isRunning: true,
} as const

const mail = {
  id: 7,
  to: 'site@example.com',
  template: 'invoice_issued',
  language: 'en',
  subject: 'Invoice',
  state: 'waiting',
  attempts: 2,
  nextAttemptAt: at,
  sentAt: undefined,
  problem: '451 later',
  createdAt: at,
} as const
const presentedMail = { ...mail, nextAttemptAt: text, sentAt: null, createdAt: text }

function harness(office: Partial<ApiOffice>) {
  return createApiHarness({ office })
}

describe('GET /v1/audit', () => {
  it('hands the filters on and shows entries with their documents', async () => {
    const asked: unknown[] = []
    const { get } = await harness({
      async searchEntries(whose, query: EntryQuery) {
        asked.push(whose, query)
        const entry = {
          no: 3,
          occurredAt: at,
          manufacturerId: whose ?? null,
          actor: { kind: 'person', id: 'per_1', name: 'Jo' },
          action: 'device.updated',
          subject: { kind: 'device', id: 'd-1' },
          before: '{"tags":["a"]}',
          after: null,
          reason: null,
          source: null,
          previousHash: '0'.repeat(64),
          hash: 'a'.repeat(64),
        } as const
        return { items: [entry], nextAfter: '3' }
      },
    })
    const filters =
      'actorId=per_1&action=device.updated&subjectKind=device&subjectId=d-1&text=a&sort=no&limit=1'
    const answer = await get(`/v1/audit?${filters}&from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z`)
    expect(asked).toEqual([
      'man_own',
      {
        actorId: 'per_1',
        action: 'device.updated',
        subjectKind: 'device',
        subjectId: 'd-1',
        text: 'a',
        sort: 'no',
        limit: 1,
        from: at,
        to: at + 3_600_000,
      },
    ])
    expect(answer.json()).toEqual({
      items: [
        {
          no: 3,
          at: text,
          actor: { kind: 'person', id: 'per_1', name: 'Jo' },
          action: 'device.updated',
          subject: { kind: 'device', id: 'd-1' },
          before: { tags: ['a'] },
          after: null,
          reason: null,
          hash: 'a'.repeat(64),
        },
      ],
      nextAfter: expect.any(String),
    })
    const { nextAfter } = answer.json<{ nextAfter: string }>()
    await get(`/v1/audit?${filters}&from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z&after=${nextAfter}`)
    expect(asked.at(-1)).toMatchObject({ after: '3' })
  })

  it.each(['after=0', 'after=x', 'from=yesterday', 'who=jo', 'limit=101'])('refuses %s', async (query) => {
    const { get } = await harness({})
    expect((await get(`/v1/audit?${query}`)).statusCode).toBe(400)
  })
})

describe('jobs', () => {
  it('are listed, without the sentence of a failure that may be about somebody else', async () => {
    const { get } = await harness({ listJobs: async () => [job] })
    expect((await get('/v1/jobs')).json()).toEqual({
      items: [
        {
          ...job,
          lastStartedAt: text,
          lastFinishedAt: null,
          lastDetail: 'It failed; whoever runs the server sees why.',
          nextRunAt: text,
        },
      ],
      nextAfter: null,
    })
  })

  it('show the installation what they did, and a manufacturer nothing that is about the others', async () => {
    const lastDetail = '3 invoices issued, 1 contracts wait, 0 remarks.'
    const { get, request } = await harness({
      listJobs: async () => [job, { ...job, lastOutcome: 'done', lastDetail }],
    })
    const details = (answer: { readonly body: string }) =>
      (JSON.parse(answer.body) as { items: { lastDetail: string | null }[] }).items.map(
        (each) => each.lastDetail,
      )
    const sentence = 'It failed; whoever runs the server sees why.'
    expect(details(await get('/v1/jobs'))).toEqual([sentence, null])
    for (const role of ['manufacturer_admin', 'operator', 'finance', 'auditor']) {
      expect(details(await request({ url: '/v1/jobs', headers: { cookie: `as=${role}` } }))).toEqual([
        sentence,
        null,
      ])
    }
    const installation = await request({ url: '/v1/jobs', headers: { cookie: 'as=installation_admin' } })
    expect(details(installation)).toEqual([job.lastDetail, lastDetail])
    const customer = await request({ url: '/v1/jobs', headers: { cookie: 'as=customer_owner' } })
    expect(customer.statusCode).toBe(403)
  })

  it('are run by the installation only, in the name of whoever asks', async () => {
    const asked: unknown[] = []
    const { request } = await harness({
      async runJob(who, name) {
        asked.push(who, name)
      },
    })
    const run = { method: 'POST', url: '/v1/jobs/billing_run/run' } as const
    const as = (role: string) => request({ ...run, headers: { origin: PUBLIC_URL, cookie: `as=${role}` } })
    for (const role of ['manufacturer_admin', 'operator', 'finance', 'auditor', 'customer_owner']) {
      const refused = await as(role)
      expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'access_denied'])
    }
    expect((await request({ ...run, key: OTHER_KEY })).statusCode).toBe(403)
    expect(asked).toEqual([])
    expect((await as('installation_admin')).statusCode).toBe(202)
    expect(asked).toEqual([
      { actor: expect.objectContaining({ kind: 'person' }), manufacturerId: undefined },
      'billing_run',
    ])
  })
})

describe('mails', () => {
  it('are listed and shown with what they say', async () => {
    const { get } = await harness({
      listMails: async (whose) => ({ items: whose === 'man_own' ? [mail] : [], nextAfter: undefined }),
      getMail: async () => ({ ...mail, body: { text: 'Hello', html: '<p>Hello</p>' } }),
    })
    expect((await get('/v1/mails?state=sent')).json()).toEqual({ items: [presentedMail], nextAfter: null })
    expect((await get('/v1/mails/7')).json()).toEqual({
      ...presentedMail,
      text: 'Hello',
      html: '<p>Hello</p>',
    })
  })

  it('that let somebody in are shown without what they say', async () => {
    const { get } = await harness({ getMail: async () => ({ ...mail, body: undefined }) })
    expect((await get('/v1/mails/7')).json()).toEqual({ ...presentedMail, text: null, html: null })
  })

  it('are tried again in the name of whoever asks', async () => {
    const asked: unknown[] = []
    const { request } = await harness({
      async repeatMail(who, id) {
        asked.push(who.actor.name, who.manufacturerId, id)
        return mail
      },
    })
    const answer = await request({ method: 'POST', url: '/v1/mails/7/retry', key: OWN_KEY })
    expect([answer.statusCode, answer.json()]).toEqual([200, presentedMail])
    expect(asked).toEqual(['console', 'man_own', 7])
  })
})

describe('/dev/mails', () => {
  const printed: PrintedMail = {
    id: 4,
    at,
    messageId: '<x@y>',
    from: { address: 'usance@localhost' },
    to: { address: 'jo@example.com', name: 'Jo <b>' },
    subject: 'Hello <script>',
    text: 'Enter: https://usance.test/enter/tok?a=1&b=<2>',
    html: '',
  }

  it('lists and opens what was printed, escaped and without any script', async () => {
    const { get } = await harness({ listPrintedMails: () => [printed] })
    const list = await get('/dev/mails')
    expect(list.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(list.headers['cache-control']).toBe('no-store')
    expect(list.body).toContain(`<a href="/dev/mails/4">${text} jo@example.com: Hello &lt;script&gt;</a>`)
    const opened = await get('/dev/mails/4')
    expect(opened.body).toContain('<a href="https://usance.test/enter/tok?a=1&amp;b=">')
    expect(opened.body).toContain('To: Jo &lt;b&gt; &lt;jo@example.com&gt;')
    expect(opened.body).not.toContain('<script')
    expect((await get('/dev/mails/5')).statusCode).toBe(404)
  })

  it.each([
    { host: 'usance.example' },
    { host: 'localhost', 'x-forwarded-for': '203.0.113.7' },
    { host: '127.0.0.1:8080', forwarded: 'for=203.0.113.7' },
  ])('is no address for %o', async (headers) => {
    const { app } = await harness({ listPrintedMails: () => [printed] })
    for (const url of ['/dev/mails', '/dev/mails/4']) {
      expect((await app.inject({ url, headers })).statusCode).toBe(404)
    }
  })

  it('is no address where mails are sent', async () => {
    const { get } = await harness({ listPrintedMails: () => undefined })
    expect((await get('/dev/mails')).statusCode).toBe(404)
    expect((await get('/dev/mails/4')).statusCode).toBe(404)
  })
})
