/** Periods too small to be charged alone: billed with the next one, once, by all that is known then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatInstant, getInstant, type DeviceId } from '../../core/index.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'
import type { Contract, Invoice } from '../billing-types.ts'

const minimumChargeOf = () => Promise.resolve(50n)
const perMinute = {
  type: 'per_unit',
  id: 'run',
  description: 'Run time',
  register: 'run_s',
  price: '0.10',
  per: 60,
  unit: 'min',
}

let fixture: BillingFixture
let drill: DeviceId
beforeEach(async () => {
  fixture = await openBillingFixture({ minimumChargeOf })
  drill = await fixture.addDevice('drill-1')
})
afterEach(() => fixture.close())

const october = '2026-09-30T22:00:00.000Z'
const november = '2026-10-31T23:00:00.000Z'
const december = '2026-11-30T23:00:00.000Z'
const january = '2026-12-31T23:00:00.000Z'

async function publish(items: readonly object[] = [perMinute], more: object = {}) {
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Small',
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: { currency: 'EUR', items, ...more },
  })
  return tariffId
}

async function aContract(input: Parameters<BillingFixture['addContract']>[0] = {}): Promise<Contract> {
  const contract = await fixture.addContract({ tariffId: input.tariffId ?? (await publish()), ...input })
  const to = contract.endsAt === undefined ? undefined : formatInstant(contract.endsAt)
  await fixture.assign(contract, drill, october, to)
  await fixture.report(drill, october, 1_000)
  return contract
}

async function invoicesOf(contract: Contract): Promise<readonly Invoice[]> {
  const page = { limit: 10, contractId: contract.id }
  return (await fixture.billing.listInvoices(fixture.acme, page)).items.toReversed()
}

function linesOf({ lines }: Pick<Invoice, 'lines'>) {
  return lines.map(({ itemId, quantity, amountMinor, explanation: { period } }) => {
    return [itemId, formatInstant(period.from), quantity, amountMinor]
  })
}

function spanOf({ period }: Pick<Invoice, 'period'>) {
  return [formatInstant(period.from), formatInstant(period.to)]
}

describe('a period whose bill is above zero and below the minimum', () => {
  it('is billed with the next one, until the sum reaches the minimum', async () => {
    const contract = await aContract()
    // 2 min: 0.20.
    await fixture.report(drill, november, 1_120)
    expect(await fixture.billing.forecastBilling(fixture.acme)).toMatchObject({
      ready: [{ totalMinor: 20n, isToBeCarried: true }],
      carried: [],
    })
    const first = await fixture.billing.runBilling({})
    expect(first).toMatchObject({ issued: [], waiting: [] })
    expect(first.carried).toEqual([
      {
        contractId: contract.id,
        period: { from: getInstant(october), to: getInstant(november) },
        totalMinor: 20n,
        currency: 'EUR',
      },
    ])
    expect(await fixture.billing.runBilling({})).toMatchObject({ issued: [], carried: [] })
    expect(await fixture.billing.forecastBilling(fixture.acme)).toMatchObject({
      ready: [],
      carried: [{ contractId: contract.id, customerName: 'Site', totalMinor: 20n, currency: 'EUR' }],
    })

    // 2.5 min: 0.25, with 0.20 below 0.50 still.
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_270)
    const second = await fixture.billing.runBilling({})
    expect([second.issued, second.carried.map(({ totalMinor }) => totalMinor)]).toEqual([[], [45n]])
    const toCarry = { period: { from: getInstant(october), to: getInstant(december) }, totalMinor: 45n }
    expect((await fixture.billing.forecastBilling(fixture.acme)).carried).toMatchObject([toCarry])

    // 1 min: 0.10, with 0.45 above it.
    fixture.setNow('2027-01-01T12:00:00Z')
    await fixture.report(drill, january, 1_330)
    const live = await fixture.billing.liveBill(fixture.acme, contract.id, getInstant(january))
    const draft = await fixture.billing.draftBill(fixture.acme, contract.id)
    const third = await fixture.billing.runBilling({})
    expect([third.issued.length, third.carried, third.waiting]).toEqual([1, [], []])
    const [invoice, ...others] = await invoicesOf(contract)
    if (invoice === undefined) throw new Error('nothing was issued')
    expect(others).toEqual([])
    expect([invoice.totalMinor, spanOf(invoice)]).toEqual([55n, [october, january]])
    expect(linesOf(invoice)).toEqual([
      ['run', october, '2', 20n],
      ['run', november, '2.5', 25n],
      ['run', december, '1', 10n],
    ])
    // I6
    expect([live.lines, draft.lines]).toEqual([invoice.lines, invoice.lines])
    expect(live.carried).toEqual([
      { period: { from: getInstant(october), to: getInstant(november) }, linesMinor: 20n },
      { period: { from: getInstant(november), to: getInstant(december) }, linesMinor: 25n },
    ])
    expect((await fixture.billing.forecastBilling(fixture.acme)).carried).toEqual([])
    expect(await Array.fromAsync(replayInvoices(fixture.ledger, {}))).toMatchObject([{ outcome: 'same' }])
    expect(await fixture.billing.runBilling({})).toMatchObject({ issued: [], carried: [], waiting: [] })
  })

  it('is issued at the minimum, at zero and without a minimum as ever', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_300)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_300)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    fixture.setNow('2027-01-01T12:00:00Z')
    await fixture.report(drill, january, 1_301)
    const without = fixture.openAnother({ minimumChargeOf: () => Promise.resolve(0n) })
    expect((await without.runBilling({})).issued).toHaveLength(1)
    // 5 min, 0, and 1/60 min: 0.0017
    expect((await invoicesOf(contract)).map(({ totalMinor }) => totalMinor)).toEqual([50n, 0n, 0n])
  })

  it('is issued whatever it is where the contract ends with it', async () => {
    const contract = await aContract({ endsAt: getInstant(december) })
    await fixture.report(drill, november, 1_120)
    expect((await fixture.billing.runBilling({})).carried).toHaveLength(1)
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_180)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    const [invoice] = await invoicesOf(contract)
    expect([invoice?.totalMinor, invoice && spanOf(invoice)]).toEqual([30n, [october, december]])
  })

  it('is issued whatever it is where the next one is in another currency', async () => {
    const tariffId = await publish()
    await fixture.billing.publishTariff(fixture.acme, {
      tariffId,
      name: 'Small',
      effectiveAt: getInstant(november),
      document: { currency: 'CHF', items: [perMinute] },
    })
    await aContract({ tariffId })
    await fixture.report(drill, november, 1_120)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
  })

  it.each([
    ['the currency', { currency: 'CHF', items: [perMinute] }, 'currency_mismatch'],
    ['the kind of its prices', { currency: 'EUR', prices: 'gross', items: [perMinute] }, 'tax_prices_mixed'],
  ])('keeps %s until it is billed', async (_name, document, code) => {
    const tariffId = await publish()
    const contract = await aContract({ tariffId })
    await fixture.report(drill, november, 1_120)
    expect((await fixture.billing.runBilling({})).carried).toHaveLength(1)
    const others = { name: 'Other', document }
    const effectiveAt = getInstant('2026-08-01T00:00:00Z')
    const other = await fixture.billing.publishTariff(fixture.acme, { ...others, effectiveAt })
    const change = (from: string) =>
      fixture.billing.changeTariff(fixture.acme, contract.id, { ...other, from: getInstant(from) })
    await expect(change(november)).rejects.toMatchObject({ code })
    const republish = (from: string) =>
      fixture.billing.publishTariff(fixture.acme, { ...others, tariffId, effectiveAt: getInstant(from) })
    await expect(republish(november)).rejects.toMatchObject({ code })
    await republish(january)
    await change(december)
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_180)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    // 3 min, below the minimum, since what follows is of another kind.
    expect(await invoicesOf(contract)).toMatchObject([{ currency: 'EUR', totalMinor: 30n }])
  })

  it('has what became known later on the invoice that it is billed with, and what comes after that as a correction', async () => {
    const contract = await aContract()
    fixture.setNow('2026-11-05T12:00:00Z')
    // Nothing is known of the end of October: the register stands still at 1,000 + 120.
    await fixture.report(drill, '2026-10-20T00:00:00Z', 1_120)
    expect((await fixture.billing.runBilling({})).carried).toMatchObject([{ totalMinor: 20n }])
    // Late: three minutes more in October.
    await fixture.report(drill, november, 1_300)
    await fixture.report(drill, '2026-11-20T00:00:00Z', 1_360)
    fixture.setNow('2026-12-05T12:00:00Z')
    const { issued } = await fixture.billing.runBilling({})
    const [invoice] = await invoicesOf(contract)
    if (invoice === undefined) throw new Error('nothing was issued')
    expect(linesOf(invoice)).toEqual([
      ['run', october, '5', 50n],
      ['run', november, '1', 10n],
    ])
    // Two minutes more at the end of November, then ten in December.
    await fixture.report(drill, december, 1_480)
    fixture.setNow('2027-01-01T12:00:00Z')
    await fixture.report(drill, january, 2_080)
    expect((await fixture.billing.runBilling({})).waiting).toEqual([])
    const [, next] = await invoicesOf(contract)
    if (next === undefined) throw new Error('nothing was issued')
    expect(linesOf(next)).toEqual([
      ['run', december, '10', 100n],
      ['run', november, '2', 20n],
    ])
    expect(next.lines[1]?.correctsId).toBe(issued[0])
    const span = { from: getInstant(october), to: getInstant(january) }
    expect(await fixture.billing.reconcile(fixture.acme, span)).toMatchObject([
      { register: 'run_s', advanced: 1_080n, billed: 1_080n, unassigned: 0n, held: 0n },
      { register: 'energy_wh' },
    ])
    expect(await Array.fromAsync(replayInvoices(fixture.ledger, {}))).toMatchObject([
      { outcome: 'same' },
      { outcome: 'same' },
    ])
  })

  it('takes manual lines with it', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_120)
    await fixture.billing.addManualLine(fixture.acme, contract.id, {
      description: 'Key',
      amountMinor: 10n,
      currency: 'EUR',
      taxCategory: 'standard',
      reason: 'A spare key',
    })
    expect((await fixture.billing.runBilling({})).carried).toMatchObject([{ totalMinor: 30n }])
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_240)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    const [invoice] = await invoicesOf(contract)
    expect(invoice && linesOf(invoice)).toEqual([
      ['run', october, '2', 20n],
      ['run', november, '2', 20n],
      ['manual', november, '1', 10n],
    ])
    expect(await Array.fromAsync(replayInvoices(fixture.ledger, {}))).toMatchObject([{ outcome: 'same' }])
  })

  it('cannot be invoiced by hand, and keeps its borders', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_120)
    const at = getInstant('2026-10-15T00:00:00Z')
    const refusal = { code: 'period_carried' }
    await expect(fixture.billing.billPeriod(fixture.acme, contract.id, at)).rejects.toMatchObject(refusal)
    await expect(fixture.billing.billPeriod(fixture.acme, contract.id, at)).rejects.toMatchObject(refusal)
    const zone = { timeZone: 'Asia/Tokyo', from: at }
    await expect(fixture.billing.changeTimeZone(fixture.acme, contract.id, zone)).rejects.toMatchObject(
      refusal,
    )
    for (const change of [
      fixture.ledger.updateTable('carried_periods').set({ total_minor: 1n }).execute(),
      fixture.ledger.deleteFrom('carried_periods').execute(),
    ]) {
      await expect(change).rejects.toThrow('carried_period_stays')
    }
  })

  it('is billed once by runs beside each other', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_120)
    const others = [fixture.openAnother(), fixture.openAnother()]
    const runAll = () => Promise.all([fixture.billing, ...others].map((each) => each.runBilling({})))
    for (const { issued, waiting } of await runAll()) expect([issued, waiting]).toEqual([[], []])
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_420)
    const reports = await runAll()
    expect(reports.flatMap(({ issued }) => issued)).toHaveLength(1)
    const [invoice, ...rest] = await invoicesOf(contract)
    expect([invoice?.totalMinor, rest]).toEqual([70n, []])
    const entries = await fixture.ledger
      .selectFrom('audit_entries')
      .select('subject_id')
      .where('action', '=', 'contract.period_carried')
      .execute()
    expect(entries).toEqual([{ subject_id: contract.id }])
  })

  it('is either carried or issued where two runs know different minimums', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_120)
    const without = fixture.openAnother({ minimumChargeOf: () => Promise.resolve(0n) })
    const [carrying, issuing] = await Promise.all([fixture.billing.runBilling({}), without.runBilling({})])
    expect(carrying.carried.length + issuing.issued.length).toBe(1)
    const again = await fixture.billing.runBilling({})
    expect([again.carried, again.issued, again.waiting]).toEqual([[], [], []])
    expect(await invoicesOf(contract)).toHaveLength(issuing.issued.length)
  })

  it('comes back with the invoice that is issued anew', async () => {
    const contract = await aContract()
    await fixture.report(drill, november, 1_120)
    await fixture.billing.runBilling({})
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_420)
    const [wrong] = (await fixture.billing.runBilling({})).issued
    if (wrong === undefined) throw new Error('nothing was issued')
    const { invoiceId } = await fixture.billing.reissueInvoice(fixture.acme, wrong, { reason: 'Address' })
    const again = await fixture.billing.findInvoice(fixture.acme, invoiceId)
    if (again === undefined) throw new Error('nothing was issued anew')
    expect([again.totalMinor, spanOf(again), again.replacesId]).toEqual([70n, [october, december], wrong])
    expect(linesOf(again)).toEqual([
      ['run', october, '2', 20n],
      ['run', november, '5', 50n],
    ])
    expect((await invoicesOf(contract)).map(({ status }) => status).toSorted()).toEqual(['issued', 'void'])
    // Void alone: both are unbilled, and nothing else bills them.
    await fixture.billing.voidInvoice(fixture.acme, invoiceId, { reason: 'Address' })
    expect(await fixture.billing.runBilling({})).toMatchObject({ issued: [], carried: [], waiting: [] })
    expect(
      await fixture.billing.reconcile(fixture.acme, { from: getInstant(october), to: getInstant(december) }),
    ).toMatchObject([
      { register: 'run_s', advanced: 420n, billed: 0n, held: 420n },
      { register: 'energy_wh' },
    ])
    const last = await fixture.billing.reissueInvoice(fixture.acme, invoiceId, { reason: 'Address' })
    expect((await fixture.billing.findInvoice(fixture.acme, last.invoiceId))?.totalMinor).toBe(70n)
  })
})

describe('the tax of carried periods', () => {
  it('is that of the day on which the last of them ended, per rate on all lines', async () => {
    const fee = (id: string, price: string, taxCategory: string) => {
      return { type: 'flat', id, description: id, price, taxCategory }
    }
    const rate = { place: 'DE', category: 'standard', percent: '0', kind: 'zero' } as const
    const [zero] = (await fixture.billing.listTaxRates(fixture.acme, { limit: 10 })).items
    if (zero === undefined) throw new Error('the fixture has a rate')
    await fixture.billing.endTaxRate(fixture.acme, zero.id, '2026-11-01')
    await fixture.billing.addTaxRate(fixture.acme, {
      ...rate,
      percent: '19',
      kind: 'standard',
      from: '2026-11-01',
    })
    await fixture.billing.addTaxRate(fixture.acme, {
      ...rate,
      category: 'reduced',
      percent: '7',
      kind: 'reduced',
      from: '2026-01-01',
    })
    const tariffId = await publish([fee('base', '0.13', 'standard'), fee('book', '0.16', 'reduced')])
    const contract = await aContract({ tariffId })
    await fixture.report(drill, november, 1_000)
    // 0.13 at 0 %, 0.16 and 0.01 at 7 %.
    expect((await fixture.billing.runBilling({})).carried).toMatchObject([{ totalMinor: 30n }])
    fixture.setNow('2026-12-01T12:00:00Z')
    await fixture.report(drill, december, 1_000)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    const [invoice] = await invoicesOf(contract)
    // 0.26 at 19 %: 0.0494; 0.32 at 7 %: 0.0224.
    expect(invoice?.taxes.map(({ percent, netMinor, taxMinor }) => [percent, netMinor, taxMinor])).toEqual([
      ['19', 26n, 5n],
      ['7', 32n, 2n],
    ])
    expect(await Array.fromAsync(replayInvoices(fixture.ledger, {}))).toMatchObject([{ outcome: 'same' }])
  })
})
