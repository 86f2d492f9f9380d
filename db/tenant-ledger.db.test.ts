import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvariantError, type CustomerId, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from './ledger-tables.ts'
import { migrate } from './migrate.ts'
import { openSqliteThread } from './sqlite-thread.ts'
import { openSqlite } from './sqlite.ts'
import { tenantLedger } from './tenant-ledger.ts'
import { installationTenant, tenantViews } from './tenant-views.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'usance-tenant-'))
const acme = 'man_a' as ManufacturerId
const bau = { manufacturerId: acme, customerId: 'cust_a1' as CustomerId }
let ledger: Kysely<LedgerTables>
let ofAcme: Kysely<LedgerTables>
let ofBau: Kysely<LedgerTables>
let ofInstallation: Kysely<LedgerTables>

const webhooksOf = (m: string) => `
  INSERT INTO webhook_endpoints (id, manufacturer_id, url, description, secret_encrypted, created_at)
    VALUES ('whe_${m}', 'man_${m}', 'https://example.com', '', x'00', 1);
  INSERT INTO webhook_events (id, manufacturer_id, type, subject_id, occurred_at, payload)
    VALUES ('evt_${m}', 'man_${m}', 'invoice.paid', 'inv', 1, '{}');
  INSERT INTO webhook_deliveries (id, event_id, endpoint_id, next_attempt_at, created_at)
    VALUES (${m === 'a' ? 1 : 2}, 'evt_${m}', 'whe_${m}', 1, 1);
  INSERT INTO webhook_attempts (delivery_id, attempted_at, took_ms) VALUES (${m === 'a' ? 1 : 2}, 1, 1);`

/** Manufacturer a with customers a1 and a2, b with b1; each customer has a contract, an invoice with a line, a tariff of its own. */
beforeAll(() => {
  const file = path.join(folder, 'ledger.db')
  const database = openSqlite(file)
  migrate(database, 'ledger')
  for (const m of ['a', 'b']) {
    database.exec(
      `INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man_${m}', '${m}', 'P${m.toUpperCase()}', 1);
       INSERT INTO tax_rates (id, manufacturer_id, place, category, percent, kind, code, from_on, created_at)
         VALUES ('tax_${m}', 'man_${m}', 'DE', 'standard', '19', 'standard', 'S', '2021-01-01', 1)`,
    )
  }
  for (const [m, c] of ['a1', 'a2', 'b1'].map((name) => [name.slice(0, 1), name] as const)) {
    database.exec(`
      INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cust_${c}', 'man_${m}', '${c}', 'x@example.com', 1);
      INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_${c}', 'man_${m}', '${c}', 1);
      INSERT INTO tariff_versions (tariff_id, id, effective_at, document, created_at) VALUES ('tar_${c}', 'v', 0, '{}', 1);
      INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
        VALUES ('con_${c}', 'man_${m}', 'cust_${c}', 'tar_${c}', 'UTC', '2026-01-01', 'month', 1, 0, 1);
      INSERT INTO assignments (id, contract_id, device_id, from_at, created_at) VALUES ('asg_${c}', 'con_${c}', 'drill-${c}', 0, 1);
      INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at)
        VALUES ('inv_${c}', 'man_${m}', 'cust_${c}', 'con_${c}', 'draft', 'EUR', 0, 9, 9, 490, 1);
      INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('inv_${c}', 1, 'base', 'Base fee', '1', 'month', '4.90', 'standard', '4.90', 490, '{}');
      INSERT INTO invoice_taxes VALUES ('inv_${c}', 1, 'S', '0', 490, 0, '{}');
      INSERT INTO people (id, email, name, created_at, updated_at) VALUES ('per_${c}', '${c}@example.com', '${c}', '', '');
      INSERT INTO memberships (id, person_id, role, manufacturer_id, customer_id, invited_name, invited_at)
        VALUES ('mem_${c}', 'per_${c}', 'customer_owner', 'man_${m}', 'cust_${c}', '${c}', 1);
    `)
  }
  for (const [m, value] of [
    ['a', "'man_a'"],
    ['b', "'man_b'"],
    ['i', 'NULL'],
  ] as const) {
    const role = m === 'i' ? 'installation_admin' : 'auditor'
    database.exec(`
      INSERT INTO people (id, email, name, created_at, updated_at) VALUES ('per_${m}', '${m}@example.com', '${m}', '', '');
      INSERT INTO memberships (id, person_id, role, manufacturer_id, invited_name, invited_at)
        VALUES ('mem_${m}', 'per_${m}', '${role}', ${value}, '${m}', 1);
      ${m === 'i' ? '' : webhooksOf(m)}
      INSERT INTO mails (manufacturer_id, template, language, to_address, subject, data, is_secret, give_up_at, next_attempt_at, created_at)
        VALUES (${value}, 'digest', 'en', '${m}@example.com', '${m}', '{}', 0, 1, 1, 1);
      INSERT INTO audit_entries (no, occurred_at, manufacturer_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, previous_hash, hash)
        VALUES (${['a', 'b', 'i'].indexOf(m) + 1}, 1, ${value}, 'system', 'x', 'x', 'x.done', 'x', '${m}', '${'0'.repeat(64)}', '${m.repeat(64)}');
    `)
  }
  database.close()
  ledger = openSqliteThread<LedgerTables>(file)
  ofAcme = tenantLedger(ledger, acme)
  ofBau = tenantLedger(ledger, bau)
  ofInstallation = tenantLedger(ledger, installationTenant)
})

