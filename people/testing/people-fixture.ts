/** people/ on a fresh ledger with two manufacturers, each with a customer; every mail is kept. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { secureRandomBytes, systemClock, type CustomerId, type ManufacturerId } from '../../core/index.ts'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { createPeople, systemAccess, type Access, type People, type PeopleMail } from '../index.ts'

const PUBLIC_URL = 'https://usance.test'
export const acme = 'man_acme' as ManufacturerId
export const other = 'man_other' as ManufacturerId
export const site = 'cust_site' as CustomerId
export const otherSite = 'cust_other' as CustomerId
export const browser = { cookie: undefined, userAgent: 'test', isSameOrigin: true }

export type PeopleFixture = {
  readonly people: People
  readonly ledger: Kysely<LedgerTables>
  readonly mails: PeopleMail[]
  /** Signs in with a link of its own and gives the `Cookie` header. */
  signIn(input: Parameters<People['createSignInLink']>[0]): Promise<string>
  accessOf(cookie: string): Promise<Access>
  /** Action and subject's kind of every audit entry, in order. */
  audited(): Promise<string[]>
  close(): Promise<void>
}

export async function openPeopleFixture(): Promise<PeopleFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-people-'))
  const file = path.join(folder, 'ledger.sqlite')
  const database = openSqlite(file)
  migrate(database, 'ledger')
  database.close()
  const ledger = openSqliteThread<LedgerTables>(file)
  for (const [id, name, prefix, customer] of [
    [acme, 'Acme', 'ACME', site],
    [other, 'Other', 'OTHER', otherSite],
  ] as const) {
    await ledger
      .insertInto('manufacturers')
      .values({ id, name, invoice_prefix: prefix, created_at: 1 })
      .execute()
    await ledger
      .insertInto('customers')
      .values({
        id: customer,
        manufacturer_id: id,
        name: `${name} site`,
        email: 's@example.com',
        created_at: 1,
      })
      .execute()
  }
  const mails: PeopleMail[] = []
  const people = createPeople({
    ledger,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    publicUrl: PUBLIC_URL,
    secretKey: new Uint8Array(32).fill(7),
    sendMail: async (_transaction, mail) => void mails.push(mail),
    storeStripePair: undefined,
  })
  return {
    people,
    ledger,
    mails,
    async signIn(input) {
      const cookies = await people.signIn.withLink(
        { token: tokenOf(await people.createSignInLink(input)) },
        browser,
      )
      return cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
    },
    async accessOf(cookie) {
      const access = await people.authenticateSession(cookie)
      if (typeof access === 'string') throw new Error(`The session is ${access}.`)
      return access
    },
    async audited() {
      const rows = await ledger.selectFrom('audit_entries').select('action').orderBy('no').execute()
      return rows.map(({ action }) => action)
    },
    async close() {
      await people.close()
      await ledger.destroy()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The token of a link such as `…/app/welcome?token=…`. */
export function tokenOf(link: string): string {
  return new URL(link).searchParams.get('token') ?? ''
}

export const acmeAccess = systemAccess('test', acme)
export const otherAccess = systemAccess('test', other)
