import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

/** A ledger with one tax rate from 2021 on, used until 31 October 2026. */
function aLedger(): DatabaseSync {
  const database = openSqlite(':memory:')
  migrate(database, 'ledger')
  database.exec(`
    INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man', 'Bohrwerk', 'BW', 1);
    ${insertRate()};
    UPDATE tax_rates SET used_until_on = '2026-10-31';
  `)
  return database
}

function insertRate(over: Readonly<Record<string, string>> = {}): string {
  const row = {
    id: "'tax'",
    manufacturer_id: "'man'",
    place: "'DE'",
    category: "'standard'",
    percent: "'19'",
    kind: "'standard'",
    code: "'S'",
    from_on: "'2021-01-01'",
    created_at: '1',
    ...over,
  }
  return `INSERT INTO tax_rates (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`
}

describe('a tax rate', () => {
  it.each([
    "UPDATE tax_rates SET percent = '16'",
    "UPDATE tax_rates SET place = 'AT'",
    "UPDATE tax_rates SET category = 'reduced'",
    "UPDATE tax_rates SET from_on = '2020-01-01'",
    "UPDATE tax_rates SET note = 'Other words'",
    "UPDATE tax_rates SET kind = 'reduced'",
    "UPDATE tax_rates SET used_until_on = '2026-10-30'",
    'UPDATE tax_rates SET used_until_on = NULL',
    'DELETE FROM tax_rates',
  ])('refuses %s', (statement) => {
    using ledger = aLedger()
    expect(() => ledger.exec(statement)).toThrow('tax_rate_immutable')
  })

  it('ends once, after the last day that it was used for', () => {
    using ledger = aLedger()
    expect(() => ledger.exec("UPDATE tax_rates SET to_on = '2026-10-31'")).toThrow('CHECK constraint failed')
    ledger.exec("UPDATE tax_rates SET to_on = '2026-11-01'")
    for (const to of ["'2026-12-01'", 'NULL']) {
      expect(() => ledger.exec(`UPDATE tax_rates SET to_on = ${to}`)).toThrow('tax_rate_immutable')
    }
  })

  it('is not used from its end on', () => {
    using ledger = aLedger()
    ledger.exec("UPDATE tax_rates SET to_on = '2027-01-01'")
    ledger.exec("UPDATE tax_rates SET used_until_on = '2026-12-31'")
    expect(() => ledger.exec("UPDATE tax_rates SET used_until_on = '2027-01-01'")).toThrow('CHECK constraint')
  })

  it.each<[string, Record<string, string>]>([
    ['a second one of the same day', {}],
    ['a rate that is not above zero', { percent: "'0'", from_on: "'2022-01-01'" }],
    ['a zero rate that is not zero', { kind: "'zero'", code: "'Z'", from_on: "'2022-01-01'" }],
    [
      'an exemption without a reason',
      { kind: "'exempt'", code: "'E'", percent: "'0'", from_on: "'2022-01-01'" },
    ],
    [
      'an unknown code',
      { kind: "'exempt'", code: "'K'", percent: "'0'", note: "'x'", from_on: "'2022-01-01'" },
    ],
    ['an unknown kind', { kind: "'odd'", from_on: "'2022-01-01'" }],
    ['the category outside', { category: "'outside'" }],
    ['a place that is none', { place: "'Germany'" }],
    ['a day that is none', { from_on: "'1.1.2022'" }],
    ['an end before its beginning', { from_on: "'2022-01-01'", to_on: "'2021-12-31'" }],
  ])('cannot be %s', (_what, over) => {
    using ledger = aLedger()
    expect(() => ledger.exec(insertRate({ id: "'other'", ...over }))).toThrow(/constraint failed/)
  })

  it('that was taken back leaves its day free', () => {
    using ledger = aLedger()
    const from = "'2027-01-01'"
    ledger.exec(insertRate({ id: "'wrong'", from_on: from, to_on: from }))
    ledger.exec(insertRate({ id: "'right'", from_on: from, percent: "'20'" }))
    expect(() => ledger.exec(insertRate({ id: "'third'", from_on: from }))).toThrow(/UNIQUE/)
  })
})

describe("a customer's tax status", () => {
  it.each([
    ["'exempt'", 'NULL'],
    ["'standard'", "'NATO'"],
    ['NULL', "'NATO'"],
    ["'odd'", 'NULL'],
    ["'exempt'", "''"],
  ])('is not %s with the reason %s', (status, reason) => {
    using ledger = aLedger()
    const insert = `INSERT INTO customers (id, manufacturer_id, name, email, created_at, tax_status, tax_exemption_reason)
      VALUES ('cust', 'man', 'Bau AG', 'bau@example.com', 1, ${status}, ${reason})`
    expect(() => ledger.exec(insert)).toThrow('CHECK constraint failed')
  })
})
