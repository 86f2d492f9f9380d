import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  deviceTopics,
  formatInstant,
  getDeviceId,
  getInstant,
  systemActor,
  type DeviceId,
  type ModelId,
} from '../../core/index.ts'
import type { Contract, Invoice, LiveBill } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

const START = '2026-09-30T22:00:00Z'
const END = '2026-10-31T23:00:00Z'

let fixture: BillingFixture
let contract: Contract
let lathe: DeviceId
let seq: number

/** A lathe that is the contract's from October on, at 0.12 a minute. */
beforeEach(async () => {
  fixture = await openBillingFixture()
  seq = 0
  const by = fixture.metering.by(systemActor('test'))
  const rule = { maxPerHour: 3_600n, maxGapMs: 6 * 3_600_000, gapRule: 'spread' as const }
  await by.registerModel({
    id: 'lathe' as ModelId,
    name: 'Lathe',
    manufacturerId: fixture.acme,
    registers: [{ name: 'run_s', unit: 's', ...rule }],
    eventTypes: [
      { type: 'service', isBillable: false },
      { type: 'test_run', isBillable: false },
      { type: 'job' },
    ],
  })
  lathe = getDeviceId('lathe-1')
  await by.registerDevice({
    id: lathe,
    manufacturerId: fixture.acme,
    modelId: 'lathe' as ModelId,
    commissionedAt: getInstant('2026-08-01T00:00:00Z'),
    baseValues: { run_s: 0n },
  })
  contract = await fixture.addContract()
  await fixture.assign(contract, lathe)
  await send(START, 0)
})

afterEach(async () => {
  await fixture.close()
})

async function send(at: string, runS: number, events: readonly object[] = []): Promise<void> {
  seq += 1
  const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS }, events }
  const payload = Buffer.from(JSON.stringify(reading))
  const topic = deviceTopics.readings(lathe)
  const message = { deviceId: lathe, topic, payload, receivedAt: getInstant(at) + 1_000 }
  const { problems } = await fixture.metering.ingest([message])
  expect(problems).toEqual([])
}

const run = (id: string, from: string, to: string, more: object = {}) => ({
  id,
  type: 'service',
  quantity: 0,
  from,
  to,
  ...more,
})

async function bill(): Promise<readonly Invoice[]> {
  expect((await fixture.billing.runBilling({})).waiting).toEqual([])
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
  return items.toSorted((left, right) => left.period.from - right.period.from)
}

const draft = (): Promise<LiveBill> => fixture.billing.draftBill(fixture.acme, contract.id, getInstant(START))

const runOf = (lines: LiveBill['lines']) =>
  lines.filter(({ itemId }) => itemId === 'run').map(({ quantity, amountMinor }) => [quantity, amountMinor])

const leftOut = ({ notBillable }: LiveBill) =>
  notBillable.map(({ reason, eventId, from, to, quantity }) => {
    const at = (instant: number) => formatInstant(instant).slice(5, 16)
    return `${reason} ${eventId}: ${at(from)} to ${at(to)} ${quantity}`
  })

/** Of October, after checking that it adds up. */
async function reconcile(from = START, to = END): Promise<string> {
  const period = { from: getInstant(from), to: getInstant(to) }
  const [row] = await fixture.billing.reconcile(fixture.acme, period)
  if (row === undefined) throw new Error('no row')
  const { advanced, billed, notBillable, unassigned, held } = row
  expect(billed + notBillable + unassigned + held).toBe(advanced)
  return `${advanced} = ${billed} + ${notBillable} + ${unassigned} + ${held}`
}

