import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type Period } from '../../core/index.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

const october = {
  from: getInstant('2026-09-30T22:00:00Z'),
  to: getInstant('2026-10-31T23:00:00Z'),
}

/** Each row as text, after checking that it adds up. */
async function reconcile(period: Period = october): Promise<string[]> {
  const rows = await fixture.billing.reconcile(fixture.acme, period)
  return rows.map(({ deviceId, register, advanced, billed, notBillable, unassigned, held }) => {
    expect(billed + notBillable + unassigned + held).toBe(advanced)
    return `${deviceId} ${register}: ${advanced} = ${billed} + ${notBillable} + ${unassigned} + ${held}`
  })
}

describe('I3 Per register: the sum of accepted advances = billed + not billable by rule + unassigned + held', () => {
  it('holds for an assigned device, before and after the invoice', async () => {
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(await fixture.addContract(), drill)
    await fixture.report(drill, '2026-09-30T22:00:00Z', 36_000, 1_000)
    await fixture.report(drill, '2026-10-31T23:00:00Z', 48_345, 9_000)
    await fixture.report(drill, '2026-11-01T23:00:00Z', 49_345, 9_900)
    const expected = [
      'drill-1 run_s: 12345 = 12345 + 0 + 0 + 0',
      'drill-1 energy_wh: 8000 = 0 + 8000 + 0 + 0',
    ]
    expect(await reconcile()).toEqual(expected)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    expect(await reconcile()).toEqual(expected)
  })

  it('names usage outside any assignment unassigned', async () => {
    const drill = await fixture.addDevice('drill-1')
    const contract = await fixture.addContract()
    await fixture.assign(contract, drill, '2026-10-05T00:00:00Z', '2026-10-10T00:00:00Z')
    await fixture.report(drill, '2026-10-01T00:00:00Z', 2_000, 600)
    await fixture.report(drill, '2026-10-05T00:00:00Z', 2_500, 700)
    await fixture.report(drill, '2026-10-10T00:00:00Z', 3_500, 900)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 6_500, 1_100)
    // R(1 November 00:00 in Berlin) lies an hour before the last reading: 6,494 and 1,099.
    // R(1 October 00:00 in Berlin), two hours before the first: 1,998 and 599.
    expect(await reconcile()).toEqual([
      'drill-1 run_s: 4496 = 1000 + 0 + 3496 + 0',
      'drill-1 energy_wh: 500 = 0 + 200 + 300 + 0',
    ])
  })

  it('holds over a span that cuts periods of contracts in three zones', async () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']
    for (const [index, timeZone] of zones.entries()) {
      const drill = await fixture.addDevice(`drill-${index}`)
      const contract = await fixture.addContract({ timeZone, startsAt: getInstant('2026-09-15T00:00:00Z') })
      await fixture.assign(contract, drill)
      await fixture.report(drill, '2026-09-15T00:00:00Z', 2_000, 600)
      await fixture.report(drill, '2026-11-01T12:00:00Z', 1_002_000, 100_600)
    }
    const span = { from: getInstant('2026-09-20T01:02:03Z'), to: getInstant('2026-11-01T00:00:00Z') }
    const before = await reconcile(span)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(6)
    expect(await reconcile(span)).toEqual(before)
    // R(20 September 01:02:03) = 2,000 + floor(1,000,000 * 435,723 / 4,104,000) = 108,170; R(1 November) = 991,473.
    expect(before).toEqual([
      'drill-0 run_s: 883303 = 883303 + 0 + 0 + 0',
      'drill-0 energy_wh: 88330 = 0 + 88330 + 0 + 0',
      'drill-1 run_s: 883303 = 883303 + 0 + 0 + 0',
      'drill-1 energy_wh: 88330 = 0 + 88330 + 0 + 0',
      'drill-2 run_s: 883303 = 883303 + 0 + 0 + 0',
      'drill-2 energy_wh: 88330 = 0 + 88330 + 0 + 0',
    ])
  })

  it('shows an estimated step across a change of customer as held, and its invoices wait', async () => {
    const drill = await fixture.addDevice('drill-1')
    const first = await fixture.addContract()
    const second = await fixture.addContract()
    await fixture.assign(first, drill, '2026-10-01T00:00:00Z', '2026-10-10T00:00:00Z')
    await fixture.assign(second, drill, '2026-10-10T00:00:00Z')
    await fixture.report(drill, '2026-10-01T00:00:00Z', 2_000)
    await fixture.report(drill, '2026-10-09T20:00:00Z', 3_000)
    await fixture.report(drill, '2026-10-10T04:00:00Z', 3_800)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 5_000)
    const live = await fixture.billing.liveBill(fixture.acme, first.id, october.to)
    expect(live.lines.map((line) => [line.itemId, line.quantity])).toEqual([
      ['base', '1'],
      ['run', '50/3'],
    ])
    expect(live.held).toEqual([
      {
        deviceId: drill,
        register: 'run_s',
        from: getInstant('2026-10-09T20:00:00Z'),
        to: getInstant('2026-10-10T00:00:00Z'),
        code: 'hand_over_unclear',
      },
    ])
    const report = await fixture.billing.runBilling({})
    expect(report.issued).toEqual([])
    expect(report.waiting.map(({ code }) => code)).toEqual(['hand_over_unclear', 'hand_over_unclear'])
    // From 1 August (1,000) to 1 October (2,000): R(midnight in Berlin) = 1,998; R(1 November in Berlin) = 4,997.
    expect((await reconcile())[0]).toBe('drill-1 run_s: 2999 = 2197 + 0 + 2 + 800')
  })

  it('bills each customer their own when a reading lies at the hand-over', async () => {
    const drill = await fixture.addDevice('drill-1')
    const first = await fixture.addContract()
    const second = await fixture.addContract()
    await fixture.assign(first, drill, '2026-10-01T00:00:00Z', '2026-10-10T00:00:00Z')
    await fixture.assign(second, drill, '2026-10-10T00:00:00Z')
    await fixture.report(drill, '2026-10-01T00:00:00Z', 2_000)
    await fixture.report(drill, '2026-10-10T00:00:00Z', 3_800)
    await fixture.report(drill, '2026-10-31T23:00:00Z', 5_000)
    expect((await fixture.billing.runBilling({})).waiting).toEqual([])
    for (const [contract, totalMinor] of [
      [first, 490n + 360n],
      [second, 490n + 240n],
    ] as const) {
      const page = { limit: 10, contractId: contract.id }
      const { items } = await fixture.billing.listInvoices(fixture.acme, page)
      expect(items.map((invoice) => invoice.totalMinor)).toEqual([totalMinor])
    }
  })

  it('does not hold an estimated step between two contracts of one customer', async () => {
    const drill = await fixture.addDevice('drill-1')
    const customerId = await fixture.addCustomer()
    const first = await fixture.addContract({ customerId })
    const second = await fixture.addContract({ customerId })
    await fixture.assign(first, drill, '2026-09-30T22:00:00Z', '2026-10-10T00:00:00Z')
    await fixture.assign(second, drill, '2026-10-10T00:00:00Z')
    await fixture.report(drill, '2026-11-01T00:00:00Z', 5_000)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(2)
  })

  it('shows as held what a contract without a tariff in force cannot bill, and what a void invoice billed', async () => {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Future',
      effectiveAt: getInstant('2027-01-01T00:00:00Z'),
      document: tariffDocument,
    })
    const drills = [await fixture.addDevice('drill-1'), await fixture.addDevice('drill-2')] as const
    await fixture.assign(await fixture.addContract({ tariffId }), drills[0])
    const billed = await fixture.addContract()
    await fixture.assign(billed, drills[1])
    for (const drill of drills) {
      await fixture.report(drill, '2026-09-30T22:00:00Z', 2_000, 500)
      await fixture.report(drill, '2026-10-31T23:00:00Z', 3_000, 700)
    }
    const [invoiceId] = (await fixture.billing.runBilling({})).issued
    if (invoiceId === undefined) throw new Error('no invoice was issued')
    await fixture.billing.markVoid(invoiceId)
    expect(await reconcile()).toEqual([
      'drill-1 run_s: 1000 = 0 + 0 + 0 + 1000',
      'drill-1 energy_wh: 200 = 0 + 0 + 0 + 200',
      'drill-2 run_s: 1000 = 0 + 0 + 0 + 1000',
      'drill-2 energy_wh: 200 = 0 + 0 + 0 + 200',
    ])
  })

  it('does not add up when later data contradicts an issued invoice', async () => {
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(await fixture.addContract(), drill)
    await fixture.report(drill, '2026-10-10T00:00:00Z', 2_000)
    fixture.setNow('2026-11-20T00:00:00Z')
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    await fixture.report(drill, '2026-10-31T23:00:00Z', 3_000)
    const [row] = await fixture.billing.reconcile(fixture.acme, october)
    // R(1 October in Berlin) = 1,000 + floor(1,000 * 60.917 / 70) = 1,870 from the base on 1 August.
    expect(row).toMatchObject({ advanced: 1_130n, billed: 130n, notBillable: 0n, unassigned: 0n, held: 0n })
  })
})
