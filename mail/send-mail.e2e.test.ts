/** Mail over a real SMTP server on loopback, with a clock to set. */
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, secureRandomBytes, type ManufacturerId } from '../core/index.ts'
import { openFreshLedger, type FreshLedger } from '../test/setup/fresh-ledger.ts'
import { createMailer, type Mailer } from './create-mailer.ts'
import { enqueueMail, type MailInput } from './outbox.ts'
import { getMail, listMails, repeatMail } from './read-mails.ts'
import { recordBounce } from './record-bounce.ts'
import { createSmtpTransport, type SendMail } from './smtp-transport.ts'

const begin = Date.parse('2026-11-20T08:00:00Z')
const publicUrl = 'https://usance.example'
const acme = 'man_a' as ManufacturerId

class World implements AsyncDisposable {
  readonly fixture: FreshLedger = openFreshLedger()
  readonly clock = { at: begin, now: () => this.clock.at }
  readonly received: { from: string; id: string | undefined; to: string[]; raw: string }[] = []
  readonly logged: string[] = []
  /** SMTP code that recipients or contents are answered with; undefined is fine. */
  refuseRecipient: number | undefined
  refuseContent: number | undefined
  #server: SMTPServer | undefined

  async listen(port = 0): Promise<number> {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      hideDSN: false,
      onRcptTo: (_address, _session, callback) => callback(refusal(this.refuseRecipient)),
      onData: (stream, session, callback) => {
        const { mailFrom, rcptTo, dsn } = session.envelope
        const to = rcptTo.map(({ address }) => address)
        const from = mailFrom === false ? '' : mailFrom.address
        let raw = ''
        stream.on('data', (chunk: Buffer) => (raw += chunk.toString()))
        stream.on('end', () => {
          const error = refusal(this.refuseContent)
          if (error === undefined) this.received.push({ from, id: dsn?.envid ?? undefined, to, raw })
          callback(error)
        })
      },
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    this.#server = server
    return (server.server.address() as AddressInfo).port
  }

  async stopListening(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  mailer(way: SendMail | 'print' | 'wait', bounceAddress?: string): Mailer {
    return createMailer({
      ledger: this.fixture.ledger,
      clock: this.clock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'info' }, { write: (line: string) => this.logged.push(line) }),
      publicUrl,
      from: { address: 'usance@acme.example', name: 'Acme' },
      bounceAddress,
      way,
    })
  }

  async enqueue(overrides: Partial<MailInput> = {}): Promise<number> {
    const mail = {
      template: 'invoice_issued',
      data: {
        manufacturerName: 'Acme',
        number: 'ACME-7',
        total: '€4.90',
        period: '1–31 October 2026',
        path: '/app/bills/inv_1',
      },
      to: { address: 'site@example.com', name: 'Müller, "Site"' },
      language: 'en',
      manufacturerId: acme,
      at: this.clock.at,
      ...overrides,
    } as MailInput
    return Number(await this.fixture.ledger.transaction().execute((each) => enqueueMail(each, mail)))
  }

  async find(id: number) {
    return await getMail(this.fixture.ledger, acme, id, publicUrl)
  }

  async [Symbol.asyncDispose]() {
    await this.stopListening()
    await this.fixture[Symbol.asyncDispose]()
  }
}

function refusal(code: number | undefined): Error | undefined {
  return code === undefined
    ? undefined
    : Object.assign(new Error('as the test wants'), { responseCode: code })
}

const invitation: Partial<MailInput> = {
  template: 'invitation',
  data: { inviterName: 'Jo', organisationName: 'Acme', path: '/app/welcome?token=live', validDays: 7 },
}
const code: Partial<MailInput> = { template: 'sign_in_code', data: { code: '482911', validMinutes: 10 } }