describe('a service run', () => {
  it('inside a period is in no line, cut where it begins and ends, and named', async () => {
    await send('2026-10-10T08:00:00Z', 1_000)
    // 1,500 s an hour: R(08:30) = 1,750 and R(09:30) = 3,250.
    await send('2026-10-10T10:00:00Z', 4_000, [run('s1', '2026-10-10T08:30:00Z', '2026-10-10T09:30:00Z')])
    await send(END, 10_000)
    const live = await draft()
    // 8,500 s.
    expect(runOf(live.lines)).toEqual([['425/3', 1_700n]])
    expect(leftOut(live)).toEqual(['service s1: 10-10T08:30 to 10-10T09:30 1500'])
    expect(await reconcile()).toBe('10000 = 8500 + 1500 + 0 + 0')
    const [invoice] = await bill()
    expect(invoice && runOf(invoice.lines)).toEqual([['425/3', 1_700n]])
    expect(await reconcile()).toBe('10000 = 8500 + 1500 + 0 + 0')
  })

  it('across the end of a period is left out on both sides', async () => {
    await send('2026-10-31T22:00:00Z', 5_000)
    await send(END, 6_800)
    await send('2026-11-01T01:00:00Z', 10_400, [run('s1', '2026-10-31T22:00:00Z', '2026-11-01T01:00:00Z')])
    await send('2026-11-30T23:00:00Z', 11_000)
    fixture.setNow('2026-12-02T12:00:00Z')
    expect((await bill()).map(({ lines }) => runOf(lines))).toEqual([[['250/3', 1_000n]], [['10', 120n]]])
    expect(await reconcile()).toBe('6800 = 5000 + 1800 + 0 + 0')
    expect(await reconcile(START, '2026-11-30T23:00:00Z')).toBe('11000 = 5600 + 5400 + 0 + 0')
  })

  it('that overlaps another is named once, by the one that began first', async () => {
    await send('2026-10-10T08:00:00Z', 1_000)
    await send('2026-10-10T10:00:00Z', 4_000)
    await send('2026-10-10T11:00:00Z', 5_200, [
      run('t1', '2026-10-10T09:00:00Z', '2026-10-10T11:00:00Z', { type: 'test_run' }),
      run('s1', '2026-10-10T08:00:00Z', '2026-10-10T10:00:00Z'),
    ])
    await send(END, 10_000)
    expect(leftOut(await draft())).toEqual([
      'service s1: 10-10T08:00 to 10-10T10:00 3000',
      'test_run t1: 10-10T10:00 to 10-10T11:00 1200',
    ])
    expect(await reconcile()).toBe('10000 = 5800 + 4200 + 0 + 0')
    expect(runOf((await bill())[0]?.lines ?? [])).toEqual([['290/3', 1_160n]])
  })

  it('that is open runs up to the cutoff, and its period waits for its end', async () => {
    await send('2026-10-10T08:00:00Z', 1_000)
    await send('2026-10-10T08:30:00Z', 1_800, [
      run('s1', '2026-10-10T08:00:00Z', '2026-10-10T08:30:00Z', { open: true }),
    ])
    await send('2026-10-10T12:00:00Z', 3_000)
    const live = await fixture.billing.liveBill(fixture.acme, contract.id, getInstant('2026-10-10T12:00:00Z'))
    expect(runOf(live.lines)).toEqual([['50/3', 200n]])
    expect(leftOut(live)).toEqual(['service s1: 10-10T08:00 to 10-10T12:00 2000'])
    await send(END, 10_000)
    expect((await fixture.billing.runBilling({})).waiting).toMatchObject([{ code: 'usage_not_reported' }])
    await send('2026-11-01T08:00:00Z', 10_000, [run('s1', '2026-10-10T08:00:00Z', '2026-10-10T10:00:00Z')])
    // R(10:00) = 1,800 + floor(1,200 × 1.5 / 3.5) = 2,314: 1,314 s are left out.
    expect(runOf((await bill())[0]?.lines ?? [])).toEqual([['4343/30', 1_737n]])
    expect(await reconcile()).toBe('10000 = 8686 + 1314 + 0 + 0')
  })

  it('that arrives after the invoice is given back on the next one', async () => {
    await send('2026-10-10T08:00:00Z', 1_000)
    await send('2026-10-10T10:00:00Z', 4_000)
    await send('2026-10-31T22:00:00Z', 9_000)
    await send('2026-11-01T02:00:00Z', 10_000)
    expect((await bill()).map(({ lines }) => runOf(lines))).toEqual([[['925/6', 1_850n]]])
    await send('2026-11-01T03:00:00Z', 10_000, [
      run('s1', '2026-10-10T08:00:00Z', '2026-10-10T10:00:00Z'),
      // R(23:00) = 9,250, R(02:00) = 10,000: 250 s of October, 750 of November.
      run('s2', '2026-10-31T22:00:00Z', '2026-11-01T02:00:00Z'),
    ])
    await send('2026-11-30T23:00:00Z', 16_000)
    fixture.setNow('2026-12-02T12:00:00Z')
    const [, november] = await bill()
    // 6,000 s of November; 3,250 s of October back.
    expect(november && runOf(november.lines)).toEqual([
      ['100', 1_200n],
      ['-325/6', -650n],
    ])
    expect(await reconcile()).toBe('9250 = 6000 + 3250 + 0 + 0')
  })
})

