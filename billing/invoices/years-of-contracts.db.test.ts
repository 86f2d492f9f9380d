/** Contracts over years of a fake clock: which periods are invoiced, that every instant is in exactly one, and some of the money. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatInstant, getInstant, HOUR_MS, type ContractId, type TariffId } from '../../core/index.ts'
import type { Invoice } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let flatTariff: TariffId

beforeEach(async () => {
  fixture = await openBillingFixture()
  const [base] = tariffDocument.items
  const published = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Flat for ever',
    effectiveAt: getInstant('1980-01-01T00:00:00Z'),
    document: { currency: 'EUR', items: [base] },
  })
  flatTariff = published.tariffId
})

afterEach(async () => {
  await fixture.close()
})

/** Runs billing at each instant, as a server does over the years. */
async function runAt(...instants: readonly string[]): Promise<void> {
  for (const at of instants) {
    fixture.setNow(at)
    expect((await fixture.billing.runBilling({})).waiting).toEqual([])
  }
}

async function invoicesOf(contractId: ContractId): Promise<readonly Invoice[]> {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 200, contractId })
  return items.toSorted((left, right) => left.period.from - right.period.from)
}

/** The borders of the invoiced periods, after a check that each begins where the one before ended. */
async function bordersOf(contractId: ContractId): Promise<readonly string[]> {
  const periods = (await invoicesOf(contractId)).map(({ period }) => period)
  for (const [index, { from, to }] of periods.entries()) {
    expect(to).toBeGreaterThan(from)
    expect(periods[index + 1]?.from ?? to).toBe(to)
  }
  const ends = periods.map(({ to }) => to)
  return [...periods.slice(0, 1).map(({ from }) => from), ...ends].map(formatInstant).map(toMinutes)
}

const toMinutes = (instant: string) => instant.replace(':00.000Z', 'Z')

async function hoursOf(contractId: ContractId): Promise<readonly number[]> {
  return (await invoicesOf(contractId)).map(({ period }) => (period.to - period.from) / HOUR_MS)
}

/** A contract over a flat fee, from the first instant of a civil day on. */
async function aContract(
  timeZone: string,
  anchorOn: string,
  unit: 'day' | 'month' | 'quarter' | 'year',
  endsOn: string,
) {
  const midnight = (day: string) => Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds
  return await fixture.addContract({
    tariffId: flatTariff,
    timeZone,
    anchorOn,
    cadence: { unit, count: 1 },
    startsAt: midnight(anchorOn),
    endsAt: midnight(endsOn),
  })
}

describe('a contract over years', () => {
  it('from the 31st is billed on the last day of February, 29 in a leap year, and on the 31st again', async () => {
    const { id } = await aContract('Europe/Berlin', '2027-12-31', 'month', '2029-03-31')
    await runAt('2028-02-01T00:00:00Z', '2028-05-01T00:00:00Z', '2029-06-01T00:00:00Z')
    expect(await bordersOf(id)).toEqual([
      '2027-12-30T23:00Z',
      '2028-01-30T23:00Z',
      '2028-02-28T23:00Z',
      '2028-03-30T22:00Z',
      '2028-04-29T22:00Z',
      '2028-05-30T22:00Z',
      '2028-06-29T22:00Z',
      '2028-07-30T22:00Z',
      '2028-08-30T22:00Z',
      '2028-09-29T22:00Z',
      '2028-10-30T23:00Z',
      '2028-11-29T23:00Z',
      '2028-12-30T23:00Z',
      '2029-01-30T23:00Z',
      '2029-02-27T23:00Z',
      '2029-03-30T22:00Z',
    ])
    // 15 months at 4.90 EUR.
    const totals = (await invoicesOf(id)).map(({ totalMinor }) => totalMinor)
    expect(totals.reduce((sum, total) => sum + total, 0n)).toBe(7350n)
  })

  it('from 29 February is billed by the year on the 28th until the next leap year', async () => {
    const { id } = await aContract('UTC', '2024-02-29', 'year', '2028-02-29')
    await runAt('2025-03-01T00:00:00Z', '2028-03-01T00:00:00Z')
    expect(await bordersOf(id)).toEqual([
      '2024-02-29T00:00Z',
      '2025-02-28T00:00Z',
      '2026-02-28T00:00Z',
      '2027-02-28T00:00Z',
      '2028-02-29T00:00Z',
    ])
  })

  it('by the quarter has an hour less in spring and one more in autumn', async () => {
    const { id } = await aContract('Europe/Berlin', '2026-01-01', 'quarter', '2027-01-01')
    await runAt('2026-04-10T00:00:00Z', '2027-01-02T00:00:00Z')
    expect(await hoursOf(id)).toEqual([90 * 24 - 1, 91 * 24, 92 * 24, 92 * 24 + 1])
    expect(await bordersOf(id)).toHaveLength(5)
  })

  it.each([
    ['Europe/Berlin', '2026-03-28', '2026-03-31', [24, 23, 24]],
    ['Europe/Berlin', '2026-10-24', '2026-10-27', [24, 25, 24]],
    ['Australia/Lord_Howe', '2026-10-03', '2026-10-06', [24, 23.5, 24]],
    ['Australia/Lord_Howe', '2026-04-04', '2026-04-07', [24, 24.5, 24]],
    // 30 December 2011 did not happen: three days are billed for the four dates.
    ['Pacific/Apia', '2011-12-28', '2012-01-01', [24, 24, 24]],
  ])('by the day in %s from %s to %s has days of as many hours as passed', async (zone, from, to, hours) => {
    const { id } = await aContract(zone, from, 'day', to)
    await runAt('2026-11-02T00:00:00Z')
    expect(await hoursOf(id)).toEqual(hours)
    expect(await bordersOf(id)).toHaveLength(hours.length + 1)
  })

  it('of a customer that moves round the world is billed every instant once', async () => {
    const { id } = await aContract('Europe/Berlin', '2026-01-31', 'month', '2028-01-31')
    const moves = [
      ['2026-03-10T08:00:00Z', 'America/New_York'],
      ['2026-08-31T04:00:00Z', 'Asia/Tokyo'],
      ['2027-06-15T00:00:00Z', 'Pacific/Apia'],
    ] as const
    for (const [at, timeZone] of moves) {
      await runAt(at)
      await fixture.billing.changeTimeZone(fixture.acme, id, { timeZone, from: getInstant(at) })
    }
    await runAt('2028-03-01T00:00:00Z')
    const borders = await bordersOf(id)
    expect(borders).toHaveLength(26)
    expect(borders.slice(0, 10)).toEqual([
      '2026-01-30T23:00Z',
      '2026-02-27T23:00Z',
      '2026-03-30T22:00Z',
      // New York: midnight is at 04:00.
      '2026-04-30T04:00Z',
      '2026-05-31T04:00Z',
      '2026-06-30T04:00Z',
      '2026-07-31T04:00Z',
      '2026-08-31T04:00Z',
      // Tokyo, at once, for the move is at a border: midnight is at 15:00 of the day before.
      '2026-09-29T15:00Z',
      '2026-10-30T15:00Z',
    ])
    // Apia, from the end of the Tokyo period on: midnight is at 11:00 of the day before.
    expect(borders.slice(17, 21)).toEqual([
      '2027-06-29T15:00Z',
      '2027-07-30T11:00Z',
      '2027-08-30T11:00Z',
      '2027-09-29T11:00Z',
    ])
    expect(borders.at(-1)).toBe('2028-01-30T23:00Z')
  })
})

