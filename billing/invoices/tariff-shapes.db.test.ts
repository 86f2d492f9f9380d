/** Contracts with tariffs of other shapes than "price per unit", from ingested readings to issued invoices; the money is worked out by hand. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  deviceTopics,
  getDeviceId,
  getInstant,
  systemActor,
  type DeviceId,
  type ModelId,
} from '../../core/index.ts'
import type { CreateContractInput } from '../billing-changes.ts'
import type { Contract, Invoice } from '../billing-types.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let seq = 0
beforeEach(async () => {
  fixture = await openBillingFixture()
  await fixture.billing.addTaxRate(fixture.acme, {
    place: 'DE',
    category: 'reduced',
    percent: '0',
    kind: 'zero',
    from: '1980-01-01',
  })
  seq = 0
})
afterEach(() => fixture.close())

const OCTOBER = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' }
const washer = 'washer' as ModelId

async function aContract(
  items: readonly object[],
  more: object = {},
  contract: Partial<CreateContractInput> = {},
): Promise<Contract> {
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Shapes',
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: { currency: 'EUR', items, ...more },
  })
  return await fixture.addContract({ tariffId, ...contract })
}

/** A device of a model with event types, at a site. */
async function aWasher(id: string, site?: string, heartbeatMs = 3_600_000): Promise<DeviceId> {
  const by = fixture.metering.by(systemActor('test'))
  const rule = { maxPerHour: 3_600n, maxGapMs: 6 * 3_600_000, gapRule: 'spread' as const }
  await by.registerModel({
    id: washer,
    name: 'Washer',
    manufacturerId: fixture.acme,
    registers: [{ name: 'run_s', unit: 's', ...rule }],
    eventTypes: [{ type: 'wash', heartbeatMs }, { type: 'charge' }],
  })
  const deviceId = getDeviceId(id)
  await by.registerDevice({
    id: deviceId,
    manufacturerId: fixture.acme,
    modelId: washer,
    commissionedAt: getInstant('2026-08-01T00:00:00Z'),
    baseValues: { run_s: 0n },
    ...(site === undefined ? {} : { site }),
  })
  return deviceId
}

async function sendEvents(deviceId: DeviceId, at: string, events: readonly object[]): Promise<void> {
  seq += 1
  const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: 0 }, events }
  const { problems } = await fixture.metering.ingest([
    {
      deviceId,
      topic: deviceTopics.readings(deviceId),
      payload: Buffer.from(JSON.stringify(reading)),
      receivedAt: getInstant(at) + 1_000,
    },
  ])
  expect(problems).toEqual([])
}

async function issueOnly(): Promise<Invoice> {
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect(waiting).toEqual([])
  expect(issued).toHaveLength(1)
  const invoice = await fixture.billing.findInvoice(fixture.acme, issued[0] ?? '')
  if (invoice === undefined) throw new Error('the invoice is not there')
  return invoice
}

async function waitingCodes(): Promise<readonly string[]> {
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect(issued).toEqual([])
  return waiting.map(({ code }) => code)
}

const amountsOf = ({ lines }: Pick<Invoice, 'lines'>) =>
  lines.map(({ itemId, quantity, amountMinor }) => [itemId, quantity, amountMinor])

describe('a graduated tariff', () => {
  const tiers = {
    type: 'graduated',
    id: 'run',
    description: 'Run time',
    taxCategory: 'reduced',
    register: 'run_s',
    per: 60,
    unit: 'min',
    tiers: [{ upTo: '100', price: '0.20' }, { price: '0.10' }],
  }

  it('is billed by its tiers, without a unit price, as the draft had it', async () => {
    const contract = await aContract([tiers])
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, OCTOBER.from, 1_000)
    await fixture.report(drill, OCTOBER.to, 10_000)
    const draft = await fixture.billing.draftBill(fixture.acme, contract.id)
    const invoice = await issueOnly()
    // 9,000 s are 150 min: 100 at 0.20 and 50 at 0.10.
    expect(amountsOf(invoice)).toEqual([['run', '150', 2_500n]])
    expect(invoice.lines).toEqual(draft.lines)
    const [line] = invoice.lines
    expect(line?.unitPrice).toBeUndefined()
    expect(line?.taxCategory).toBe('reduced')
    expect(line?.explanation.steps).toEqual([
      { kind: 'tier', above: '0', upTo: '100', quantity: '100', price: '0.20', flat: '0', amount: '20' },
      { kind: 'tier', above: '100', upTo: null, quantity: '50', price: '0.10', flat: '0', amount: '5' },
    ])
  })

  it('has its part of the bounds where the contract began inside the period', async () => {
    const contract = await aContract([tiers], {}, { startsAt: getInstant('2026-10-16T10:00:00Z') })
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-10-16T10:00:00Z', 1_000)
    await fixture.report(drill, OCTOBER.to, 7_000)
    // From 16 October, 10:00, to the end are 373 of 745 hours: the bound is 100 × 373/745 = 7460/149 min.
    // 100 min cost 7460/149 × 0.20 + (14900 − 7460)/149 × 0.10 = 1492/149 + 744/149 = 2236/149 = 15.0067… EUR.
    expect((await issueOnly()).totalMinor).toBe(1_501n)
  })
})

