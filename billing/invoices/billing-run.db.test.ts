import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  formatInstant,
  getInstant,
  moneyToDecimal,
  systemActor,
  type DeviceId,
  type ModelId,
} from '../../core/index.ts'
import { openSqlite } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

/** A contract with one drill that ran exactly 12,345 s in October of the contract's zone. */
async function aBilledContract(
  device = 'drill-1',
  input: Parameters<BillingFixture['addContract']>[0] = {},
  [from, to] = ['2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z'],
): Promise<{ contract: Contract; deviceId: DeviceId }> {
  const deviceId = await fixture.addDevice(device)
  const contract = await fixture.addContract({ startsAt: getInstant(from), ...input })
  await fixture.assign(contract, deviceId)
  await fixture.report(deviceId, from, 36_000)
  await fixture.report(deviceId, to, 48_345)
  return { contract, deviceId }
}

async function onlyInvoice() {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
  expect(items).toHaveLength(1)
  return items[0]
}

describe('runBilling', () => {
  it('issues one invoice of 29.59 EUR for 4.90 EUR a month and 12,345 s at 0.12 EUR a minute', async () => {
    const { contract } = await aBilledContract()
    const report = await fixture.billing.runBilling({})
    expect(report.waiting).toEqual([])
    const invoice = await onlyInvoice()
    expect(report.issued).toEqual([invoice?.id])
    expect(invoice).toMatchObject({
      contractId: contract.id,
      customerId: contract.customerId,
      number: 'ACME-000001',
      status: 'issued',
      currency: 'EUR',
      totalMinor: 2959n,
      cutoffAt: getInstant('2026-10-31T23:00:00Z'),
      issuedAt: getInstant('2026-11-02T12:00:00Z'),
      paidAt: undefined,
      stripeInvoiceId: undefined,
      document: { state: 'waiting', problem: undefined },
    })
    expect(invoice?.lines.map((line) => [line.itemId, line.quantity, line.unit, line.amountMinor])).toEqual([
      ['base', '1', 'period', 490n],
      ['run', '205.75', 'min', 2469n],
    ])
    expect(invoice?.lines[1]?.explanation.usage[0]).toMatchObject({
      quantity: 12_345n,
      start: { value: 36_000n, before: { value: 36_000n, epoch: 1, seq: 1 } },
      end: { value: 48_345n, before: { value: 48_345n, epoch: 1, seq: 2 } },
    })
    expect(fixture.issuedIds).toEqual([invoice?.id])
  })

  it.each([
    // In Berlin the clocks go back on 25 October: the month has 745 hours. New York follows on 1 November.
    ['Europe/Berlin', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    ['America/New_York', '2026-10-01T04:00:00.000Z', '2026-11-01T04:00:00.000Z'],
    ['Asia/Kathmandu', '2026-09-30T18:15:00.000Z', '2026-10-31T18:15:00.000Z'],
  ])('bills October in %s from %s to %s', async (timeZone, from, to) => {
    await aBilledContract('drill-1', { timeZone }, [from, to])
    await fixture.billing.runBilling({})
    const invoice = await onlyInvoice()
    expect(invoice?.period).toEqual({ from: getInstant(from), to: getInstant(to) })
    expect(invoice?.totalMinor).toBe(2959n)
  })

  it('issues nothing before the period has ended', async () => {
    await aBilledContract()
    fixture.setNow('2026-10-31T22:59:59.999Z')
    expect(await fixture.billing.runBilling({})).toEqual({
      issued: [],
      carried: [],
      waiting: [],
      remarks: [],
    })
    fixture.setNow('2026-10-31T23:00:00Z')
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
  })

  it('bills every open period in order, counted from an anchor on the 31st', async () => {
    const contract = await fixture.addContract({
      anchorOn: '2026-07-31',
      startsAt: getInstant('2026-08-30T22:00:00Z'),
    })
    fixture.setNow('2026-12-05T00:00:00Z')
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(3)
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10, contractId: contract.id })
    const periods = items.map(
      ({ number, period }) => `${number} ${formatInstant(period.from)} ${formatInstant(period.to)}`,
    )
    expect(periods.sort()).toEqual([
      'ACME-000001 2026-08-30T22:00:00.000Z 2026-09-29T22:00:00.000Z',
      'ACME-000002 2026-09-29T22:00:00.000Z 2026-10-30T23:00:00.000Z',
      'ACME-000003 2026-10-30T23:00:00.000Z 2026-11-29T23:00:00.000Z',
    ])
  })

  it('charges the flat fee for a month in which the machine stood still', async () => {
    const deviceId = await fixture.addDevice('drill-1')
    await fixture.assign(await fixture.addContract(), deviceId)
    await fixture.report(deviceId, '2026-11-01T00:00:00Z', 1_000)
    await fixture.billing.runBilling({})
    const invoice = await onlyInvoice()
    expect(invoice?.lines.map((line) => [line.itemId, line.quantity, line.amountMinor])).toEqual([
      ['base', '1', 490n],
      ['run', '0', 0n],
    ])
  })

  it('waits for a silent device and issues after three days with what is known', async () => {
    const { contract, deviceId } = await aBilledContract()
    const silent = await fixture.addDevice('drill-2')
    await fixture.assign(contract, silent)
    expect(deviceId).toBe('drill-1')
    fixture.setNow('2026-11-03T22:59:59.999Z')
    expect(await fixture.billing.runBilling({})).toEqual({
      issued: [],
      carried: [],
      remarks: [],
      waiting: [
        {
          contractId: contract.id,
          period: { from: getInstant('2026-09-30T22:00:00Z'), to: getInstant('2026-10-31T23:00:00Z') },
          code: 'usage_not_reported',
          detail:
            'Wait for device drill-2 to report past the end of the period at 2026-10-31T23:00:00.000Z, or until 2026-11-03T23:00:00.000Z: then the invoice is issued with what is known.',
        },
      ],
    })
    fixture.setNow('2026-11-03T23:00:00Z')
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    expect((await onlyInvoice())?.totalMinor).toBe(2959n)
  })

  it('waits while readings of a device are stored and not judged yet', async () => {
    const { deviceId } = await aBilledContract()
    const database = openSqlite(fixture.meteringFile)
    database.exec(`INSERT INTO unjudged_devices (device_no, from_epoch, from_seq, judged_reading_id, pending)
      SELECT no, 0, 0, (SELECT max(id) FROM readings), 0 FROM devices WHERE id = '${deviceId}'`)
    database.close()
    const { issued, waiting } = await fixture.billing.runBilling({})
    expect(issued).toEqual([])
    expect(waiting).toMatchObject([{ code: 'usage_not_settled' }])
    await fixture.report(deviceId, '2026-11-02T00:00:00Z', 13_345)
    await fixture.metering.settle()
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
  })

  it('warns of nothing while an invoice only waits for its devices to report', async () => {
    const { contract } = await aBilledContract()
    await fixture.assign(contract, await fixture.addDevice('drill-2'))
    const lines: string[] = []
    const log = pino({ level: 'info' }, { write: (line) => lines.push(line) })
    fixture.setNow('2026-11-03T22:59:59.999Z')
    const { waiting } = await fixture.openAnother({ log }).runBilling({})
    expect(waiting).toHaveLength(1)
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 30, contractId: contract.id, code: 'usage_not_reported', msg: waiting[0]?.detail },
      { level: 30, issued: 0, waiting: 1 },
    ])
  })

  it('does not bill a backlog that is still arriving after the server was down past the grace', async () => {
    const { contract } = await aBilledContract()
    await fixture.assign(contract, await fixture.addDevice('drill-2'))
    const restarted = fixture.openAnother({ reachableSince: getInstant('2026-11-10T08:00:00Z') })
    fixture.setNow('2026-11-13T07:59:59.999Z')
    const { issued, waiting } = await restarted.runBilling({})
    expect(issued).toEqual([])
    expect(waiting).toMatchObject([{ code: 'usage_not_reported' }])
    fixture.setNow('2026-11-13T08:00:00Z')
    expect((await restarted.runBilling({})).issued).toHaveLength(1)
  })

  it('does not wait for a device that left the contract and reported past that', async () => {
    const deviceId = await fixture.addDevice('drill-1')
    const contract = await fixture.addContract()
    await fixture.assign(contract, deviceId, '2026-09-30T22:00:00Z', '2026-10-10T00:00:00Z')
    await fixture.report(deviceId, '2026-09-30T22:00:00Z', 1_000)
    await fixture.report(deviceId, '2026-10-10T00:00:00Z', 1_600)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    expect((await onlyInvoice())?.totalMinor).toBe(490n + 120n)
  })

  it('cuts usage exactly where the tariff changes inside a period', async () => {
    const deviceId = await fixture.addDevice('drill-1')
    await fixture.assign(await fixture.addContract(), deviceId)
    await fixture.report(deviceId, '2026-10-10T10:00:00Z', 1_000)
    await fixture.report(deviceId, '2026-10-10T11:00:00Z', 1_900)
    await fixture.report(deviceId, '2026-11-01T00:00:00Z', 1_900)
    // R(10:20) = 1,000 + floor(900 / 3) = 1,300: 5 minutes at the old price, 10 at the new one.
    const [flat, run] = tariffDocument.items
    await fixture.billing.publishTariff(fixture.acme, {
      tariffId: fixture.tariffId,
      name: 'Drill',
      effectiveAt: getInstant('2026-10-10T10:20:00Z'),
      document: {
        ...tariffDocument,
        items: [
          { ...flat, price: '9.90' },
          { ...run, price: '0.50' },
        ],
      },
    })
    await fixture.billing.runBilling({})
    const invoice = await onlyInvoice()
    expect(
      invoice?.lines.map((line) => [line.itemId, line.quantity, line.unitPrice, line.amountMinor]),
    ).toEqual([
      ['base', '1', '4.90', 490n],
      ['run', '5', '0.12', 60n],
      ['run', '10', '0.50', 500n],
    ])
  })

  it('is not stopped by a contract that cannot be billed, and gives it no number', async () => {
    await aBilledContract('drill-1')
    const late = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Late',
      effectiveAt: getInstant('2026-10-02T00:00:00Z'),
      document: tariffDocument,
    })
    const contract = await fixture.addContract({ tariffId: late.tariffId })
    await aBilledContract('drill-2')
    const report = await fixture.billing.runBilling({ manufacturerId: fixture.acme })
    expect(report.waiting.map(({ contractId, code }) => [contractId, code])).toEqual([
      [contract.id, 'tariff_not_in_force'],
    ])
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
    expect(items.map((invoice) => invoice.number ?? '').sort()).toEqual(['ACME-000001', 'ACME-000002'])
  })

  it('bills only the manufacturer that it is asked for', async () => {
    await aBilledContract()
    const other = await fixture.addManufacturer('Other', 'OTHER')
    expect(await fixture.billing.runBilling({ manufacturerId: other })).toEqual({
      issued: [],
      carried: [],
      waiting: [],
      remarks: [],
    })
  })

  it('leaves neither invoice nor gap in the numbers when the issuing transaction fails', async () => {
    await aBilledContract()
    const failing = fixture.openAnother({
      onIssued: () => Promise.reject(new Error('the outbox is not there')),
    })
    const report = await failing.runBilling({})
    expect(report.waiting.map((each) => each.code)).toEqual(['billing_failed'])
    expect((await fixture.billing.listInvoices(fixture.acme, { limit: 10 })).items).toEqual([])
    await fixture.billing.runBilling({})
    expect((await onlyInvoice())?.number).toBe('ACME-000001')
  })

  it('issues what is due together in one transaction, whatever each invoice holds', async () => {
    await aBilledContract('drill-1')
    await aBilledContract('drill-2')
    const another = await fixture.addContract()
    for (let count = 0; count < 40; count += 1) await fixture.addContract()
    await fixture.billing.addManualLine(fixture.acme, another.id, {
      description: 'Crane',
      amountMinor: 5_000n,
      currency: 'EUR',
      taxCategory: 'standard',
      reason: 'agreed on site',
    })
    const transactions = new Set<unknown>()
    const watching = fixture.openAnother({
      onIssued(transaction) {
        transactions.add(transaction)
        return Promise.resolve([])
      },
    })
    expect((await watching.runBilling({})).issued).toHaveLength(43)
    expect(transactions.size).toBe(1)
  })

  it('issues each in its own transaction when one of those that share one fails, without a gap', async () => {
    await aBilledContract('drill-1')
    const { contract } = await aBilledContract('drill-2')
    await aBilledContract('drill-3')
    const told: unknown[] = []
    const failing = fixture.openAnother({
      async onIssued(transaction, invoiceId) {
        const { contract_id } = await transaction
          .selectFrom('invoices')
          .select('contract_id')
          .where('id', '=', invoiceId)
          .executeTakeFirstOrThrow()
        told.push(contract_id)
        if (contract_id === contract.id) throw new Error('the outbox has no place for it')
        return []
      },
    })
    const report = await failing.runBilling({})
    expect(report.waiting).toMatchObject([{ contractId: contract.id, code: 'billing_failed' }])
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
    expect(items.map(({ id }) => id).sort()).toEqual([...report.issued].sort())
    expect(items.map((invoice) => invoice.number ?? '').sort()).toEqual(['ACME-000001', 'ACME-000002'])
    // Once together, up to the one that fails, and then each alone.
    expect(told.slice(-3).filter((id) => id === contract.id)).toHaveLength(1)
  })

  it('undoes what onIssued wrote together with the invoice', async () => {
    const { contract } = await aBilledContract()
    const seen: unknown[] = []
    const billing = fixture.openAnother({
      async onIssued(transaction, invoiceId) {
        const invoices = transaction.selectFrom('invoices').select(['status', 'number'])
        seen.push(await invoices.where('id', '=', invoiceId).executeTakeFirst())
        const adopted = { stripe_customer_id: 'cus_1', adopted_at: 1 }
        await transaction
          .insertInto('stripe_customers')
          .values({ customer_id: contract.customerId, ...adopted })
          .execute()
        throw new Error('crash before the commit')
      },
    })
    await billing.runBilling({})
    expect(seen).toEqual([{ status: 'issued', number: 'ACME-000001' }])
    expect(await fixture.ledger.selectFrom('stripe_customers').selectAll().execute()).toEqual([])
    expect(await fixture.ledger.selectFrom('invoices').selectAll().execute()).toEqual([])
  })

  it('does not issue on a tariff that changed while the usage was read', async () => {
    await aBilledContract()
    const racing = fixture.openAnother({
      metering: {
        ...fixture.metering,
        async readUsage(queries) {
          const answers = await fixture.metering.readUsage(queries)
          await fixture.billing.publishTariff(fixture.acme, {
            tariffId: fixture.tariffId,
            name: 'Drill',
            effectiveAt: getInstant('2026-10-20T00:00:00Z'),
            document: { ...tariffDocument, rounding: 'half_up' },
          })
          return answers
        },
      },
    })
    expect((await racing.runBilling({})).waiting.map((each) => each.code)).toEqual(['billing_basis_changed'])
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    expect((await onlyInvoice())?.lines).toHaveLength(3)
  })

  it('makes one invoice per period and numbers without gaps, however often and concurrently it runs', async () => {
    const contracts = [(await aBilledContract()).contract.id]
    const runners = [fixture.billing, fixture.openAnother(), fixture.openAnother()]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 4 }), async (order) => {
        contracts.push((await fixture.addContract()).id)
        const runs = [1, 2, ...order].map((index) => (runners[index] ?? fixture.billing).runBilling({}))
        for (const report of await Promise.all(runs)) expect(report.waiting).toEqual([])
      }),
      { numRuns: 6, endOnFailure: true },
    )
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 100 })
    expect(items.map((invoice) => invoice.contractId).sort()).toEqual(contracts.sort())
    expect(items.map((invoice) => invoice.number ?? '').sort()).toEqual(
      contracts.map((_contract, index) => `ACME-00000${index + 1}`),
    )
    expect(fixture.issuedIds).toHaveLength(contracts.length)
  })
})