describe('a mail', () => {
  it('is sent once, with both bodies, a stable Message-ID and the name encoded', async () => {
    await using world = new World()
    const port = await world.listen()
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`))
    const id = await world.enqueue()
    expect(await mailer.sendWaiting()).toEqual({ sent: 1, postponed: 0, bounced: 0 })
    expect(await mailer.sendWaiting()).toEqual({ sent: 0, postponed: 0, bounced: 0 })
    expect(world.received.map(({ to }) => to)).toEqual([['site@example.com']])
    const raw = world.received[0]?.raw ?? ''
    expect(raw).toMatch(new RegExp(`^Message-ID: <mail\\.${id}\\.[0-9a-z]{26}@usance\\.example>`, 'm'))
    expect(raw).toContain('Subject: Invoice ACME-7 from Acme')
    expect(raw).toContain('From: Acme <usance@acme.example>')
    expect(raw).toContain('Auto-Submitted: auto-generated')
    expect(raw).toContain('Content-Type: text/plain')
    expect(raw).toContain('Content-Type: text/html')
    expect(await world.find(id)).toMatchObject({
      state: 'sent',
      attempts: 1,
      sentAt: begin,
      problem: undefined,
    })
  })

  it('comes from its manufacturer, if that has said an address; what lets somebody in comes from the installation', async () => {
    await using world = new World()
    const port = await world.listen()
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`))
    await world.fixture.ledger
      .updateTable('manufacturers')
      .set({ mail_sender: JSON.stringify({ name: 'Nordbohr', address: 'bills@nordbohr.example' }) })
      .where('id', '=', acme)
      .execute()
    await world.enqueue()
    await world.enqueue({ ...code, manufacturerId: undefined })
    await mailer.sendWaiting()
    expect(world.received[0]?.raw).toContain('From: Nordbohr <bills@nordbohr.example>')
    expect(world.received[1]?.raw).toContain('From: Acme <usance@acme.example>')
  })

  it('names itself by one key in the address that reports go to, in the envelope and in its Message-ID', async () => {
    await using world = new World()
    const port = await world.listen()
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`), 'bounces@usance.example')
    world.refuseContent = 451
    await world.enqueue()
    await mailer.sendWaiting()
    world.refuseContent = undefined
    world.clock.at += MINUTE_MS
    await mailer.sendWaiting()
    const [{ from, id = '', raw } = { from: '', raw: '' }] = world.received
    expect(id).toMatch(/^[0-9a-z]{26}$/)
    expect(from).toBe(`bounces+${id}@usance.example`)
    expect(raw).toContain(`.${id}@usance.example>`)
    expect(raw).toContain('From: Acme <usance@acme.example>')
    const report = `To: ${from}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--r--\r\n`
    expect(await recordBounce(world.fixture.ledger, Buffer.from(report), begin)).toMatchObject({
      kind: 'bounced',
    })
  })

  it('goes back to its sender where reports are not read, and to the installation if it lets somebody in', async () => {
    await using world = new World()
    const port = await world.listen()
    await world.fixture.ledger
      .updateTable('manufacturers')
      .set({ mail_sender: JSON.stringify({ name: 'Nordbohr', address: 'bills@nordbohr.example' }) })
      .where('id', '=', acme)
      .execute()
    await world.enqueue()
    await world.enqueue(invitation)
    await world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`)).sendWaiting()
    expect(world.received.map(({ from }) => from)).toEqual(['bills@nordbohr.example', 'usance@acme.example'])
    expect(world.received[1]?.raw).toContain('From: Nordbohr <bills@nordbohr.example>')
  })

  it('is enqueued once for each address and cause', async () => {
    await using world = new World()
    const ids = []
    for (const address of ['site@example.com', 'site@example.com', 'kim@example.com']) {
      ids.push(await world.enqueue({ cause: 'invoice inv_1', to: { address } }))
    }
    ids.push(await world.enqueue({ cause: 'invoice inv_2' }))
    expect(ids.map(Number.isNaN)).toEqual([false, true, false, false])
    expect((await listMails(world.fixture.ledger, acme, { limit: 9 })).items).toHaveLength(3)
  })

  it('is not sent when the transaction of its cause fails', async () => {
    await using world = new World()
    const port = await world.listen()
    const failing = world.fixture.ledger.transaction().execute(async (transaction) => {
      await enqueueMail(transaction, {
        template: 'digest',
        data: { organisationName: 'Acme', items: [], path: '/' },
        to: { address: 'jo@example.com' },
        language: 'de',
        at: begin,
      })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`)).sendWaiting()
    expect(world.received).toEqual([])
  })

  it('arrives once after the server was down for a day, with growing pauses', async () => {
    await using world = new World()
    const port = await world.listen()
    await world.stopListening()
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`))
    const id = await world.enqueue()
    const attempts: number[] = []
    for (let minute = 0; minute < 24 * 60; minute++) {
      world.clock.at = begin + minute * MINUTE_MS
      if ((await mailer.sendWaiting()).postponed > 0) attempts.push(minute)
    }
    expect(attempts).toEqual([0, 1, 5, 21, 85, 341, 1_365])
    expect(await world.find(id)).toMatchObject({
      state: 'waiting',
      attempts: 7,
      problem: 'ESOCKET: the mail server cannot be used now',
    })
    await world.listen(port)
    world.clock.at = begin + 1_365 * MINUTE_MS + DAY_MS
    expect((await mailer.sendWaiting()).sent).toBe(1)
    expect((await mailer.sendWaiting()).sent).toBe(0)
    expect(world.received).toHaveLength(1)
  })

  it('fails after three days, and one that waits behind is not lost', async () => {
    await using world = new World()
    const port = await world.listen()
    world.refuseRecipient = 451
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`))
    const id = await world.enqueue()
    for (let hour = 0; hour < 72; hour++) {
      world.clock.at = begin + hour * HOUR_MS
      await mailer.sendWaiting()
    }
    expect(await world.find(id)).toMatchObject({
      state: 'failed',
      sentAt: undefined,
      nextAttemptAt: undefined,
    })
    world.refuseRecipient = undefined
    await world.enqueue()
    expect((await mailer.sendWaiting()).sent).toBe(1)
    await world.fixture.ledger.transaction().execute((each) => repeatMail(each, acme, id, world.clock.at))
    expect((await mailer.sendWaiting()).sent).toBe(1)
    expect(await world.find(id)).toMatchObject({ state: 'sent', problem: undefined })
  })

  it.each([
    ['refuseRecipient', 450, 'waiting'],
    ['refuseContent', 452, 'waiting'],
    ['refuseRecipient', 550, 'bounced'],
    ['refuseContent', 554, 'bounced'],
  ] as const)('with %s by %i is %s', async (what, smtpCode, state) => {
    await using world = new World()
    const port = await world.listen()
    world[what] = smtpCode
    const id = await world.enqueue()
    await world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`)).sendWaiting()
    const mail = await world.find(id)
    expect([mail.state, mail.problem]).toEqual([state, `${smtpCode} as the test wants`])
    expect(world.received).toEqual([])
  })

  it('is sent again with the same Message-ID when the sender died between sending and noting it', async () => {
    await using world = new World()
    const port = await world.listen()
    const send = createSmtpTransport(`smtp://127.0.0.1:${port}`)
    const id = await world.enqueue()
    const dying = world.mailer(async (mail, envelope) => {
      await send(mail, envelope)
      throw new Error('killed')
    })
    await expect(dying.sendWaiting()).rejects.toThrow('killed')
    const mailer = world.mailer(send)
    world.clock.at = begin + 4 * MINUTE_MS
    expect((await mailer.sendWaiting()).sent).toBe(0)
    world.clock.at = begin + 5 * MINUTE_MS
    expect((await mailer.sendWaiting()).sent).toBe(1)
    const ids = world.received.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)?.[1]?.trim())
    expect(ids).toEqual([expect.stringContaining(`<mail.${id}.`), ids[0]])
  })

  it('goes to one sender when two look at once', async () => {
    await using world = new World()
    const port = await world.listen()
    const send = createSmtpTransport(`smtp://127.0.0.1:${port}`)
    for (let count = 0; count < 5; count++) await world.enqueue()
    const results = await Promise.all([world.mailer(send).sendWaiting(), world.mailer(send).sendWaiting()])
    expect(results.reduce((sum, { sent }) => sum + sent, 0)).toBe(5)
    expect(world.received).toHaveLength(5)
  })

  it('refuses addresses and names that would begin another header', async () => {
    await using world = new World()
    const refusal = expect.objectContaining({ code: 'mail_address_invalid' }) as Error
    const address = 'jo@example.com\r\nBcc: eve@example.com'
    await expect(world.enqueue({ to: { address } })).rejects.toThrow(refusal)
    await expect(
      world.enqueue({ to: { address: 'jo@example.com', name: 'Jo\r\nBcc: eve@example.com' } }),
    ).rejects.toThrow(refusal)
  })
})