afterAll(async () => {
  await ledger.destroy()
  rmSync(folder, { recursive: true })
})

describe('I12 a tenant reads only what is its own', () => {
  it.each([
    'customers',
    'contracts',
    'assignments',
    'contract_tariffs',
    'contract_zones',
    'tariffs',
    'tariff_versions',
    'invoices',
    'invoice_lines',
    'invoice_taxes',
  ] as const)('of %s: a manufacturer its own, a customer its own of those', async (table) => {
    const count = async (scoped: Kysely<LedgerTables>) =>
      (await scoped.selectFrom(table).selectAll().execute()).length
    expect([await count(ledger), await count(ofAcme), await count(ofBau)]).toEqual([3, 2, 1])
  })

  it('of people: a customer its own, a manufacturer those too, the installation those of none', async () => {
    const members = async (scoped: Kysely<LedgerTables>) => {
      const rows = await scoped
        .selectFrom('memberships')
        .innerJoin('people', 'people.id', 'memberships.person_id')
        .select(['memberships.id', 'people.email'])
        .orderBy('memberships.id')
        .execute()
      const people = await scoped.selectFrom('people').select('id').execute()
      expect(people).toHaveLength(rows.length)
      return rows.map(({ id }) => id)
    }
    expect(await members(ofAcme)).toEqual(['mem_a', 'mem_a1', 'mem_a2'])
    expect(await members(ofBau)).toEqual(['mem_a1'])
    expect(await members(ofInstallation)).toEqual(['mem_i'])
  })

  it('of trail and mails: a manufacturer its own, the installation those of none, a customer nothing', async () => {
    for (const [scoped, own] of [
      [ofAcme, 'a'],
      [ofInstallation, 'i'],
    ] as const) {
      const entries = await scoped.selectFrom('audit_entries').select('subject_id').execute()
      const mails = await scoped.selectFrom('mails').select('subject').execute()
      expect([entries, mails]).toEqual([[{ subject_id: own }], [{ subject: own }]])
    }
    await expect(ofBau.selectFrom('audit_entries').selectAll().execute()).rejects.toThrow(InvariantError)
    await expect(ofBau.selectFrom('mails').selectAll().execute()).rejects.toThrow(InvariantError)
  })

  it('of tax rates: a manufacturer its own, a customer nothing', async () => {
    expect(await ofAcme.selectFrom('tax_rates').select('id').execute()).toEqual([{ id: 'tax_a' }])
    await expect(ofBau.selectFrom('tax_rates').select('id').execute()).rejects.toThrow(InvariantError)
  })

  it.each([
    ['webhook_endpoints', 'webhook_endpoints.id', 'whe_a'],
    ['webhook_events', 'webhook_events.id', 'evt_a'],
    ['webhook_deliveries', 'webhook_deliveries.id', 1n],
    ['webhook_attempts', 'webhook_attempts.delivery_id', 1n],
  ] as const)('of %s: a manufacturer its own, a customer nothing', async (table, column, own) => {
    const read = (scoped: Kysely<LedgerTables>) =>
      scoped.selectFrom(table).select(`${column} as own`).execute()
    expect(await read(ofAcme)).toEqual([{ own }])
    await expect(read(ofBau)).rejects.toThrow(InvariantError)
    await expect(read(ofInstallation)).rejects.toThrow(InvariantError)
  })

  it('of what belongs to a manufacturer the installation nothing', async () => {
    for (const table of [
      'customers',
      'contracts',
      'assignments',
      'tariffs',
      'invoices',
      'invoice_lines',
      'invoice_taxes',
      'api_keys',
      'tax_rates',
    ] as const) {
      await expect(ofInstallation.selectFrom(table).selectAll().execute()).rejects.toThrow(
        'The installation sees nothing of a manufacturer.',
      )
    }
  })

  it('through joins, on either side', async () => {
    const query = (scoped: Kysely<LedgerTables>) =>
      scoped
        .selectFrom('invoices')
        .innerJoin('contracts', 'contracts.id', 'invoices.contract_id')
        .leftJoin('invoice_lines as line', 'line.invoice_id', 'invoices.id')
        .select(['invoices.id', 'contracts.id as contract', 'line.position'])
        .orderBy('invoices.id')
        .execute()
    expect(await query(ofAcme)).toEqual([
      { id: 'inv_a1', contract: 'con_a1', position: 1n },
      { id: 'inv_a2', contract: 'con_a2', position: 1n },
    ])
    expect(await query(ofBau)).toEqual([{ id: 'inv_a1', contract: 'con_a1', position: 1n }])
  })

  it('a left join keeps its rows and shows nothing of another tenant', async () => {
    const rows = await ofBau
      .selectFrom('contracts')
      .leftJoin('customers', (join) => join.on('customers.id', '=', 'cust_b1'))
      .select(['contracts.id', 'customers.name'])
      .execute()
    expect(rows).toEqual([{ id: 'con_a1', name: null }])
  })

  it('in subqueries, conditions, aliases and unions', async () => {
    const foreign = await ofAcme
      .selectFrom('contracts as own')
      .select('own.id')
      .where('own.id', '=', 'con_a1')
      .where((where) => where.exists(where.selectFrom('invoices').select('id').where('id', '=', 'inv_b1')))
      .execute()
    expect(foreign).toEqual([])
    const united = await ofBau
      .selectFrom('customers')
      .select('id')
      .unionAll(ofBau.selectFrom('customers as c').select('c.id').where('c.id', '<>', 'cust_a1'))
      .execute()
    expect(united).toEqual([{ id: 'cust_a1' }])
    const counted = await ofAcme
      .selectFrom('invoices')
      .select(({ fn }) => fn.countAll<bigint>().as('n'))
      .execute()
    expect(counted).toEqual([{ n: 2n }])
  })

  it('also when a condition with OR tries to widen it', async () => {
    const rows = await ofBau
      .selectFrom('invoices')
      .select('id')
      .where((where) => where.or([where('id', '=', 'inv_b1'), where('id', '=', 'inv_a1')]))
      .execute()
    expect(rows).toEqual([{ id: 'inv_a1' }])
  })

  it('by an index, not by reading every tenant', async () => {
    const plan = await sql<{ detail: string }>`EXPLAIN QUERY PLAN
      SELECT * FROM (SELECT * FROM customers WHERE customers.manufacturer_id = 'man_a') AS customers WHERE id > 'x' ORDER BY id LIMIT 2`.execute(
      ledger,
    )
    expect(plan.rows.map(({ detail }) => detail)).toEqual([
      'SEARCH customers USING INDEX customers_by_manufacturer (manufacturer_id=? AND id>?)',
    ])
  })
})

