import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

/** A ledger with one customer, one contract and one draft invoice of two lines over 12.34 EUR. */
function aLedger(): DatabaseSync {
  const database = openSqlite(':memory:')
  migrate(database, 'ledger')
  database.exec(`
    INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man', 'Bohrwerk', 'BW', 1);
    INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cust', 'man', 'Bau AG', 'bau@example.com', 1);
    INSERT INTO tariffs VALUES ('tar', 'man', 'Drill', 1);
    INSERT INTO tariff_versions VALUES ('tar', 'hash', 0, '{}', 1, NULL);
    INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, ends_at, created_at)
      VALUES ('con', 'man', 'cust', 'tar', 'Europe/Berlin', '2026-01-01', 'month', 1, 0, NULL, 1);
    INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, issued_at, paid_at) VALUES ('inv', 'man', 'cust', 'con', NULL, 'draft', 'EUR', 0, 1000, 1000, 1234, 1, NULL, NULL);
    INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('inv', 1, 'base', 'Base fee', '1', 'month', '4.90', 'standard', '4.90', 490, '{}');
    INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('inv', 2, 'run', 'Run time', '62', 'min', '0.12', 'standard', '7.44', 744, '{}');
  `)
  return database
}

const issue = "UPDATE invoices SET status = 'issued', number = 'BW-1', issued_at = 2000 WHERE id = 'inv'"
const pay = "UPDATE invoices SET status = 'paid', paid_at = 3000 WHERE id = 'inv'"

describe('an issued invoice', () => {
  it.each([
    "UPDATE invoices SET total_minor = 1 WHERE id = 'inv'",
    "UPDATE invoices SET currency = 'USD' WHERE id = 'inv'",
    "UPDATE invoices SET number = 'BW-2' WHERE id = 'inv'",
    "UPDATE invoices SET number = NULL WHERE id = 'inv'",
    "UPDATE invoices SET period_to_at = 1001 WHERE id = 'inv'",
    "UPDATE invoices SET cutoff_at = 1 WHERE id = 'inv'",
    "UPDATE invoices SET issued_at = 1 WHERE id = 'inv'",
    "UPDATE invoices SET created_at = 2 WHERE id = 'inv'",
    "UPDATE invoices SET id = 'other' WHERE id = 'inv'",
    "UPDATE invoices SET status = 'paid', paid_at = 3000, total_minor = 1 WHERE id = 'inv'",
    "DELETE FROM invoices WHERE id = 'inv'",
    "INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('inv', 3, 'x', 'Extra', '1', 'piece', '1', 'standard', '1', 100, '{}')",
    "UPDATE invoice_lines SET amount_minor = 1 WHERE invoice_id = 'inv' AND position = 1",
    "UPDATE invoice_lines SET description = 'Other words' WHERE invoice_id = 'inv' AND position = 1",
    "DELETE FROM invoice_lines WHERE invoice_id = 'inv' AND position = 1",
  ])('refuses %s as frozen', (statement) => {
    using ledger = aLedger()
    ledger.exec(issue)
    expect(() => ledger.exec(statement)).toThrow('invoice_frozen')
    ledger.exec(pay)
    expect(() => ledger.exec(statement)).toThrow('invoice_frozen')
  })

  it.each([
    "UPDATE invoices SET total_minor = 1 WHERE id = 'inv'",
    "UPDATE invoice_lines SET amount_minor = 1 WHERE invoice_id = 'inv' AND position = 1",
    "DELETE FROM invoice_lines WHERE invoice_id = 'inv'; DELETE FROM invoices WHERE id = 'inv'",
  ])('could be changed while it was a draft: %s', (statement) => {
    using ledger = aLedger()
    ledger.exec(statement)
    expect(() => ledger.exec(issue)).not.toThrow('invoice_frozen')
  })

  it('does not take over the lines of a draft', () => {
    using ledger = aLedger()
    ledger.exec(`INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, issued_at, paid_at) VALUES
      ('draft', 'man', 'cust', 'con', NULL, 'draft', 'EUR', 1000, 2000, 2000, 0, 1, NULL, NULL)`)
    ledger.exec(
      "INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation) VALUES ('draft', 9, 'x', 'Extra', '1', 'piece', '1', 'standard', '1', 100, '{}')",
    )
    ledger.exec(issue)
    expect(() =>
      ledger.exec("UPDATE invoice_lines SET invoice_id = 'inv' WHERE invoice_id = 'draft'"),
    ).toThrow('invoice_frozen')
  })

  it('is not replaced by an INSERT OR REPLACE', () => {
    using ledger = aLedger()
    ledger.exec(issue)
    expect(() =>
      ledger.exec(`INSERT OR REPLACE INTO invoices (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, issued_at, paid_at) VALUES
        ('inv', 'man', 'cust', 'con', NULL, 'draft', 'EUR', 0, 1000, 1000, 1, 1, NULL, NULL)`),
    ).toThrow('invoice_frozen')
    expect(ledger.prepare("SELECT total_minor FROM invoices WHERE id = 'inv'").get()).toEqual({
      total_minor: 1234,
    })
  })

  it('needs a total that is the sum of its lines', () => {
    using ledger = aLedger()
    ledger.exec("UPDATE invoices SET total_minor = 1235 WHERE id = 'inv'")
    expect(() => ledger.exec(issue)).toThrow('invoice_total_wrong')
  })

  it('needs a number and the instant of issuing', () => {
    using ledger = aLedger()
    expect(() => ledger.exec("UPDATE invoices SET status = 'issued' WHERE id = 'inv'")).toThrow(
      'CHECK constraint failed',
    )
  })
})

