/** From an empty folder to an administrator who is signed in and a manufacturer that is connected to Stripe. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'
import { installationAccess, systemAccess, type People } from '../../people/index.ts'
import { loadConfig } from '../config.ts'
import { createUsanceCore } from '../create-usance.ts'
import { databaseFile } from '../databases.ts'
import { runInit } from './init.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-init-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const file = () => path.join(folder, 'environment')

async function init(argv: readonly string[] = [], environment: Record<string, string> = {}) {
  let printed = ''
  let said = ''
  const collect = (take: (text: string) => void) =>
    ({ write: (text: string) => take(text), isTTY: false }) as unknown as NodeJS.WriteStream
  const code = await runInit({
    argv: ['--data', folder, '--settings-file', file(), '--log-level', 'silent', ...argv],
    stdin: Readable.from([]),
    stdout: collect((text) => void (printed += text)),
    stderr: collect((text) => void (said += text)),
    signal: new AbortController().signal,
    quitSignal: new AbortController().signal,
    environment,
  })
  return { code, link: printed.trim(), said }
}

async function withPeople(secretKey: string, work: (people: People) => Promise<void>): Promise<void> {
  const core = createUsanceCore({
    // Nobody is asked whose key it is.
    config: loadConfig({ data: folder, 'secret-key': secretKey, 'stripe-url': 'http://127.0.0.1:9' }, {}),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
  })
  try {
    await work(core.people)
  } finally {
    await core.close()
  }
}

const jo = ['--email', 'jo@example.com']

describe('usance init', () => {
  it('prints one link, with which the administrator signs in by the key that it wrote', async () => {
    const { code, link } = await init([...jo, '--public-url', 'https://usance.example'])
    expect(code).toBe(0)
    expect(link).toMatch(/^https:\/\/usance\.example\/app\/welcome\?token=[0-9a-z]{52}$/)
    const secretKey = /^USANCE_SECRET_KEY=(.{44})\n$/.exec(readFileSync(file(), 'utf8'))?.[1] ?? ''
    await withPeople(secretKey, async (people) => {
      const browser = { cookie: undefined, userAgent: undefined, isSameOrigin: true }
      const token = new URL(link).searchParams.get('token') ?? ''
      expect(await people.signIn.withLink({ token }, browser)).toHaveLength(1)
    })
    await expect(init([...jo, '--again'])).rejects.toMatchObject({ code: 'already_initialised' })
  })

  it('is refused a second time unless asked for again', async () => {
    await init(jo)
    const key = readFileSync(file(), 'utf8')
    await expect(init(jo)).rejects.toMatchObject({ code: 'already_initialised' })
    expect(readFileSync(file(), 'utf8')).toBe(key)
  })

  it('makes no key when one is set', async () => {
    const { said } = await init(jo, { USANCE_SECRET_KEY: `${'A'.repeat(43)}=` })
    expect(said).not.toMatch(/USANCE_SECRET_KEY/)
  })

  it('needs an address', async () => {
    await expect(init()).rejects.toMatchObject({ code: 'arguments_invalid' })
    await expect(init(['--email', 'jo'])).rejects.toMatchObject({ code: 'people_input_invalid' })
  })
})

describe('connecting Stripe', () => {
  it('shows which mode the key is of, and keeps it out of the audit trail', async () => {
    await init(jo)
    await withPeople(`${'A'.repeat(43)}=`, async (people) => {
      const { items } = await people.listManufacturers({ limit: 1 })
      expect(items).toEqual([])
      const made = await people.createManufacturer(installationAccess('test'), {
        name: 'Acme',
        invoicePrefix: 'ACME',
        currency: 'EUR',
        timeZone: 'UTC',
        languages: ['en'],
        admin: { email: 'ada@example.com', name: 'Ada' },
      })
      const access = systemAccess('test', made.id)
      const pair = { apiKey: 'sk_test_abcdefgh', webhookSecret: 'whsec_abcdefgh' }
      expect((await people.connectStripe(access, pair)).stripe).toEqual({ isConnected: true, mode: 'test' })
      await expect(
        people.connectStripe(access, { ...pair, apiKey: 'sk_live_abcdefgh' }),
      ).rejects.toMatchObject({ code: 'stripe_live_key_refused' })
    })
    using database = openSqlite(databaseFile(folder, 'ledger'))
    const entries = database.prepare("SELECT * FROM audit_entries WHERE action LIKE 'settings.%'").all()
    expect(entries).toMatchObject([{ action: 'settings.stripe_connected', after: '{"mode":"test"}' }])
    expect(JSON.stringify(entries)).not.toMatch(/abcdefgh/)
  })
})