describe('a mail that lets somebody in', () => {
  it('is shown to nobody, and forgotten as soon as it is sent', async () => {
    await using world = new World()
    const port = await world.listen()
    const id = await world.enqueue(code)
    expect((await world.find(id)).body).toBeUndefined()
    await world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`)).sendWaiting()
    expect(world.received[0]?.raw).toContain('482911')
    expect((await world.find(id)).body).toBeUndefined()
    const rows = world.fixture.byHand.prepare('SELECT * FROM mails').all()
    expect(JSON.stringify(rows)).not.toContain('482911')
    expect(world.logged.join()).not.toContain('482911')
  })

  it.each([
    [550, 0],
    [451, 15],
  ])('is forgotten when it is given up after %i and cannot be repeated', async (smtpCode, minutes) => {
    await using world = new World()
    const port = await world.listen()
    world.refuseRecipient = smtpCode
    const mailer = world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`))
    const id = await world.enqueue(code)
    for (let minute = 0; minute <= minutes; minute++) {
      world.clock.at = begin + minute * MINUTE_MS
      await mailer.sendWaiting()
    }
    expect(JSON.stringify(world.fixture.byHand.prepare('SELECT * FROM mails').all())).not.toContain('482911')
    const repeating = world.fixture.ledger.transaction().execute((each) => repeatMail(each, acme, id, begin))
    await expect(repeating).rejects.toMatchObject({ code: 'mail_not_repeatable' })
  })
})