describe('a tariff by the time of day', () => {
  const calendars = {
    clock: {
      bands: [
        {
          id: 'night',
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          from: '00:00',
          to: '06:00',
        },
      ],
      otherwise: 'day',
    },
  }
  const inKwh = { register: 'energy_wh', per: 1_000, unit: 'kWh' }
  const byClock = {
    type: 'time_of_use',
    id: 'energy',
    description: 'Energy',
    ...inKwh,
    calendar: 'clock',
    prices: { night: '0.10', day: '0.30' },
  }
  const peak = {
    type: 'per_unit',
    id: 'peak',
    description: 'Peak',
    scope: 'device',
    aggregation: 'peak',
    register: 'energy_wh',
    per: 1,
    unit: 'Wh',
    price: '0.01',
  }

  /** 100 Wh in each hour from the instant on, read every few hours. */
  async function run(drill: DeviceId, from: string, wh: number, hours: readonly number[]): Promise<void> {
    for (const hour of hours) {
      const at = new Date(getInstant(from) + hour * 3_600_000).toISOString()
      await fixture.report(drill, at, 1_000, wh + 100 * hour)
    }
  }

  it('counts the hour that comes twice in its band, and a register whose peak has a price too once', async () => {
    const day = { startsAt: getInstant('2026-10-24T22:00:00Z'), endsAt: getInstant('2026-10-25T23:00:00Z') }
    const cadence = { unit: 'day', count: 1 } as const
    const contract = await aContract([byClock, peak], { calendars }, { ...day, cadence })
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')
    await run(drill, '2026-10-24T22:00:00Z', 500, [0, 5, 10, 15, 20, 25])
    const invoice = await issueOnly()
    // Night lasts 7 hours: 0.7 kWh × 0.10 = 0.07; day 18 hours: 1.8 kWh × 0.30 = 0.54. Peak: 25 Wh × 0.01.
    expect(amountsOf(invoice)).toEqual([
      ['energy', '2.5', 61n],
      ['peak', '25', 25n],
    ])
    expect(invoice.lines[0]?.explanation.usage.map(({ quantity }) => quantity)).toEqual([700n, 1_800n])
    const span = { from: day.startsAt, to: day.endsAt }
    expect(await fixture.billing.reconcile(fixture.acme, span)).toMatchObject([
      { register: 'run_s', advanced: 0n, billed: 0n },
      { register: 'energy_wh', advanced: 2_500n, billed: 2_500n, notBillable: 0n, unassigned: 0n },
    ])
  })

  it('misses the hour that is skipped in its band', async () => {
    const contract = await aContract([byClock], { calendars }, { cadence: { unit: 'day', count: 1 } })
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await run(drill, '2027-03-27T23:00:00Z', 500, [0, 5, 10, 15, 20, 23])
    fixture.setNow('2027-03-29T12:00:00Z')
    const bill = await fixture.billing.draftBill(
      fixture.acme,
      contract.id,
      getInstant('2027-03-28T12:00:00Z'),
    )
    // Night lasts 5 hours: 0.5 kWh × 0.10 = 0.05; day 18 hours: 0.54.
    expect(amountsOf(bill)).toEqual([['energy', '2.3', 59n]])
  })
})

