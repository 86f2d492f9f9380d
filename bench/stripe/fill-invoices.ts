/** Fills a ledger with issued invoices of three lines and their tax, as billing writes them, and with what Stripe is to be told of them. */
import type { Kysely } from 'kysely'
import { secureRandomBytes, systemClock, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import { openSqlite, type LedgerTables } from '../../db/index.ts'
import { createSecretStore, followInvoice } from '../../billing/index.ts'

const manufacturerId = 'man_bench' as ManufacturerId
const INVOICES_OF_A_CUSTOMER = 10
const AT_ONCE = 250
/** 10.00 + 20.00 + 30.00 and a few cents by number, and 19 %. */
const linesOf = (no: number) => [1_000, 2_000, 3_000 + (no % 100)]

export type FilledInvoices = {
  readonly file: string
  readonly ledger: Kysely<LedgerTables>
  readonly invoices: number
  readonly apiKey: string
  readonly secretKey: string
}

/** Returns what all invoices sum to, in minor units. */
export async function fillInvoices({
  file,
  ledger,
  invoices,
  apiKey,
  secretKey,
}: FilledInvoices): Promise<bigint> {
  const totalMinor = writeInvoices(file, invoices)
  await createSecretStore({
    ledger,
    clock: systemClock,
    secretKey: Buffer.from(secretKey, 'base64'),
    randomBytes: secureRandomBytes,
  }).setStripeCredentials(manufacturerId, { apiKey, webhookSecret: 'whsec_bench' }, { allowLiveKey: false })
  for (let from = 0; from < invoices; from += AT_ONCE) {
    await ledger.transaction().execute(async (transaction) => {
      const ids = Array.from({ length: Math.min(AT_ONCE, invoices - from) }, (_, index) => idOf(from + index))
      await Promise.all(
        ids.map((invoiceId) => followInvoice(transaction, { invoiceId, now: 0, isNew: true })),
      )
    })
  }
  return totalMinor
}

function idOf(no: number): InvoiceId {
  return `inv_${String(no).padStart(7, '0')}` as InvoiceId
}

function writeInvoices(file: string, invoices: number): bigint {
  const database = openSqlite(file)
  let sumMinor = 0n
  try {
    database.exec('PRAGMA synchronous = OFF; BEGIN')
    database.exec(
      `INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('${manufacturerId}', 'Bench', 'B', 0)`,
    )
    database.exec(
      `INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_bench', '${manufacturerId}', 'Drill', 0)`,
    )
    const customer = database.prepare(
      `INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES (?, '${manufacturerId}', 'Site', ?, 0)`,
    )
    const contract = database.prepare(
      `INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
       VALUES (?, '${manufacturerId}', ?, 'tar_bench', 'UTC', '2026-10-01', 'month', 1, 0, 0)`,
    )
    const invoice = database.prepare(
      `INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at,
         cutoff_at, prices, tax_minor, total_minor, created_at)
       VALUES (?, '${manufacturerId}', ?, ?, 'draft', 'EUR', 1790812800000, 1793491200000, 1793491200000, 'net', ?, ?, 0)`,
    )
    const line = database.prepare(
      `INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category,
         unrounded_amount, amount_minor, explanation)
       VALUES (?, ?, 'run', 'Run time', '10', 'min', '0.12', 'standard', '0', ?, '{}')`,
    )
    const tax = database.prepare(
      `INSERT INTO invoice_taxes (invoice_id, position, code, percent, net_minor, tax_minor, detail) VALUES (?, 1, 'S', '19', ?, ?, '{}')`,
    )
    const issue = database.prepare(
      `UPDATE invoices SET status = 'issued', number = ?, issued_at = 1793491200000 WHERE id = ?`,
    )
    for (let no = 0; no < invoices; no += 1) {
      const customerId = `cust_${Math.floor(no / INVOICES_OF_A_CUSTOMER)}`
      if (no % INVOICES_OF_A_CUSTOMER === 0) customer.run(customerId, `${customerId}@example.com`)
      const [id, contractId] = [idOf(no), `con_${no}`]
      const net = linesOf(no).reduce((sum, amount) => sum + amount, 0)
      const taxMinor = Math.round((net * 19) / 100)
      contract.run(contractId, customerId)
      invoice.run(id, customerId, contractId, taxMinor, net + taxMinor)
      for (const [index, amount] of linesOf(no).entries()) line.run(id, index + 1, amount)
      tax.run(id, net, taxMinor)
      issue.run(`B-${no}`, id)
      sumMinor += BigInt(net + taxMinor)
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
  return sumMinor
}
