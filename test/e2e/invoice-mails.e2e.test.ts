/** Mails of issued invoices with their documents: as many as were issued, wherever the process was killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { createUsanceCore, loadConfig, migrateDatabases, setUpDemo } from '../../app/index.ts'
import { secureRandomBytes, systemActor, systemClock } from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

type MailRow = Readonly<Record<'to_address' | 'to_name' | 'language' | 'subject' | 'data' | 'cause', string>>

/** Three customers with a month to be billed; one has no address that mail can go to, one has two. */
async function openInstallation() {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-invoice-mails-'))
  cleanUp.push(() => rmSync(data, { recursive: true }))
  migrateDatabases(data)
  const core = createUsanceCore({
    config: loadConfig({ data, 'billing-grace-hours': '0' }, {}),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
  })
  cleanUp.push(() => core.close())
  const { customers, manufacturerId } = await setUpDemo(core, systemClock.now(), secureRandomBytes)
  const [first, second] = customers
  const changes = core.billing.by(systemActor('test'))
  await changes.updateCustomer(manufacturerId, first?.customerId ?? '', {
    language: 'de',
    billingEmails: ['rechnung@hochbau.example', 'bau@hochbau.example'],
  })
  await changes.updateCustomer(manufacturerId, second?.customerId ?? '', {
    billingEmails: ['no"body@hudson.example'],
  })
  const byHand = openSqlite(path.join(data, 'ledger.sqlite'))
  cleanUp.push(() => byHand.close())
  const read = (sql: string) => byHand.prepare(sql).all()
  return { data, core, changes, manufacturerId, read }
}

async function billUntilKilled(data: string, killAt: number): Promise<NodeJS.Signals | null> {
  const script = path.join(import.meta.dirname, 'bill-until-killed.ts')
  const child = spawn(process.execPath, [script, data, String(killAt)], {
    stdio: 'inherit',
    env: { PATH: process.env['PATH'] },
  })
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal
}

describe('an issued invoice', () => {
  it('is mailed to each billing address in the customer’s language; whoever has none is named by the run', async () => {
    const { core, changes, manufacturerId, read } = await openInstallation()
    const { issued, remarks } = await changes.runBilling({ manufacturerId })
    expect(issued).toHaveLength(3)
    expect(remarks).toEqual([
      {
        invoiceId: expect.any(String),
        code: 'invoice_not_mailed',
        detail: expect.stringMatching(
          /^Correct the customer's billing e-mail addresses\. Invoice NORD-00000\d was issued and mailed not to "no"body@hudson\.example"\./,
        ),
      },
    ])
    expect(read("SELECT id FROM mails WHERE template = 'invoice_issued'")).toEqual([])
    expect(await changes.renderDocuments()).toEqual({ rendered: 3, failed: 0 })
    const mails = read(
      `SELECT to_address, to_name, language, subject, data, cause, manufacturer_id FROM mails
       WHERE template = 'invoice_issued' ORDER BY to_address`,
    ) as MailRow[]
    expect(mails.map(({ to_address, language }) => [to_address, language])).toEqual([
      ['bau@hochbau.example', 'de'],
      ['office@himal.example', 'en'],
      ['rechnung@hochbau.example', 'de'],
    ])
    const [german] = mails
    const data = JSON.parse(german?.data ?? '{}') as Record<string, string>
    const invoices = await core.billing.listInvoices(manufacturerId, { limit: 10 })
    const invoice = invoices.items.find(({ id }) => german?.cause === `invoice ${id}`)
    expect({ ...german, data }).toMatchObject({
      to_name: 'Hochbau Spree',
      subject: `Rechnung ${invoice?.number} von Nordbohr Demo`,
      manufacturer_id: manufacturerId,
      data: { number: invoice?.number, total: '5,83\u00a0€', path: `/app/bills/${invoice?.id}` },
    })
    expect(data['period']).toMatch(/^1\.–(28|29|30|31)\.\s[A-Z][a-zä]+ \d{4}$/)
    const [attached] = read(
      `SELECT issued_documents.number, issued_documents.state FROM mails
       JOIN issued_documents ON issued_documents.id = mails.document_id WHERE mails.to_address = 'bau@hochbau.example'`,
    )
    expect(attached).toEqual({ number: invoice?.number, state: 'done' })
    expect(await changes.runBilling({})).toEqual({ issued: [], carried: [], waiting: [], remarks: [] })
    expect(await changes.renderDocuments()).toEqual({ rendered: 0, failed: 0 })
    expect(read("SELECT id FROM mails WHERE template = 'invoice_issued'")).toHaveLength(3)
  })

  it.each([1, 2, 3])(
    'is mailed exactly once when the run is killed at mail %i and runs again',
    async (killAt) => {
      const { data, changes, read } = await openInstallation()
      expect(await billUntilKilled(data, killAt)).toBe('SIGKILL')
      const unmailed = `SELECT id FROM invoices WHERE status = 'issued' AND NOT EXISTS
      (SELECT 1 FROM mails WHERE cause = 'invoice ' || invoices.id)`
      const mails = "SELECT id FROM mails WHERE template = 'invoice_issued'"
      expect(read(mails).length).toBeLessThan(3)
      await changes.runBilling({})
      await changes.renderDocuments()
      // The customer whose only address is none.
      expect(read(unmailed)).toHaveLength(1)
      expect(read(mails)).toHaveLength(3)
    },
  )
})