describe('events', () => {
  const items = [
    {
      type: 'matrix',
      id: 'wash',
      description: 'Wash',
      event: 'wash',
      per: 1,
      unit: 'wash',
      labels: ['programme'],
      cells: [
        { labels: { programme: 'eco' }, price: '2.50' },
        { labels: { programme: 'hot' }, price: '4.00' },
      ],
    },
    {
      type: 'session',
      id: 'charge',
      description: 'Charging',
      event: 'charge',
      startFee: '1.00',
      price: '0.10',
      increment: 60,
    },
  ]
  const eco = { type: 'wash', quantity: 1, labels: { programme: 'eco' } }

  it('are billed where they end, while the device was assigned, by their labels and by their length', async () => {
    const contract = await aContract(items)
    const device = await aWasher('washer-1')
    await fixture.assign(contract, device, '2026-10-03T00:00:00Z')
    await sendEvents(device, '2026-11-01T00:00:00Z', [
      { ...eco, id: 'before', from: '2026-10-02T08:00:00Z', to: '2026-10-02T09:00:00Z' },
      { ...eco, id: 'w1', from: '2026-10-05T09:00:00Z', to: '2026-10-05T10:00:00Z' },
      {
        ...eco,
        id: 'w2',
        from: '2026-10-05T11:00:00Z',
        to: '2026-10-05T12:00:00Z',
        labels: { programme: 'hot' },
      },
      // Its last sign of life is older than its type allows: it ended with it.
      { ...eco, id: 'w3', from: '2026-10-10T09:00:00Z', to: '2026-10-10T10:00:00Z', open: true },
      { ...eco, id: 'next', from: '2026-10-31T22:00:00Z', to: OCTOBER.to },
      { id: 'c1', type: 'charge', quantity: 0, from: '2026-10-06T08:00:00Z', to: '2026-10-06T08:10:30Z' },
    ])
    const invoice = await issueOnly()
    // 2 eco × 2.50 + 1 hot × 4.00 = 9.00. 630 s are 11 begun minutes: 1.00 + 11 × 0.10 = 2.10.
    expect(amountsOf(invoice)).toEqual([
      ['wash', '3', 900n],
      ['charge', '1', 210n],
    ])
    expect(invoice.lines[0]?.explanation.events.map(({ id }) => id)).toEqual(['w1', 'w2', 'w3'])
    fixture.setNow('2026-12-02T00:00:00Z')
    await sendEvents(device, '2026-12-01T00:00:00Z', [])
    expect(amountsOf(await issueOnly())).toEqual([
      ['wash', '1', 250n],
      ['charge', '0', 0n],
    ])
  })

  it('that still run are waited for until the grace is over, and are not billed', async () => {
    const contract = await aContract(items)
    const device = await aWasher('washer-1')
    await fixture.assign(contract, device)
    await sendEvents(device, '2026-11-01T00:00:00Z', [
      {
        id: 'c1',
        type: 'charge',
        quantity: 0,
        from: '2026-10-06T08:00:00Z',
        to: '2026-10-20T08:00:00Z',
        open: true,
      },
    ])
    expect(await waitingCodes()).toEqual(['usage_not_reported'])
    fixture.setNow('2026-11-04T00:00:00Z')
    expect((await issueOnly()).totalMinor).toBe(0n)
  })

  it('whose end by the rule of their type shows after the grace are on the next invoice', async () => {
    const contract = await aContract(items)
    // A week of silence ends a wash with its last sign of life.
    const device = await aWasher('washer-1', undefined, 7 * 86_400_000)
    await fixture.assign(contract, device)
    const sign = { from: '2026-10-31T20:00:00Z', to: '2026-10-31T21:00:00Z', open: true }
    await sendEvents(device, '2026-11-01T00:00:00Z', [{ ...eco, id: 'w1', ...sign }])
    fixture.setNow('2026-11-04T00:00:00Z')
    expect((await issueOnly()).totalMinor).toBe(0n)
    fixture.setNow('2026-12-02T00:00:00Z')
    await sendEvents(device, '2026-12-01T00:00:00Z', [])
    expect(amountsOf(await issueOnly())).toEqual([
      ['wash', '0', 0n],
      ['charge', '0', 0n],
      ['wash', '1', 250n],
    ])
    fixture.setNow('2027-01-02T00:00:00Z')
    await sendEvents(device, '2027-01-01T00:00:00Z', [])
    expect(amountsOf(await issueOnly())).toHaveLength(2)
  })

  it('of a device that has not reported since are waited for', async () => {
    const contract = await aContract(items)
    const device = await aWasher('washer-1')
    await fixture.assign(contract, device)
    await sendEvents(device, '2026-10-30T00:00:00Z', [])
    expect(await waitingCodes()).toEqual(['usage_not_reported'])
  })

  it('with a label that has no price stop the invoice', async () => {
    const contract = await aContract(items)
    const device = await aWasher('washer-1')
    await fixture.assign(contract, device)
    const wool = { ...eco, labels: { programme: 'wool' } }
    await sendEvents(device, '2026-11-01T00:00:00Z', [
      { ...wool, id: 'w1', from: '2026-10-05T09:00:00Z', to: '2026-10-05T10:00:00Z' },
    ])
    expect(await waitingCodes()).toEqual(['tariff_cell_missing'])
  })

  it('of a type that none of the contract’s devices declares stop the invoice', async () => {
    await aWasher('washer-1')
    const [wash] = items
    const base = {
      type: 'per_unit',
      id: 'run',
      description: 'Run',
      register: 'run_s',
      per: 60,
      unit: 'min',
      price: '1',
    }
    const contract = await aContract([base, wash ?? {}])
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, OCTOBER.to, 1_000)
    expect(await waitingCodes()).toEqual(['tariff_event_unknown'])
  })
})