describe('in a service run', () => {
  async function moveTo(items: readonly object[]): Promise<void> {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Other prices',
      effectiveAt: getInstant('2026-08-01T00:00:00Z'),
      document: { currency: 'EUR', items },
    })
    await fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId, from: getInstant(START) })
  }
  const say = (lines: LiveBill['lines']) =>
    lines.map(({ itemId, quantity, amountMinor }) => `${itemId} ${quantity} ${amountMinor}`)

  it('a peak is none: the largest quarter of an hour outside counts', async () => {
    await moveTo([
      {
        type: 'per_unit',
        id: 'peak',
        description: 'Peak',
        register: 'run_s',
        aggregation: 'peak',
        scope: 'device',
        per: 60,
        unit: 'min',
        price: '1.00',
      },
    ])
    await send('2026-10-10T08:00:00Z', 0)
    await send('2026-10-10T08:15:00Z', 300)
    await send('2026-10-10T08:30:00Z', 1_200, [run('s1', '2026-10-10T08:15:00Z', '2026-10-10T08:30:00Z')])
    await send(END, 1_200)
    // 300 s from 08:00 on; the 900 s after are service.
    expect(say((await draft()).lines)).toEqual(['peak 5 500'])
  })

  it('an event that lies in it is free, one that only touches it is not', async () => {
    await moveTo([
      {
        type: 'per_unit',
        id: 'jobs',
        description: 'Jobs',
        event: 'job',
        aggregation: 'count',
        per: 1,
        unit: 'job',
        price: '2.00',
      },
    ])
    const job = (id: string, from: string, to: string) => run(id, from, to, { type: 'job', quantity: 1 })
    await send('2026-10-10T12:00:00Z', 0, [
      job('before', '2026-10-10T08:00:00Z', '2026-10-10T09:30:00Z'),
      job('inside', '2026-10-10T09:00:00Z', '2026-10-10T10:00:00Z'),
      job('after', '2026-10-10T09:59:00Z', '2026-10-10T11:00:00Z'),
      run('s1', '2026-10-10T09:00:00Z', '2026-10-10T10:00:00Z'),
    ])
    await send(END, 0)
    expect(say((await draft()).lines)).toEqual(['jobs 2 400'])
  })
})

describe('a tariff', () => {
  it('that prices a service run is refused with what to do', async () => {
    const count = { type: 'per_unit', id: 'a', description: 'A', per: 1, unit: 'run', price: '1' }
    const publish = (event: string) =>
      fixture.billing.publishTariff(fixture.acme, {
        name: event,
        effectiveAt: getInstant('2027-01-01T00:00:00Z'),
        document: { ...tariffDocument, items: [{ ...count, event, aggregation: 'count' }] },
      })
    await expect(publish('service')).rejects.toMatchObject({ code: 'tariff_event_not_billable' })
    const { tariffId } = await publish('job')
    expect(await fixture.billing.listTariffVersions(fixture.acme, tariffId)).toHaveLength(1)
  })
})