describe('billPeriod', () => {
  it('refuses a period that has not ended', async () => {
    const { contract } = await aBilledContract()
    const inNovember = getInstant('2026-11-02T12:00:00Z')
    await expect(fixture.billing.billPeriod(fixture.acme, contract.id, inNovember)).rejects.toMatchObject({
      code: 'period_not_ended',
      message: 'Wait until the period has ended at 2026-11-30T23:00:00.000Z.',
    })
  })

  it('bills the period that holds the instant, and returns the same invoice again', async () => {
    const { contract } = await aBilledContract()
    const inOctober = getInstant('2026-10-15T00:00:00Z')
    const first = await fixture.billing.billPeriod(fixture.acme, contract.id, inOctober)
    expect(await fixture.billing.billPeriod(fixture.acme, contract.id, inOctober)).toBe(first)
    expect((await onlyInvoice())?.id).toBe(first)
  })

  it('refuses to leave an earlier period open', async () => {
    const { contract } = await aBilledContract()
    fixture.setNow('2026-12-05T00:00:00Z')
    const inNovember = getInstant('2026-11-02T12:00:00Z')
    await expect(fixture.billing.billPeriod(fixture.acme, contract.id, inNovember)).rejects.toMatchObject({
      code: 'earlier_period_unbilled',
    })
  })

  it('refuses an instant before the contract', async () => {
    const { contract } = await aBilledContract()
    const inSeptember = getInstant('2026-09-15T00:00:00Z')
    await expect(fixture.billing.billPeriod(fixture.acme, contract.id, inSeptember)).rejects.toMatchObject({
      code: 'contract_not_running',
    })
  })
})