describe('a pool of a site', () => {
  const pooled = {
    type: 'per_unit',
    id: 'run',
    description: 'Run time',
    scope: 'site',
    register: 'run_s',
    per: 60,
    unit: 'min',
    price: '0.30',
    included: '100',
  }

  it('shares one allowance and its cost among its devices', async () => {
    const contract = await aContract([pooled])
    const minutes = [
      ['washer-1', 'north', 90],
      ['washer-2', 'north', 60],
      ['washer-3', 'south', 40],
    ] as const
    for (const [id, site, used] of minutes) {
      const device = await aWasher(id, site)
      await fixture.assign(contract, device)
      await fixture.report(device, OCTOBER.from, 0)
      await fixture.report(device, OCTOBER.to, used * 60)
    }
    const invoice = await issueOnly()
    // North: 150 min less 100 included, 50 × 0.30 = 15.00, of which 90:60 are 9.00 and 6.00. South: 40 min, all included.
    expect(amountsOf(invoice)).toEqual([
      ['run', '150', 1_500n],
      ['run', '40', 0n],
    ])
    expect(invoice.lines.map(({ explanation }) => explanation.member)).toEqual([
      { kind: 'site', id: 'north' },
      { kind: 'site', id: 'south' },
    ])
    expect(invoice.lines[0]?.explanation.allocation).toEqual([
      { deviceId: 'washer-1', amountMinor: 900n },
      { deviceId: 'washer-2', amountMinor: 600n },
    ])
  })

  it('is not guessed for a device without a site', async () => {
    const contract = await aContract([pooled])
    const device = await aWasher('washer-1')
    await fixture.assign(contract, device)
    await fixture.report(device, OCTOBER.to, 0)
    expect(await waitingCodes()).toEqual(['tariff_pool_unclear'])
  })
})

describe('a peak', () => {
  const peak = {
    type: 'per_unit',
    id: 'peak',
    description: 'Peak',
    register: 'energy_wh',
    aggregation: 'peak',
    scope: 'device',
    per: 100,
    unit: 'step',
    price: '2.00',
  }

  it('is the largest measured quarter of an hour, and leaves the advance itself without a price', async () => {
    const contract = await aContract([peak])
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, OCTOBER.from, 1_000, 500)
    await fixture.report(drill, '2026-09-30T22:15:00Z', 1_000, 800)
    await fixture.report(drill, '2026-09-30T22:30:00Z', 1_000, 900)
    await fixture.report(drill, OCTOBER.to, 1_000, 900)
    const invoice = await issueOnly()
    // 300 Wh in the first quarter: 3 × 2.00.
    expect(amountsOf(invoice)).toEqual([['peak', '3', 600n]])
    expect(invoice.lines[0]?.explanation.peaks).toMatchObject([
      { quantity: 300n, at: getInstant(OCTOBER.from), unit: 'Wh' },
    ])
    const span = { from: getInstant(OCTOBER.from), to: getInstant(OCTOBER.to) }
    expect(await fixture.billing.reconcile(fixture.acme, span)).toMatchObject([
      { register: 'run_s' },
      { register: 'energy_wh', advanced: 400n, billed: 0n, notBillable: 400n, held: 0n },
    ])
  })

  it('of which only estimates are known holds the invoice', async () => {
    const contract = await aContract([peak])
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, OCTOBER.from, 1_000, 500)
    await fixture.report(drill, OCTOBER.to, 1_000, 900)
    expect(await waitingCodes()).toEqual(['peak_not_measured'])
    const bill = await fixture.billing.draftBill(fixture.acme, contract.id)
    expect(bill.held).toMatchObject([
      { deviceId: 'drill-1', register: 'energy_wh', code: 'peak_not_measured' },
    ])
  })
})

describe('fees in advance', () => {
  it('are charged with the period before theirs, and the first with its own', async () => {
    const fee = { type: 'flat', id: 'rent', description: 'Rent', price: '10.00', charged: 'in_advance' }
    await aContract([fee])
    const october = await issueOnly()
    expect(october.lines.map(({ explanation }) => explanation.period)).toEqual([
      { from: getInstant('2026-09-30T22:00:00Z'), to: getInstant('2026-10-31T23:00:00Z') },
      { from: getInstant('2026-10-31T23:00:00Z'), to: getInstant('2026-11-30T23:00:00Z') },
    ])
    expect(october.totalMinor).toBe(2_000n)
    fixture.setNow('2026-12-02T00:00:00Z')
    const november = await issueOnly()
    expect(november.lines.map(({ explanation }) => explanation.period)).toEqual([
      { from: getInstant('2026-11-30T23:00:00Z'), to: getInstant('2026-12-31T23:00:00Z') },
    ])
  })
})