describe('without SMTP', () => {
  it('is printed once to the log and kept for the page of the developer', async () => {
    await using world = new World()
    const mailer = world.mailer('print')
    const id = await world.enqueue(code)
    expect((await mailer.sendWaiting()).sent).toBe(1)
    expect(world.logged.filter((line) => line.includes('482911'))).toHaveLength(1)
    expect(mailer.listPrinted()).toMatchObject([{ id, subject: 'Your code for signing in' }])
    expect(mailer.listPrinted()?.[0]?.text).toContain('482911')
  })

  it('waits on a server that others reach, and nothing is printed', async () => {
    await using world = new World()
    const mailer = world.mailer('wait')
    await world.enqueue(code)
    expect((await mailer.sendWaiting()).sent).toBe(0)
    expect([mailer.listPrinted(), world.logged]).toEqual([undefined, []])
  })
})

describe('the list of mails', () => {
  it('I12 shows each manufacturer only its own, the newest first and page by page', async () => {
    await using world = new World()
    const { ledger } = world.fixture
    for (let count = 0; count < 3; count++) await world.enqueue()
    await world.enqueue({ manufacturerId: 'man_b' as ManufacturerId })
    await world.enqueue({ manufacturerId: undefined })
    const first = await listMails(ledger, acme, { limit: 2 })
    expect(first.items.map(({ id }) => id)).toEqual([3, 2])
    const second = await listMails(ledger, acme, { limit: 2, after: first.nextAfter })
    expect([second.items.map(({ id }) => id), second.nextAfter]).toEqual([[1], undefined])
    expect((await listMails(ledger, undefined, { limit: 9 })).items.map(({ id }) => id)).toEqual([5])
    await expect(getMail(ledger, acme, 4, publicUrl)).rejects.toMatchObject({ code: 'mail_not_found' })
  })

  it('shows text and HTML of what lets nobody in, before and after it is sent', async () => {
    await using world = new World()
    const port = await world.listen()
    const id = await world.enqueue()
    const before = (await world.find(id)).body
    expect(before?.text).toContain('https://usance.example/app/bills/inv_1')
    await world.mailer(createSmtpTransport(`smtp://127.0.0.1:${port}`)).sendWaiting()
    expect((await world.find(id)).body).toEqual(before)
    const repeating = world.fixture.ledger.transaction().execute((each) => repeatMail(each, acme, id, begin))
    await expect(repeating).rejects.toMatchObject({ code: 'mail_not_repeatable' })
  })
})