describe("an invoice's status", () => {
  const permitted = [
    'draft→issued',
    'issued→paid',
    'issued→void',
    'issued→uncollectible',
    'uncollectible→paid',
    'uncollectible→void',
  ]
  const states = ['draft', 'issued', 'paid', 'void', 'uncollectible']
  const steps = states.flatMap((from) => states.filter((to) => to !== from).map((to) => [from, to] as const))
  const wayTo: Record<string, readonly string[]> = {
    draft: [],
    issued: ['issued'],
    paid: ['issued', 'paid'],
    void: ['issued', 'void'],
    uncollectible: ['issued', 'uncollectible'],
  }

  function moveTo(ledger: DatabaseSync, status: string): void {
    const set = `UPDATE invoices SET status = ?, number = 'BW-1', issued_at = 2000, paid_at = 3000 WHERE id = 'inv'`
    ledger.prepare(set).run(status)
  }

  it.each(steps)('moves from %s to %s only where the lifecycle says so', (from, to) => {
    using ledger = aLedger()
    for (const status of wayTo[from] ?? []) moveTo(ledger, status)
    if (permitted.includes(`${from}→${to}`)) moveTo(ledger, to)
    else expect(() => moveTo(ledger, to)).toThrow(/invoice_status_invalid|CHECK constraint failed/)
    const { status } = ledger.prepare("SELECT status FROM invoices WHERE id = 'inv'").get() as {
      status: string
    }
    expect(status).toBe(permitted.includes(`${from}→${to}`) ? to : from)
  })

  it('is paid only with the instant of payment', () => {
    using ledger = aLedger()
    ledger.exec(issue)
    expect(() => ledger.exec("UPDATE invoices SET status = 'paid' WHERE id = 'inv'")).toThrow(
      'CHECK constraint failed',
    )
  })

  it('never begins beyond draft', () => {
    using ledger = aLedger()
    expect(() =>
      ledger.exec(`INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, issued_at, paid_at) VALUES
        ('x', 'man', 'cust', 'con', 'BW-7', 'issued', 'EUR', 5000, 6000, 6000, 100, 1, 2, NULL)`),
    ).toThrow('invoice_status_invalid')
  })
})

describe('a contract’s period', () => {
  it('is billed once', () => {
    using ledger = aLedger()
    expect(() =>
      ledger.exec(`INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, issued_at, paid_at) VALUES
        ('again', 'man', 'cust', 'con', NULL, 'draft', 'EUR', 0, 1000, 1000, 0, 1, NULL, NULL)`),
    ).toThrow('UNIQUE constraint failed: invoices.contract_id, invoices.period_from_at')
  })
})

describe('a tariff version', () => {
  it('is immutable', () => {
    using ledger = aLedger()
    expect(() => ledger.exec("UPDATE tariff_versions SET document = '{}' WHERE id = 'hash'")).toThrow(
      'tariff_version_immutable',
    )
    expect(() => ledger.exec("DELETE FROM tariff_versions WHERE id = 'hash'")).toThrow(
      'tariff_version_immutable',
    )
  })
})