describe('I12 a tenant changes only what is its own', () => {
  it('by update and delete', async () => {
    const undone = new Error('undo')
    const run = ofBau.transaction().execute(async (transaction) => {
      const renamed = await transaction
        .updateTable('customers')
        .set({ name: 'new' })
        .returning('id')
        .execute()
      const widened = await transaction
        .updateTable('customers')
        .set({ name: 'newer' })
        .where((where) => where.or([where('id', '=', 'cust_b1'), where('id', '=', 'cust_a2')]))
        .returning('id')
        .execute()
      const deleted = await transaction.deleteFrom('invoice_lines').returning('invoice_id').execute()
      expect([renamed, widened, deleted]).toEqual([[{ id: 'cust_a1' }], [], [{ invoice_id: 'inv_a1' }]])
      throw undone
    })
    await expect(run).rejects.toBe(undone)
  })

  it('by insert', async () => {
    const row = { name: 'x', email: 'x@example.com', created_at: 1 }
    const insert = (scoped: Kysely<LedgerTables>, values: { id: string; manufacturer_id: string }) =>
      scoped
        .insertInto('customers')
        .values({ ...row, ...values })
        .execute()
    await expect(insert(ofAcme, { id: 'cust_x', manufacturer_id: 'man_b' })).rejects.toThrow(InvariantError)
    await insert(ofAcme, { id: 'cust_x', manufacturer_id: 'man_a' })
    expect(
      await ledger.deleteFrom('customers').where('id', '=', 'cust_x').returning('manufacturer_id').execute(),
    ).toEqual([{ manufacturer_id: 'man_a' }])
  })
})

