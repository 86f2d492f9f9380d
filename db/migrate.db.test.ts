/** `UPDATE_SCHEMA=1 npx vitest run --project db db/migrate` rewrites the committed schema after a new migration. */
import { mkdtempDisposableSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { LedgerTables } from './ledger-tables.ts'
import { assertSchemaCurrent, dumpSchema, migrate, type DatabaseKind } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

const kinds: readonly DatabaseKind[] = ['metering', 'ledger']

function migrationNames(kind: DatabaseKind): string[] {
  return readdirSync(path.join(import.meta.dirname, 'migrations', kind)).sort()
}

function migrated(kind: DatabaseKind): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  migrate(database, kind)
  return database
}

describe.each(kinds)('migrate %s', (kind) => {
  it('applies every file once, in the order of their names', () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
    const file = path.join(folder.path, `${kind}.db`)
    using first = openSqlite(file)
    expect(migrate(first, kind)).toEqual(migrationNames(kind))
    expect(migrate(first, kind)).toEqual([])
    using second = openSqlite(file)
    expect(migrate(second, kind)).toEqual([])
    assertSchemaCurrent(second, kind)
  })

  it('refuses a database on which an applied file has been edited since', () => {
    using database = migrated(kind)
    database.exec("UPDATE migrations SET checksum = 'of another text'")
    const refusal = expect.objectContaining({ code: 'schema_unknown', kind: 'precondition' })
    expect(() => migrate(database, kind)).toThrow(refusal)
    expect(() => assertSchemaCurrent(database, kind)).toThrow(refusal)
  })

  it('refuses a database that a newer program has migrated', () => {
    using database = migrated(kind)
    database.exec("INSERT INTO migrations VALUES ('99991231T0000_from_the_future.sql', 'x')")
    expect(() => migrate(database, kind)).toThrow(expect.objectContaining({ code: 'schema_unknown' }))
    expect(() => assertSchemaCurrent(database, kind)).toThrow(
      expect.objectContaining({ code: 'schema_unknown' }),
    )
  })

  it('leaves everything as it was when a file fails', () => {
    using database = new DatabaseSync(':memory:')
    const [, table = ''] = /CREATE TABLE (\w+)/.exec(dumpSchema(migrated(kind))) ?? []
    database.exec(`CREATE TABLE ${table} (in_the_way TEXT)`)
    const before = dumpSchema(database)
    expect(() => migrate(database, kind)).toThrow(`table ${table} already exists`)
    expect(dumpSchema(database)).toBe(before)
    expect(database.isTransaction).toBe(false)
  })

  it('rebuilds the committed schema from empty', () => {
    using database = migrated(kind)
    const committed = path.join(import.meta.dirname, 'schema', `${kind}.sql`)
    const rebuilt = dumpSchema(database)
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(committed, rebuilt)
    expect(readFileSync(committed, 'utf8')).toBe(rebuilt)
  })

  it('makes only STRICT tables', () => {
    using database = migrated(kind)
    const lax = database
      .prepare(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
      )
      .all()
    expect(lax).toEqual([])
  })
})

describe('migrations', () => {
  it.each(kinds)('of %s are named by time, verb and object', (kind) => {
    const names = migrationNames(kind)
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(name).toMatch(/^\d{8}T\d{4}_[a-z]+(_[a-z]+)+\.sql$/)
  })
})

describe('date_contract_terms', () => {
  it('gives every contract that exists its own tariff and zone from its start on', () => {
    using ledger = new DatabaseSync(':memory:')
    const name = migrationNames('ledger').find((each) => each.endsWith('_date_contract_terms.sql')) ?? ''
    const textOf = (file: string) =>
      readFileSync(path.join(import.meta.dirname, 'migrations', 'ledger', file), 'utf8')
    for (const earlier of migrationNames('ledger').filter((each) => each < name)) ledger.exec(textOf(earlier))
    ledger.exec(`
      INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man', 'Bohrwerk', 'BW', 1);
      INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cust', 'man', 'Bau', 'bau@example.com', 1);
      INSERT INTO tariffs VALUES ('tar', 'man', 'Drill', 1);
      INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
        VALUES ('con', 'man', 'cust', 'tar', 'Asia/Tokyo', '2026-01-01', 'month', 1, 7, 3)`)
    ledger.exec(textOf(name))
    const term = { no: 1, contract_id: 'con', from_at: 7, created_at: 3 }
    expect(ledger.prepare('SELECT * FROM contract_tariffs').all()).toEqual([{ ...term, tariff_id: 'tar' }])
    expect(ledger.prepare('SELECT * FROM contract_zones').all()).toEqual([
      { ...term, time_zone: 'Asia/Tokyo' },
    ])
  })
})