describe('assignments of one device', () => {
  const insert = (id: string, from: number, to: number | null, device = 'drill-1') =>
    `INSERT INTO assignments VALUES ('${id}', 'con', '${device}', ${from}, ${to ?? 'NULL'}, 1)`

  it.each<[string, number, number | null, boolean]>([
    ['before', 0, 100, true],
    ['after', 200, 300, true],
    ['open after', 200, null, true],
    ['the same span', 100, 200, false],
    ['inside', 120, 180, false],
    ['around', 50, 250, false],
    ['over the begin', 50, 101, false],
    ['over the end', 199, 300, false],
    ['open before', 50, null, false],
  ])('take a span that lies %s another from 100 to 200 or refuse it', (_where, from, to, isTaken) => {
    using ledger = aLedger()
    ledger.exec(insert('first', 100, 200))
    if (isTaken) ledger.exec(insert('second', from, to))
    else expect(() => ledger.exec(insert('second', from, to))).toThrow('assignment_overlaps')
    ledger.exec(insert('third', from, to, 'drill-2'))
    expect(ledger.prepare('SELECT count(*) AS n FROM assignments').get()).toEqual({ n: isTaken ? 3 : 2 })
  })

  it('do not begin to overlap by being changed', () => {
    using ledger = aLedger()
    ledger.exec(insert('first', 100, 200))
    ledger.exec(insert('second', 200, 300))
    expect(() => ledger.exec("UPDATE assignments SET to_at = 250 WHERE id = 'first'")).toThrow(
      'assignment_overlaps',
    )
    expect(() => ledger.exec("UPDATE assignments SET from_at = 150 WHERE id = 'second'")).toThrow(
      'assignment_overlaps',
    )
    ledger.exec("UPDATE assignments SET to_at = 150 WHERE id = 'first'")
    expect(ledger.prepare("SELECT to_at FROM assignments WHERE id = 'first'").get()).toEqual({ to_at: 150 })
  })
})

describe('taxes of an invoice', () => {
  function aTaxedInvoice(prices: 'net' | 'gross', taxMinor: number, totalMinor: number): DatabaseSync {
    const ledger = aLedger()
    ledger.exec(`
      UPDATE invoices SET prices = '${prices}', tax_minor = ${taxMinor}, total_minor = ${totalMinor} WHERE id = 'inv';
      INSERT INTO invoice_taxes VALUES ('inv', 1, 'S', '19', ${totalMinor - taxMinor}, ${taxMinor}, '{}');
    `)
    return ledger
  }
  const issue = "UPDATE invoices SET status = 'issued', number = 'BW-1', issued_at = 2 WHERE id = 'inv'"

  it.each([
    ['net', 234, 1468],
    ['gross', 197, 1234],
  ] as const)(
    'are added to %s prices, or are within them, when the invoice is issued',
    (prices, tax, total) => {
      const ledger = aTaxedInvoice(prices, tax, total)
      ledger.exec(issue)
      expect(() => ledger.exec("UPDATE invoices SET tax_minor = 0 WHERE id = 'inv'")).toThrow(
        'invoice_frozen',
      )
      for (const change of [
        "INSERT INTO invoice_taxes VALUES ('inv', 2, 'Z', '0', 0, 0, '{}')",
        'UPDATE invoice_taxes SET tax_minor = 0',
        'DELETE FROM invoice_taxes',
      ]) {
        expect(() => ledger.exec(change)).toThrow('invoice_frozen')
      }
    },
  )

  it.each([
    ['net', 234, 1234],
    ['gross', 197, 1468],
  ] as const)('do not let an invoice of %s prices be issued whose sums differ', (prices, tax, total) => {
    const ledger = aTaxedInvoice(prices, tax, total)
    expect(() => ledger.exec(issue)).toThrow('invoice_total_wrong')
  })

  it('do not let an invoice be issued whose tax is not that of its rates', () => {
    const ledger = aTaxedInvoice('net', 234, 1468)
    ledger.exec('DELETE FROM invoice_taxes')
    ledger.exec("INSERT INTO invoice_taxes VALUES ('inv', 1, 'S', '19', 1235, 233, '{}')")
    expect(() => ledger.exec(issue)).toThrow('invoice_total_wrong')
  })
})

it('what an invoice was computed from is frozen with it', () => {
  const ledger = aLedger()
  ledger.exec("INSERT INTO invoice_inputs VALUES ('inv', 1, x'00')")
  expect(() => ledger.exec("UPDATE invoice_inputs SET content = x'01'")).toThrow('invoice_frozen')
  ledger.exec("UPDATE invoices SET status = 'issued', number = 'BW-1', issued_at = 2 WHERE id = 'inv'")
  for (const change of [
    'DELETE FROM invoice_inputs',
    "INSERT OR REPLACE INTO invoice_inputs VALUES ('inv', 1, x'02')",
  ]) {
    expect(() => ledger.exec(change)).toThrow('invoice_frozen')
  }
})

it('a period is invoiced again after its invoice was made void, and what replaces it is known', () => {
  const ledger = aLedger()
  ledger.exec("UPDATE invoices SET status = 'issued', number = 'BW-1', issued_at = 2 WHERE id = 'inv'")
  ledger.exec("UPDATE invoices SET status = 'void', status_reason = 'wrong address' WHERE id = 'inv'")
  ledger.exec(`INSERT INTO invoices
    (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at, replaces_id)
    VALUES ('again', 'man', 'cust', 'con', 'draft', 'EUR', 0, 1000, 1000, 0, 1, 'inv')`)
  expect(ledger.prepare("SELECT replaces_id FROM invoices WHERE id = 'again'").get()?.['replaces_id']).toBe(
    'inv',
  )
})