describe('I6 At one usage cutoff the live bill and the draft have identical lines; the cutoff is shown', () => {
  it('holds at the end of a period with a tariff change and two devices', async () => {
    const { contract } = await aBilledContract()
    const second = await fixture.addDevice('drill-2')
    await fixture.assign(contract, second, '2026-10-05T00:00:00Z')
    await fixture.report(second, '2026-10-31T20:00:00Z', 5_000)
    await fixture.report(second, '2026-11-01T02:00:00Z', 8_000)
    await fixture.billing.publishTariff(fixture.acme, {
      tariffId: fixture.tariffId,
      name: 'Drill',
      effectiveAt: getInstant('2026-10-17T03:00:00Z'),
      document: { ...tariffDocument, rounding: 'up' },
    })
    const cutoffAt = getInstant('2026-10-31T23:00:00Z')
    const live = await fixture.billing.liveBill(fixture.acme, contract.id, cutoffAt)
    await fixture.billing.runBilling({})
    const invoice = await onlyInvoice()
    expect(live.lines).toHaveLength(3)
    expect(invoice?.lines).toEqual(live.lines)
    expect(live.tax).toMatchObject({ totalMinor: invoice?.totalMinor })
    expect([live.cutoffAt, invoice?.cutoffAt]).toEqual([cutoffAt, cutoffAt])
    expect([live.period, live.currency]).toEqual([invoice?.period, invoice?.currency])
  })
})