describe('a month in which things change', () => {
  it('is billed by both tariffs and over both devices, each for its time', async () => {
    const contract = await fixture.addContract()
    const [old, fresh] = [await fixture.addDevice('drill-1'), await fixture.addDevice('drill-2')]
    const [base, run] = tariffDocument.items
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Dearer',
      effectiveAt: 0,
      document: { currency: 'EUR', items: [base, { ...run, price: '0.30' }] },
    })
    const swappedAt = '2026-10-12T10:00:00Z'
    const changedAt = '2026-10-20T10:00:00Z'
    await fixture.assign(contract, old, '2026-09-30T22:00:00Z', swappedAt)
    await fixture.assign(contract, fresh, swappedAt)
    const input = { tariffId, from: getInstant(changedAt) }
    await fixture.billing.changeTariff(fixture.acme, contract.id, input)
    // The old device runs 20 minutes under the contract and 10 after it has left it.
    await fixture.report(old, '2026-10-12T09:00:00Z', 1_000)
    await fixture.report(old, swappedAt, 2_200)
    await fixture.report(old, '2026-10-12T11:00:00Z', 2_800)
    // The new one 10 before it comes, 30 at the old price and 40 at the new one.
    await fixture.report(fresh, '2026-10-12T09:00:00Z', 1_000)
    await fixture.report(fresh, swappedAt, 1_600)
    await fixture.report(fresh, '2026-10-20T09:00:00Z', 1_600)
    await fixture.report(fresh, changedAt, 3_400)
    await fixture.report(fresh, '2026-10-20T11:00:00Z', 5_800)
    await fixture.report(fresh, '2026-11-01T00:00:00Z', 5_800)
    await runAt('2026-11-02T12:00:00Z')
    const [invoice] = await invoicesOf(contract.id)
    expect(
      invoice?.lines.map((line) => [line.itemId, line.quantity, line.unitPrice, line.amountMinor]),
    ).toEqual([
      ['base', '1', '4.90', 490n],
      ['run', '50', '0.12', 600n],
      ['run', '40', '0.30', 1200n],
    ])
    expect(invoice?.totalMinor).toBe(2290n)
    const reconciled = await fixture.billing.reconcile(fixture.acme, {
      from: getInstant('2026-10-01T00:00:00Z'),
      to: getInstant('2026-11-01T00:00:00Z'),
    })
    const none = { notBillable: 0n, held: 0n }
    expect(reconciled.filter(({ register }) => register === 'run_s')).toMatchObject([
      { deviceId: old, advanced: 1_800n, billed: 1_200n, unassigned: 600n, ...none },
      { deviceId: fresh, advanced: 4_800n, billed: 4_200n, unassigned: 600n, ...none },
    ])
  })
})
