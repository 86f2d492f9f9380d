/**
 * Fills a ledger with contracts, each of a customer and a device of its own: the first through the real code, the others as copies
 * of its rows with other ids. The ids are random, so that contracts in order of id have devices in no order, as in life.
 */
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { secureRandomBytes, systemActor, type Clock, type ManufacturerId } from '../../core/index.ts'
import { openSqlite, type LedgerTables } from '../../db/index.ts'
import { createBilling } from '../../billing/index.ts'
import type { Metering } from '../../metering/index.ts'
import { commissionedAt, month, timeZone } from './working-month.ts'

const document = {
  currency: 'EUR',
  items: [
    { type: 'flat', id: 'base', description: 'Base fee', price: '29.00' },
    {
      type: 'per_unit',
      id: 'run',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
    {
      type: 'per_unit',
      id: 'energy',
      description: 'Energy',
      register: 'energy_wh',
      price: '0.38',
      per: 1000,
      unit: 'kWh',
    },
  ],
}

export const firstDevice = 'bench-00000'

export type LedgerFill = {
  readonly file: string
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Metering
  readonly clock: Clock
  readonly manufacturerId: ManufacturerId
  readonly contracts: number
}

/** Contract n has the device of that number in the fleet that `copyFleet` makes. */
export async function fillLedger(fill: LedgerFill): Promise<void> {
  await makeFirst(fill)
  copyContracts(fill.file, fill.contracts)
}

async function makeFirst({ ledger, metering, clock, manufacturerId }: LedgerFill): Promise<void> {
  const seller = JSON.stringify({
    legalName: 'Bench GmbH',
    taxId: 'DE123456789',
    addressLines: ['Werkstr. 1'],
    postalCode: '10115',
    city: 'Berlin',
    country: 'DE',
  })
  const row = { id: manufacturerId, name: 'Bench', invoice_prefix: 'B', seller, created_at: commissionedAt }
  await ledger.insertInto('manufacturers').values(row).execute()
  const billing = createBilling({
    ledger,
    metering,
    clock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    onIssued: () => Promise.resolve([]),
  }).by(systemActor('bench'))
  await billing.addTaxRate(manufacturerId, {
    place: 'DE',
    category: 'standard',
    percent: '19',
    kind: 'standard',
    from: '2020-01-01',
  })
  const { tariffId } = await billing.publishTariff(manufacturerId, {
    name: 'Drill',
    effectiveAt: commissionedAt,
    document,
  })
  const customer = await billing.createCustomer(manufacturerId, {
    name: 'Site',
    email: 'site@example.com',
    address: { lines: ['Baustr. 1'], postalCode: '10115', city: 'Berlin', country: 'DE' },
  })
  const contract = await billing.createContract(manufacturerId, {
    customerId: customer.id,
    tariffId,
    timeZone,
    anchorOn: '2026-10-01',
    cadence: { unit: 'month', count: 1 },
    startsAt: month.from,
  })
  await billing.assignDevice(manufacturerId, {
    contractId: contract.id,
    deviceId: firstDevice as never,
    from: month.from,
  })
}

function copyContracts(file: string, contracts: number): void {
  const database = openSqlite(file)
  try {
    database.exec(`PRAGMA synchronous = OFF; BEGIN;
      CREATE TEMP TABLE copies AS
        WITH RECURSIVE numbers (no) AS (SELECT 2 UNION ALL SELECT no + 1 FROM numbers WHERE no < ${contracts})
        SELECT 'cust_' || lower(hex(randomblob(13))) AS customer_id, 'con_' || lower(hex(randomblob(13))) AS contract_id,
          'asg_' || lower(hex(randomblob(13))) AS assignment_id, 'fleet-' || no AS device_id
        FROM numbers WHERE no <= ${contracts}`)
    for (const [table, own] of [
      ['customers', { id: 'customer_id' }],
      ['contracts', { id: 'contract_id', customer_id: 'customer_id' }],
      ['assignments', { id: 'assignment_id', contract_id: 'contract_id', device_id: 'device_id' }],
    ] as const) {
      const columns = database
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map(({ name }) => String(name))
      const values = columns.map((column) =>
        column in own ? `copies.${String(own[column as keyof typeof own])}` : `first.${column}`,
      )
      database.exec(
        `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')}
         FROM copies CROSS JOIN (SELECT * FROM ${table} LIMIT 1) AS first`,
      )
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}