describe('liveBill', () => {
  it('shows the running period up to now', async () => {
    const { contract, deviceId } = await aBilledContract()
    await fixture.report(deviceId, '2026-11-02T11:00:00Z', 48_945)
    const live = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect(live.period).toEqual({
      from: getInstant('2026-10-31T23:00:00Z'),
      to: getInstant('2026-11-30T23:00:00Z'),
    })
    expect(live.cutoffAt).toBe(getInstant('2026-11-02T12:00:00Z'))
    expect(live.held).toEqual([])
    expect(moneyToDecimal({ amountMinor: live.linesMinor, currency: live.currency })).toBe('6.10')
  })

  it('ends with the contract', async () => {
    const endsAt = getInstant('2026-10-20T00:00:00Z')
    const contract = await fixture.addContract({ endsAt })
    const live = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect([live.cutoffAt, live.period.to]).toEqual([endsAt, endsAt])
  })

  it.each([
    ['before the contract starts', '2026-09-30T22:00:00Z', 'contract_not_running'],
    ['in the future', '2026-11-02T12:00:01Z', 'cutoff_in_future'],
  ])('refuses a cutoff %s', async (_name, cutoffAt, code) => {
    const contract = await fixture.addContract()
    await expect(
      fixture.billing.liveBill(fixture.acme, contract.id, getInstant(cutoffAt)),
    ).rejects.toMatchObject({ code })
  })
})

