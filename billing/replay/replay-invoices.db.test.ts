/** Issued invoices computed again from what the ledger kept of them, and ledgers in which somebody changed something. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getDeviceId, getInstant, type DeviceId } from '../../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'
import { replayInvoices, type InvoiceReplay } from './replay-invoices.ts'

let fixture: BillingFixture
let contract: Contract
let ledgerFile: string
beforeAll(async () => {
  fixture = await openBillingFixture()
  ledgerFile = fixture.meteringFile.replace('metering.sqlite', 'ledger.sqlite')
  contract = await anIssuedInvoice(await fixture.addDevice('drill-1'))
})
afterAll(() => fixture.close())

async function replayAll(scope = {}, ledger = fixture.ledger): Promise<readonly InvoiceReplay[]> {
  return await Array.fromAsync(replayInvoices(ledger, scope))
}

/** A contract whose October costs 205.75 min at 0.12 EUR, a fee of 4.90 in arrears and 9 EUR in advance. */
async function anIssuedInvoice(drill: DeviceId): Promise<Contract> {
  const item = {
    type: 'per_unit',
    id: 'run',
    description: 'Run time',
    register: 'run_s',
    per: 60,
    unit: 'min',
  }
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Mixed',
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: {
      currency: 'EUR',
      items: [
        { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
        { type: 'flat', id: 'room', description: 'Room', price: '9', charged: 'in_advance', scope: 'device' },
        { ...item, price: '0.12' },
      ],
    },
  })
  const contract = await fixture.addContract({ tariffId })
  await fixture.assign(contract, drill)
  await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000, 500)
  await fixture.report(drill, '2026-10-31T23:00:00Z', 13_345, 900)
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect([issued.length, waiting]).toEqual([1, []])
  return contract
}

/** In a copy of the ledger, what somebody with the file in his hands could do: the triggers are gone. */
async function replayAfter(sql: string): Promise<readonly InvoiceReplay[]> {
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-replay-'))
  const file = path.join(folder.path, 'ledger.sqlite')
  {
    using original = new DatabaseSync(ledgerFile, { readOnly: true })
    original.prepare('VACUUM INTO ?').run(file)
    using database = new DatabaseSync(file, { enableForeignKeyConstraints: false })
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()) {
      database.exec(`DROP TRIGGER "${String(name)}"`)
    }
    database.exec(sql)
  }
  const ledger = openSqliteThread<LedgerTables>(file, { readOnly: true })
  try {
    return await replayAll({}, ledger)
  } finally {
    await ledger.destroy()
  }
}

describe('an issued invoice', () => {
  it('is the same when it is computed again, whatever has become of the contract and its usage', async () => {
    const [invoice] = (await fixture.billing.listInvoices(fixture.acme, { limit: 1 })).items
    expect(invoice?.lines.map(({ itemId, amountMinor }) => [itemId, amountMinor])).toEqual([
      ['base', 490n],
      ['run', 2_469n],
      ['room', 900n],
      ['room', 900n],
    ])
    await fixture.report(getDeviceId('drill-1'), '2026-11-01T08:00:00Z', 20_000, 950)
    await fixture.billing.changeTariff(fixture.acme, contract.id, {
      tariffId: fixture.tariffId,
      from: getInstant('2026-11-01T12:00:00Z'),
    })
    expect(await replayAfter("UPDATE assignments SET device_id = 'another'")).toEqual([
      {
        invoiceId: invoice?.id,
        manufacturerId: fixture.acme,
        number: 'ACME-000001',
        outcome: 'same',
      },
    ])
  })

  it.each([
    [
      "UPDATE invoice_lines SET amount_minor = 489 WHERE item_id = 'base'",
      'line 1, amountMinor',
      '"489"',
      '"490"',
    ],
    [
      "UPDATE invoice_lines SET quantity = '206' WHERE item_id = 'run'",
      'line 2, quantity',
      '"206"',
      '"205.75"',
    ],
    [
      'DELETE FROM invoice_lines WHERE position = 4',
      'line 4',
      'no such line',
      expect.stringContaining('Room'),
    ],
    ['UPDATE invoices SET total_minor = 1', 'sum of the lines', '1', '4759'],
    [
      "INSERT INTO invoice_taxes SELECT id, 9, 'S', '19', 1, 0, '{}' FROM invoices",
      'taxes',
      'S 19 % of 1: 0',
      'none',
    ],
  ])('is told apart after %s', async (sql, where, issued, replayed) => {
    expect(await replayAfter(sql)).toMatchObject([
      { outcome: 'different', difference: { where, issued, replayed } },
    ])
  })

  it.each([
    [
      "UPDATE tariff_versions SET document = replace(document, '0.12', '0.13')",
      'not the one that was published',
    ],
    ["UPDATE invoice_inputs SET content = x'00'", 'not as they were written'],
    ['DELETE FROM tariff_versions', '/versions/0/document'],
  ])('cannot be computed after %s, and says so', async (sql, words) => {
    expect(await replayAfter(sql)).toMatchObject([
      {
        outcome: 'different',
        difference: { where: 'the computation', replayed: expect.stringContaining(words) },
      },
    ])
  })

  it('from before inputs were kept is never called the same', async () => {
    expect(await replayAfter('DELETE FROM invoice_inputs')).toMatchObject([{ outcome: 'no_inputs' }])
  })

  it('is found by its number and its manufacturer', async () => {
    const other = await fixture.addManufacturer('Other', 'OTH')
    expect(await replayAll({ number: 'ACME-000001' })).toHaveLength(1)
    expect(await replayAll({ number: 'ACME-000002' })).toEqual([])
    expect(await replayAll({ manufacturerId: other })).toEqual([])
  })
})