describe('assertSchemaCurrent', () => {
  it.each(kinds)('refuses an empty %s database as behind', (kind) => {
    using database = new DatabaseSync(':memory:')
    expect(() => assertSchemaCurrent(database, kind)).toThrow(
      expect.objectContaining({
        code: 'schema_behind',
        kind: 'precondition',
        message: `Run "usance migrate" to bring the ${kind} database up to date.`,
      }),
    )
  })

  it.each(kinds)('refuses a %s database that lacks the newest file as behind', (kind) => {
    using database = migrated(kind)
    database.prepare('DELETE FROM migrations WHERE name = ?').run(migrationNames(kind).at(-1)!)
    expect(() => assertSchemaCurrent(database, kind)).toThrow(
      expect.objectContaining({ code: 'schema_behind' }),
    )
  })

  it('refuses the other database as unknown', () => {
    using database = migrated('ledger')
    expect(() => assertSchemaCurrent(database, 'metering')).toThrow(
      expect.objectContaining({ code: 'schema_unknown' }),
    )
  })
})

describe('LedgerTables', () => {
  /** One entry per column of the type; the compiler refuses a missing or an extra one. */
  const columns: {
    readonly [Table in keyof LedgerTables]: { readonly [Column in keyof LedgerTables[Table]]-?: true }
  } = {
    manufacturers: {
      id: true,
      name: true,
      invoice_prefix: true,
      stripe_key_encrypted: true,
      stripe_webhook_secret_encrypted: true,
      created_at: true,
      currency: true,
      time_zone: true,
      languages: true,
      seller: true,
      mail_sender: true,
      stripe_mode: true,
      stripe_account_id: true,
      stripe_previous_webhook_secret_encrypted: true,
      stripe_previous_webhook_secret_until_at: true,
      stripe_events_read_at: true,
      has_digest: true,
      digest_due_at: true,
      payment_term_days: true,
      reminder_days: true,
    },
    api_keys: {
      id: true,
      manufacturer_id: true,
      label: true,
      key_hash: true,
      created_at: true,
      revoked_at: true,
      scopes: true,
      expires_at: true,
      last_used_at: true,
    },
    people: {
      id: true,
      email: true,
      name: true,
      language: true,
      is_email_verified: true,
      image: true,
      last_sign_in_at: true,
      created_at: true,
      updated_at: true,
    },
    memberships: {
      id: true,
      person_id: true,
      role: true,
      manufacturer_id: true,
      customer_id: true,
      invited_name: true,
      invited_at: true,
      accepted_at: true,
      removed_at: true,
    },
    sessions: {
      id: true,
      person_id: true,
      token: true,
      active_membership_id: true,
      ip_address: true,
      user_agent: true,
      expires_at: true,
      created_at: true,
      updated_at: true,
    },
    accounts: {
      id: true,
      person_id: true,
      account_id: true,
      provider_id: true,
      password: true,
      created_at: true,
      updated_at: true,
    },
    verifications: {
      id: true,
      identifier: true,
      value: true,
      expires_at: true,
      created_at: true,
      updated_at: true,
    },
    sign_in_links: {
      token_hash: true,
      membership_id: true,
      created_at: true,
      expires_at: true,
      used_at: true,
    },
    idempotency_keys: {
      actor_id: true,
      key: true,
      request_hash: true,
      status: true,
      answer: true,
      location: true,
      created_at: true,
      made_id: true,
    },
    audit_entries: {
      no: true,
      occurred_at: true,
      manufacturer_id: true,
      actor_kind: true,
      actor_id: true,
      actor_name: true,
      action: true,
      subject_kind: true,
      subject_id: true,
      before: true,
      after: true,
      reason: true,
      source: true,
      previous_hash: true,
      hash: true,
    },
    customers: {
      id: true,
      manufacturer_id: true,
      name: true,
      email: true,
      created_at: true,
      legal_name: true,
      tax_id: true,
      purchase_order_number: true,
      language: true,
      currency: true,
      billing_emails: true,
      address: true,
      reference: true,
      tax_status: true,
      tax_exemption_reason: true,
      tax_place: true,
      collection_method: true,
    },
    tax_rates: {
      id: true,
      manufacturer_id: true,
      place: true,
      category: true,
      percent: true,
      kind: true,
      code: true,
      note: true,
      from_on: true,
      to_on: true,
      used_until_on: true,
      created_at: true,
    },
    jobs: {
      name: true,
      last_due_at: true,
      last_started_at: true,
      last_finished_at: true,
      last_outcome: true,
      last_detail: true,
      held_by: true,
      held_until_at: true,
    },
    mails: {
      id: true,
      manufacturer_id: true,
      template: true,
      language: true,
      to_address: true,
      to_name: true,
      subject: true,
      data: true,
      is_secret: true,
      cause: true,
      message_id: true,
      body_text: true,
      body_html: true,
      bounce_key: true,
      state: true,
      attempts: true,
      give_up_at: true,
      next_attempt_at: true,
      sent_at: true,
      problem: true,
      created_at: true,
      failed_at: true,
      document_id: true,
    },
    webhook_endpoints: {
      id: true,
      manufacturer_id: true,
      url: true,
      description: true,
      event_types: true,
      state: true,
      off_reason: true,
      off_at: true,
      secret_encrypted: true,
      previous_secret_encrypted: true,
      previous_secret_until_at: true,
      failing_since_at: true,
      created_at: true,
    },
    webhook_events: {
      id: true,
      manufacturer_id: true,
      type: true,
      subject_id: true,
      occurred_at: true,
      payload: true,
      source: true,
    },
    webhook_deliveries: {
      id: true,
      event_id: true,
      endpoint_id: true,
      state: true,
      attempts: true,
      next_attempt_at: true,
      last_status: true,
      problem: true,
      problem_reason: true,
      created_at: true,
      ended_at: true,
    },
    webhook_attempts: {
      id: true,
      delivery_id: true,
      attempted_at: true,
      took_ms: true,
      status: true,
      problem: true,
      problem_reason: true,
      answer: true,
    },
    webhook_cursors: { name: true, position: true },
    tariffs: { id: true, manufacturer_id: true, name: true, created_at: true },
    tariff_versions: {
      tariff_id: true,
      id: true,
      effective_at: true,
      document: true,
      created_at: true,
      running_from_at: true,
    },
    contract_tariffs: { no: true, contract_id: true, tariff_id: true, from_at: true, created_at: true },
    contract_zones: { no: true, contract_id: true, time_zone: true, from_at: true, created_at: true },
    contract_pauses: {
      no: true,
      contract_id: true,
      from_at: true,
      to_at: true,
      reason: true,
      created_at: true,
    },
    contracts: {
      id: true,
      manufacturer_id: true,
      customer_id: true,
      tariff_id: true,
      time_zone: true,
      anchor_on: true,
      cadence_unit: true,
      cadence_count: true,
      starts_at: true,
      ends_at: true,
      created_at: true,
      reference: true,
    },
    assignments: {
      id: true,
      contract_id: true,
      device_id: true,
      from_at: true,
      to_at: true,
      created_at: true,
    },
    number_series: { manufacturer_id: true, next_number: true },
    invoices: {
      id: true,
      manufacturer_id: true,
      customer_id: true,
      contract_id: true,
      kind: true,
      number: true,
      status: true,
      status_reason: true,
      replaces_id: true,
      currency: true,
      period_from_at: true,
      period_to_at: true,
      cutoff_at: true,
      prices: true,
      tax_minor: true,
      total_minor: true,
      due_on: true,
      created_at: true,
      issued_at: true,
      paid_at: true,
    },
    invoice_lines: {
      invoice_id: true,
      position: true,
      item_id: true,
      description: true,
      quantity: true,
      unit: true,
      unit_price: true,
      tax_category: true,
      unrounded_amount: true,
      amount_minor: true,
      explanation: true,
      period_from_at: true,
      period_to_at: true,
      corrects_id: true,
    },
    invoice_taxes: {
      invoice_id: true,
      position: true,
      code: true,
      percent: true,
      net_minor: true,
      tax_minor: true,
      detail: true,
    },
    issued_documents: {
      id: true,
      kind: true,
      manufacturer_id: true,
      customer_id: true,
      number: true,
      content: true,
      state: true,
      attempts: true,
      problem: true,
      pdf: true,
      xml: true,
      created_at: true,
      rendered_at: true,
    },
    credit_note_series: {
      manufacturer_id: true,
      next_number: true,
    },
    credit_notes: {
      id: true,
      manufacturer_id: true,
      customer_id: true,
      invoice_id: true,
      kind: true,
      number: true,
      reason: true,
      currency: true,
      prices: true,
      tax_minor: true,
      total_minor: true,
      created_at: true,
      issued_at: true,
    },
    credit_note_lines: {
      credit_note_id: true,
      position: true,
      invoice_position: true,
      item_id: true,
      description: true,
      tax_category: true,
      amount_minor: true,
      period_from_at: true,
      period_to_at: true,
    },
    credit_note_taxes: {
      credit_note_id: true,
      position: true,
      code: true,
      percent: true,
      net_minor: true,
      tax_minor: true,
    },
    manual_lines: {
      id: true,
      manufacturer_id: true,
      contract_id: true,
      description: true,
      amount_minor: true,
      currency: true,
      tax_category: true,
      reason: true,
      made_by: true,
      created_at: true,
      removed_at: true,
      invoice_id: true,
    },
    credited_corrections: { credit_note_id: true, position: true, corrects_id: true, line: true },
    carried_periods: {
      contract_id: true,
      period_from_at: true,
      period_to_at: true,
      total_minor: true,
      currency: true,
      carried_at: true,
    },
    late_periods: { no: true, invoice_id: true, noticed_at: true },
    invoice_payments: {
      id: true,
      invoice_id: true,
      amount_minor: true,
      currency: true,
      received_on: true,
      method: true,
      reference: true,
      reverses_id: true,
      reason: true,
      actor_kind: true,
      actor_id: true,
      actor_name: true,
      created_at: true,
    },
    invoice_reminders: {
      invoice_id: true,
      level: true,
      open_minor: true,
      mail_count: true,
      reminded_at: true,
    },
    invoice_inputs: { invoice_id: true, format_version: true, content: true },
    stripe_customers: {
      customer_id: true,
      stripe_customer_id: true,
      adopted_at: true,
      details_hash: true,
      payment_method: true,
      checked_at: true,
    },
    stripe_invoices: { invoice_id: true, stripe_invoice_id: true, adopted_at: true },
    stripe_credit_notes: { credit_note_id: true, stripe_credit_note_id: true, adopted_at: true },
    outbox_steps: {
      id: true,
      manufacturer_id: true,
      customer_id: true,
      invoice_id: true,
      credit_note_id: true,
      subject_id: true,
      step: true,
      generation: true,
      idempotency_key: true,
      api_version: true,
      parameters: true,
      state: true,
      attempts: true,
      first_attempt_at: true,
      next_attempt_at: true,
      postponements: true,
      problem: true,
      problem_reason: true,
      created_at: true,
      done_at: true,
    },
    stripe_payment_records: { payment_id: true, stripe_payment_record_id: true, adopted_at: true },
    stripe_payment_states: {
      invoice_id: true,
      status: true,
      collected_minor: true,
      refunded_minor: true,
      remaining_minor: true,
      attempt_count: true,
      next_attempt_at: true,
      problem: true,
      problem_code: true,
      dispute: true,
      disputed_minor: true,
      pay_url: true,
      is_processing: true,
      checked_at: true,
    },
    stripe_left_invoices: {
      invoice_id: true,
      stripe_invoice_id: true,
      account_id: true,
      mode: true,
      status: true,
      left_at: true,
    },
    stripe_refunds: {
      id: true,
      invoice_id: true,
      amount_minor: true,
      currency: true,
      status: true,
      created_at: true,
      checked_at: true,
    },
    stripe_events: {
      manufacturer_id: true,
      id: true,
      event_type: true,
      about_kind: true,
      stripe_object_id: true,
      received_at: true,
      processed_at: true,
      problem: true,
    },
  }

  it('has exactly the tables and columns of the SQL', () => {
    using database = migrated('ledger')
    const rows = database
      .prepare(
        `SELECT list.name AS table_name, info.name AS column_name FROM pragma_table_list AS list,
         pragma_table_xinfo(list.name) AS info
         WHERE list.type = 'table' AND list.name NOT LIKE 'sqlite_%' AND list.name <> 'migrations'`,
      )
      .all()
    const inSql = rows.map((row) => `${String(row['table_name'])}.${String(row['column_name'])}`)
    const inType = Object.entries(columns).flatMap(([table, members]) =>
      Object.keys(members).map((column) => `${table}.${column}`),
    )
    expect(inSql.toSorted()).toEqual(inType.toSorted())
  })
})