describe('I8 Missing data never reads as zero money: no tariff, no price or no currency stops the invoice', () => {
  it('makes no invoice and no live bill while no tariff version is in force', async () => {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Future',
      effectiveAt: getInstant('2027-01-01T00:00:00Z'),
      document: tariffDocument,
    })
    const contract = await fixture.addContract({ tariffId })
    const report = await fixture.billing.runBilling({})
    expect(report.waiting.map(({ code }) => code)).toEqual(['tariff_not_in_force'])
    await expect(fixture.billing.liveBill(fixture.acme, contract.id)).rejects.toMatchObject({
      code: 'tariff_not_in_force',
    })
    expect((await fixture.billing.listInvoices(fixture.acme, { limit: 10 })).items).toEqual([])
  })

  it('makes no invoice of a stored tariff that has lost its currency or price', async () => {
    for (const broken of [
      { items: tariffDocument.items },
      { ...tariffDocument, items: [{ type: 'flat', id: 'base', description: 'Base fee' }] },
    ]) {
      const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
        name: 'Broken',
        effectiveAt: getInstant('2027-01-01T00:00:00Z'),
        document: tariffDocument,
      })
      await fixture.addContract({ tariffId })
      const row = { tariff_id: tariffId, id: 'broken', effective_at: 1, created_at: 1 }
      await fixture.ledger
        .insertInto('tariff_versions')
        .values({ ...row, document: JSON.stringify(broken) })
        .execute()
    }
    const report = await fixture.billing.runBilling({})
    expect(report.issued).toEqual([])
    expect(report.waiting.map(({ code }) => code)).toEqual(['tariff_invalid', 'tariff_invalid'])
  })

  it('makes no invoice when no device of the contract has a register that the tariff prices', async () => {
    const { contract } = await aBilledContract()
    await fixture.metering.by(systemActor('test')).registerModel({
      id: 'pump' as ModelId,
      name: 'Pump',
      manufacturerId: fixture.acme,
      registers: [{ name: 'enrgy_wh', unit: 'Wh', maxPerHour: 1n, maxGapMs: 1, gapRule: 'spread' }],
    })
    const [, run] = tariffDocument.items
    const misspelt = { ...run, id: 'energy', register: 'enrgy_wh' }
    await fixture.billing.publishTariff(fixture.acme, {
      tariffId: contract.tariffId,
      name: 'Drill',
      effectiveAt: getInstant('2026-10-02T00:00:00Z'),
      document: { ...tariffDocument, items: [...tariffDocument.items, misspelt] },
    })
    const report = await fixture.billing.runBilling({})
    expect(report.issued).toEqual([])
    expect(report.waiting.map(({ code, detail }) => [code, detail])).toEqual([
      [
        'tariff_register_unknown',
        'Publish a tariff without "enrgy_wh" or assign a device that has it: no device of the contract does.',
      ],
    ])
  })
})
