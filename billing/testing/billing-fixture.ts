/** Billing on a fresh ledger and a real metering store in a temporary folder, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import {
  deviceTopics,
  formatInstant,
  generateId,
  getDeviceId,
  getInstant,
  secureRandomBytes,
  systemActor,
  type CustomerId,
  type DeviceId,
  type InvoiceId,
  type ManufacturerId,
  type ModelId,
  type TariffId,
} from '../../core/index.ts'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { createMetering, type Metering } from '../../metering/index.ts'
import type { AddTaxRateInput, BillingChanges, CreateContractInput } from '../billing-changes.ts'
import type { Assignment, Billing, BillingOptions, Contract } from '../billing-types.ts'
import { createBilling } from '../create-billing.ts'

/** Before everything that the tests bill. */
const commissionedAt = getInstant('2026-08-01T00:00:00Z')

const model = {
  id: 'drill' as ModelId,
  name: 'Drill',
  registers: ['run_s', 'energy_wh'].map((name) => ({
    name,
    unit: name === 'run_s' ? 's' : 'Wh',
    maxPerHour: 3_600n,
    maxGapMs: 6 * 3_600_000,
    gapRule: 'spread' as const,
  })),
}

export const tariffDocument = {
  currency: 'EUR',
  items: [
    { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
  ],
}

export const siteAddress = { lines: ['Am Schacht 1'], postalCode: '44137', city: 'Dortmund', country: 'DE' }

const zeroRate: AddTaxRateInput = {
  place: 'DE',
  category: 'standard',
  percent: '0',
  kind: 'zero',
  from: '1980-01-01',
}

export type BillingFixture = {
  readonly billing: Billing & BillingChanges
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Metering
  readonly meteringFile: string
  readonly acme: ManufacturerId
  readonly tariffId: TariffId
  readonly issuedIds: InvoiceId[]
  /** One in Germany with the fixture's tax rate. */
  addManufacturer(name: string, prefix: string): Promise<ManufacturerId>
  setNow(text: string): void
  /** A second billing on the same files, as another process would have. */
  openAnother(overrides?: Partial<BillingOptions>): Billing & BillingChanges
  /** A device whose base is run_s = 1,000 and energy_wh = 500 on 1 August. */
  addDevice(id: string, manufacturerId?: ManufacturerId): Promise<DeviceId>
  addCustomer(name?: string): Promise<CustomerId>
  addContract(input?: Partial<CreateContractInput>): Promise<Contract>
  assign(contract: Contract, deviceId: DeviceId, from?: string, to?: string): Promise<Assignment>
  /** Sends one reading: the instant and the registers' values. */
  report(deviceId: DeviceId, at: string, runS: number, energyWh?: number): Promise<void>
  close(): Promise<void>
}

/**
 * Begins on 2 November 2026, with the manufacturer "Acme" and a tariff from 1 August. The rate of tax is zero unless another is
 * given, since the totals of most tests are about something else; null for an empty table.
 */
export async function openBillingFixture(
  overrides: Partial<BillingOptions> = {},
  taxRate: AddTaxRateInput | null = zeroRate,
): Promise<BillingFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-billing-'))
  const files = { ledger: path.join(folder, 'ledger.sqlite'), metering: path.join(folder, 'metering.sqlite') }
  for (const kind of ['ledger', 'metering'] as const) {
    const database = openSqlite(files[kind])
    migrate(database, kind)
    database.close()
  }
  let now = getInstant('2026-11-02T12:00:00Z')
  const clock = { now: () => now }
  const log = pino({ level: 'silent' })
  const metering = createMetering({ file: files.metering, clock, randomBytes: secureRandomBytes, log })
  const ledgers: Kysely<LedgerTables>[] = []
  const issuedIds: InvoiceId[] = []
  const seqs = new Map<string, number>()

  function open(own: Partial<BillingOptions>): Billing & BillingChanges {
    const ledger = openSqliteThread<LedgerTables>(files.ledger)
    ledgers.push(ledger)
    const billing = createBilling({
      ledger,
      metering,
      clock,
      randomBytes: secureRandomBytes,
      log,
      async onIssued(_transaction, invoiceId) {
        issuedIds.push(invoiceId)
        return []
      },
      ...own,
    })
    return { ...billing, ...billing.by(systemActor('test')) }
  }

  const billing = open(overrides)
  const [opened] = ledgers
  if (opened === undefined) throw new Error('no ledger was opened')
  const ledger = opened
  /** `people/` makes manufacturers, which billing does not know; here its row is enough. */
  async function addManufacturer(name: string, prefix: string): Promise<ManufacturerId> {
    const id = generateId('manufacturer', secureRandomBytes)
    const seller = JSON.stringify({
      legalName: `${name} GmbH`,
      taxId: 'DE123456789',
      addressLines: ['Werkstr. 1'],
      postalCode: '10115',
      city: 'Berlin',
      country: 'DE',
    })
    const row = { id, name, invoice_prefix: prefix, seller, created_at: now }
    await ledger.insertInto('manufacturers').values(row).execute()
    if (taxRate !== null) await billing.addTaxRate(id, taxRate)
    return id
  }
  const acme = await addManufacturer('Acme', 'ACME')
  const { tariffId } = await billing.publishTariff(acme, {
    name: 'Drill',
    effectiveAt: commissionedAt,
    document: tariffDocument,
  })

  async function addCustomer(name = 'Site'): Promise<CustomerId> {
    const customer = { name, email: 'site@example.com', address: siteAddress }
    return (await billing.createCustomer(acme, customer)).id
  }

  return {
    billing,
    ledger,
    metering,
    meteringFile: files.metering,
    acme,
    tariffId,
    issuedIds,
    addManufacturer,
    setNow(text) {
      now = getInstant(text)
    },
    openAnother: (own = {}) => open({ ...overrides, ...own }),

    async addDevice(id, manufacturerId = acme) {
      const deviceId = getDeviceId(id)
      await metering.by(systemActor('test')).registerModel({ ...model, manufacturerId })
      const baseValues = { run_s: 1_000n, energy_wh: 500n }
      await metering.by(systemActor('test')).registerDevice({
        id: deviceId,
        manufacturerId,
        modelId: model.id,
        commissionedAt,
        baseValues,
      })
      return deviceId
    },

    addCustomer,

    async addContract(input = {}) {
      return await billing.createContract(acme, {
        customerId: input.customerId ?? (await addCustomer()),
        tariffId,
        timeZone: 'Europe/Berlin',
        anchorOn: '2026-10-01',
        cadence: { unit: 'month', count: 1 },
        startsAt: getInstant('2026-09-30T22:00:00Z'),
        ...input,
      })
    },

    async assign(contract, deviceId, from = formatInstant(contract.startsAt), to) {
      return await billing.assignDevice(acme, {
        contractId: contract.id,
        deviceId,
        from: getInstant(from),
        ...(to === undefined ? {} : { to: getInstant(to) }),
      })
    },

    async report(deviceId, at, runS, energyWh) {
      const seq = (seqs.get(deviceId) ?? 0) + 1
      seqs.set(deviceId, seq)
      const registers = energyWh === undefined ? { run_s: runS } : { run_s: runS, energy_wh: energyWh }
      const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers }
      const payload = Buffer.from(JSON.stringify(reading))
      const topic = deviceTopics.readings(deviceId)
      const message = { deviceId, topic, payload, receivedAt: getInstant(at) + 1_000 }
      const { problems } = await metering.ingest([message])
      if (problems.length > 0) throw new Error(`the reading was not taken: ${problems[0]?.detail}`)
    },

    async close() {
      await Promise.all(ledgers.map((each) => each.destroy()))
      await metering.close()
      rmSync(folder, { recursive: true })
    },
  }
}