describe('I12 memberships are changed within the tenant', () => {
  it('by update and by insert', async () => {
    const remove = (scoped: Kysely<LedgerTables>) =>
      scoped.updateTable('memberships').set({ removed_at: null }).returning('id').execute()
    const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).sort()
    expect(ids(await remove(ofAcme))).toEqual(['mem_a', 'mem_a1', 'mem_a2'])
    expect(ids(await remove(ofBau))).toEqual(['mem_a1'])
    expect(ids(await remove(ofInstallation))).toEqual(['mem_i'])
    const insert = (
      scoped: Kysely<LedgerTables>,
      manufacturer_id: string | null,
      customer_id: string | null,
    ) =>
      scoped
        .insertInto('memberships')
        .values({
          id: 'mem_x',
          person_id: 'per_i',
          role: 'auditor',
          manufacturer_id,
          customer_id,
          invited_name: 'x',
          invited_at: 1,
        })
        .execute()
    await expect(insert(ofAcme, 'man_b', null)).rejects.toThrow(InvariantError)
    await expect(insert(ofAcme, null, null)).rejects.toThrow(InvariantError)
    await expect(insert(ofBau, 'man_a', 'cust_a2')).rejects.toThrow(InvariantError)
    await expect(insert(ofBau, 'man_a', null)).rejects.toThrow(InvariantError)
    await expect(insert(ofInstallation, 'man_a', null)).rejects.toThrow(InvariantError)
  })
})

describe('a tenant reaches no other way', () => {
  it('no table that is for nobody', async () => {
    const closed = Object.keys(tenantViews).filter(
      (name) => tenantViews[name as keyof LedgerTables] === 'nobody',
    )
    expect(closed).toContain('stripe_events')
    for (const table of closed as (keyof LedgerTables)[]) {
      await expect(ofAcme.selectFrom(table).selectAll().execute()).rejects.toThrow(
        'No tenant may reach the table',
      )
    }
  })

  it('no table of the manufacturer as a customer', async () => {
    await expect(ofBau.selectFrom('api_keys').selectAll().execute()).rejects.toThrow(InvariantError)
  })

  it('no SQL as text', async () => {
    await expect(sql`SELECT * FROM invoices`.execute(ofAcme)).rejects.toThrow('cannot be scoped')
  })

  it('no common table expression', async () => {
    const query = ofBau
      .with('all_of_them', (all) => all.selectFrom('invoices').select('id'))
      .selectFrom('all_of_them')
    await expect(query.select('id').execute()).rejects.toThrow(InvariantError)
  })

  it('no changing of several tables at once', async () => {
    const query = ofAcme.updateTable('customers').from('contracts').set({ name: 'x' })
    await expect(query.execute()).rejects.toThrow(InvariantError)
  })
})
