/** What was issued before lines had tax categories stays as it was, and frozen. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

const rebuild = '20261127T0440_rebuild_invoice_lines.sql'

/** As the program before this migration left it. */
function openBefore(): DatabaseSync {
  const database = openSqlite(':memory:')
  database.exec(
    'CREATE TABLE migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID',
  )
  const folder = path.join(import.meta.dirname, 'migrations/ledger')
  for (const name of readdirSync(folder).sort()) {
    if (name >= rebuild) break
    const sql = readFileSync(path.join(folder, name), 'utf8')
    database.exec(sql)
    const checksum = createHash('sha256').update(sql).digest('hex')
    database.prepare('INSERT INTO migrations VALUES (?, ?)').run(name, checksum)
  }
  return database
}

it('keeps the lines of issued invoices as they were, in the category "standard", and frozen', () => {
  using database = openBefore()
  database.exec(`
    INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('m', 'Acme', 'ACME', 1);
    INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('c', 'm', 'Site', 's@example.com', 1);
    INSERT INTO tariffs VALUES ('t', 'm', 'Drill', 1);
    INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
      VALUES ('k', 'm', 'c', 't', 'UTC', '2026-01-01', 'month', 1, 1, 1);
    INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at)
      VALUES ('i', 'm', 'c', 'k', 'draft', 'EUR', 1, 2, 2, 490, 1);
    INSERT INTO invoice_lines VALUES ('i', 1, 'base', 'Base fee', '1', 'period', '4.90', '4.9', 490, '{}');
    UPDATE invoices SET status = 'issued', number = 'ACME-000001', issued_at = 3;
  `)
  expect(migrate(database, 'ledger')).toContain(rebuild)
  expect({ ...database.prepare('SELECT * FROM invoice_lines').get() }).toEqual({
    invoice_id: 'i',
    position: 1,
    item_id: 'base',
    description: 'Base fee',
    quantity: '1',
    unit: 'period',
    unit_price: '4.90',
    tax_category: 'standard',
    unrounded_amount: '4.9',
    amount_minor: 490,
    explanation: '{}',
    period_from_at: null,
    period_to_at: null,
    corrects_id: null,
  })
  for (const change of [
    "UPDATE invoice_lines SET tax_category = 'reduced'",
    'DELETE FROM invoice_lines',
    "INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('i', 2, 'x', 'X', '1', 'item', NULL, 'standard', '1', 100, '{}')",
  ]) {
    expect(() => database.exec(change)).toThrow('invoice_frozen')
  }
})
