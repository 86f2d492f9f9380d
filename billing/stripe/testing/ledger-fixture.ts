/** A ledger in a temporary file with one manufacturer, and issued invoices in it. For tests only. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Kysely } from 'kysely'
import type { InvoiceId, ManufacturerId } from '../../../core/index.ts'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../../db/index.ts'

export const manufacturerId = 'man_acme' as ManufacturerId
/** 2026-11-01T00:00:00Z, when the invoices of October are issued. */
export const issuedAt = Date.UTC(2026, 10, 1)

export type TestLedger = {
  readonly file: string
  readonly ledger: Kysely<LedgerTables>
  /** A further connection to the same file. */
  readonly open: () => Kysely<LedgerTables>
  close(): Promise<void>
}

export async function aLedger(): Promise<TestLedger> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-stripe-'))
  const file = path.join(folder, 'ledger.sqlite')
  const database = openSqlite(file)
  migrate(database, 'ledger')
  database.close()
  const opened: Kysely<LedgerTables>[] = []
  const open = () => {
    const ledger = openSqliteThread<LedgerTables>(file)
    opened.push(ledger)
    return ledger
  }
  const ledger = open()
  await aManufacturer(ledger, manufacturerId, 'ACME')
  return {
    file,
    ledger,
    open,
    async close() {
      for (const each of opened) await each.destroy()
      rmSync(folder, { recursive: true })
    },
  }
}

export async function aManufacturer(ledger: Kysely<LedgerTables>, id: string, prefix: string): Promise<void> {
  await ledger
    .insertInto('manufacturers')
    .values({
      id,
      name: `${prefix} Ltd`,
      invoice_prefix: prefix,
      stripe_key_encrypted: null,
      stripe_webhook_secret_encrypted: null,
      created_at: 0,
    })
    .execute()
  await ledger
    .insertInto('tariffs')
    .values({ id: `tar_${id}`, manufacturer_id: id, name: 'Drills', created_at: 0 })
    .execute()
}

export type InvoiceWish = {
  readonly id: string
  readonly manufacturerId?: ManufacturerId
  readonly customerId?: string
  readonly email?: string
  readonly currency?: string
  readonly amountsMinor: readonly bigint[]
  readonly totalMinor: bigint
  readonly description?: string
  /** One rate for all lines; the total holds its tax. */
  readonly tax?: {
    readonly prices: 'net' | 'gross'
    readonly percent: string
    readonly netMinor: bigint
    readonly taxMinor: bigint
  }
}

/** An issued invoice for October 2026, numbered after its id. */
export async function anIssuedInvoice(ledger: Kysely<LedgerTables>, wish: InvoiceWish): Promise<InvoiceId> {
  await ledger.transaction().execute((transaction) => insertIssuedInvoice(transaction, wish))
  return wish.id as InvoiceId
}

async function insertIssuedInvoice(ledger: Kysely<LedgerTables>, wish: InvoiceWish): Promise<void> {
  const manufacturer = wish.manufacturerId ?? manufacturerId
  const customerId = wish.customerId ?? `cust_${wish.id}`
  const contractId = `con_${wish.id}`
  const owner = { manufacturer_id: manufacturer, created_at: 0 }
  await aCustomer(ledger, customerId, manufacturer, wish.email)
  await ledger
    .insertInto('contracts')
    .values({
      ...owner,
      id: contractId,
      customer_id: customerId,
      tariff_id: `tar_${manufacturer}`,
      time_zone: 'UTC',
      anchor_on: '2026-10-01',
      cadence_unit: 'month',
      cadence_count: 1,
      starts_at: 0,
      ends_at: null,
    })
    .execute()
  await ledger
    .insertInto('invoices')
    .values({
      ...owner,
      id: wish.id,
      customer_id: customerId,
      contract_id: contractId,
      number: null,
      status: 'draft',
      currency: wish.currency ?? 'EUR',
      period_from_at: Date.UTC(2026, 9, 1),
      period_to_at: issuedAt,
      cutoff_at: issuedAt,
      prices: wish.tax?.prices ?? 'net',
      tax_minor: wish.tax?.taxMinor ?? 0n,
      total_minor: wish.totalMinor,
      issued_at: null,
      paid_at: null,
    })
    .execute()
  for (const [index, amountMinor] of wish.amountsMinor.entries()) {
    await ledger
      .insertInto('invoice_lines')
      .values({
        invoice_id: wish.id,
        position: index + 1,
        item_id: 'run-time',
        description: wish.description ?? 'Run time',
        quantity: '10',
        unit: 'min',
        unit_price: '0.12',
        tax_category: 'standard',
        unrounded_amount: '1.2',
        amount_minor: amountMinor,
        explanation: '{}',
      })
      .execute()
  }
  if (wish.tax !== undefined) {
    const { percent, netMinor: net_minor, taxMinor: tax_minor } = wish.tax
    await ledger
      .insertInto('invoice_taxes')
      .values({ invoice_id: wish.id, position: 1, code: 'S', percent, net_minor, tax_minor, detail: '{}' })
      .execute()
  }
  await ledger
    .updateTable('invoices')
    .set({ status: 'issued', number: `NR-${wish.id}`, issued_at: issuedAt })
    .where('id', '=', wish.id)
    .execute()
}

export async function aCustomer(
  ledger: Kysely<LedgerTables>,
  id: string,
  manufacturer: string = manufacturerId,
  email = `${id}@example.com`,
): Promise<void> {
  await ledger
    .insertInto('customers')
    .values({ id, manufacturer_id: manufacturer, name: 'Building Co', email, created_at: 0 })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** An issued credit note over an amount, or over what one rate of tax was charged for. */
export async function aCreditNote(
  ledger: Kysely<LedgerTables>,
  {
    id,
    invoiceId,
    totalMinor,
    tax,
  }: {
    readonly id: string
    readonly invoiceId: string
    readonly totalMinor: bigint
    readonly tax?: { readonly percent: string; readonly netMinor: bigint; readonly taxMinor: bigint }
  },
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    const invoice = await transaction
      .selectFrom('invoices')
      .select(['manufacturer_id', 'customer_id', 'currency', 'prices'])
      .where('id', '=', invoiceId)
      .executeTakeFirstOrThrow()
    await transaction
      .insertInto('credit_notes')
      .values({
        ...invoice,
        id,
        invoice_id: invoiceId,
        kind: 'goodwill',
        number: null,
        reason: 'The crane stood in the way.',
        tax_minor: tax?.taxMinor ?? 0n,
        total_minor: totalMinor,
        created_at: issuedAt,
        issued_at: null,
      })
      .execute()
    await transaction
      .insertInto('credit_note_lines')
      .values({
        credit_note_id: id,
        position: 1,
        invoice_position: null,
        item_id: null,
        description: 'Goodwill',
        tax_category: 'standard',
        amount_minor: tax?.netMinor ?? totalMinor,
        period_from_at: null,
        period_to_at: null,
      })
      .execute()
    if (tax !== undefined) {
      const { percent, netMinor: net_minor, taxMinor: tax_minor } = tax
      await transaction
        .insertInto('credit_note_taxes')
        .values({ credit_note_id: id, position: 1, code: 'S', percent, net_minor, tax_minor })
        .execute()
    }
    await transaction
      .updateTable('credit_notes')
      .set({ number: `NR-C-${id}`, issued_at: issuedAt })
      .where('id', '=', id)
      .execute()
  })
}
