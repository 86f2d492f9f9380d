/** People correct who had a device in a period that is invoiced: the invoices stay, and the next documents of both contracts differ. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type DeviceId } from '../../core/index.ts'
import type { Assignment, BillLine, Contract, Invoice } from '../billing-types.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let drill: DeviceId
let here: Contract
let there: Contract
let assignment: Assignment

const reason = 'The drill was lent to the other site'
const middle = '2026-10-15T22:00:00Z'

beforeEach(async () => {
  fixture = await openBillingFixture()
  drill = await fixture.addDevice('drill-1')
  const other = await fixture.addDevice('drill-2')
  here = await fixture.addContract()
  there = await fixture.addContract()
  assignment = await fixture.assign(here, drill)
  await fixture.assign(here, other)
  // 4,000 s in the first half of October, 8,345 s in the second; nothing in November.
  await fixture.report(drill, '2026-09-30T22:00:00Z', 36_000)
  await fixture.report(drill, middle, 40_000)
  await fixture.report(drill, '2026-10-31T23:00:00Z', 48_345)
  // 12,000 s in November, which are 24 EUR.
  await fixture.report(other, '2026-10-31T23:00:00Z', 1_000)
})

afterEach(async () => {
  await fixture.close()
})

async function billOctober(): Promise<void> {
  fixture.setNow('2026-11-02T12:00:00Z')
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect({ issued: issued.length, waiting }).toEqual({ issued: 2, waiting: [] })
}

async function billNovember(): Promise<void> {
  await fixture.report('drill-2' as DeviceId, '2026-11-30T23:00:00Z', 13_000)
  await fixture.report(drill, '2026-11-30T23:00:00Z', 48_345)
  fixture.setNow('2026-12-02T12:00:00Z')
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect({ issued: issued.length, waiting }).toEqual({ issued: 2, waiting: [] })
}

async function invoicesOf({ id }: Contract): Promise<readonly Invoice[]> {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10, contractId: id })
  return items.toSorted((left, right) => left.period.from - right.period.from)
}

const say = (lines: readonly BillLine[]) =>
  lines.map(({ itemId, quantity, amountMinor, correctsId }) => {
    return `${itemId} ${quantity} ${amountMinor}${correctsId === undefined ? '' : ' corrects'}`
  })

async function linesOf(contract: Contract): Promise<readonly (readonly string[])[]> {
  return (await invoicesOf(contract)).map(({ lines }) => say(lines))
}

describe('moveAssignment', () => {
  it('takes what a contract was billed too much off its next invoice, and puts it on that of the other', async () => {
    await billOctober()
    const before = [...(await invoicesOf(here)), ...(await invoicesOf(there))]
    const moved = await fixture.billing.moveAssignment(fixture.acme, assignment.id, {
      contractId: there.id,
      at: getInstant(middle),
      reason,
    })
    expect(moved).toMatchObject({ contractId: there.id, deviceId: 'drill-1', from: getInstant(middle) })
    // 8,345 s are 139 1/12 min at 0.12 EUR: 16.69 EUR. Of the 24.69 EUR for 205.75 min, 8.00 EUR for 66 2/3 min stay.
    const live = await fixture.billing.liveBill(fixture.acme, there.id)
    expect(say(live.lines)).toEqual(['base 1 490', 'run 0 0', 'run 1669/12 1669 corrects'])
    await billNovember()
    expect(await linesOf(here)).toEqual([
      ['base 1 490', 'run 205.75 2469'],
      ['base 1 490', 'run 200 2400', 'run -1669/12 -1669 corrects'],
    ])
    expect(await linesOf(there)).toEqual([
      ['base 1 490', 'run 0 0'],
      ['base 1 490', 'run 0 0', 'run 1669/12 1669 corrects'],
    ])
    const after = [...(await invoicesOf(here)), ...(await invoicesOf(there))]
    expect(after.filter(({ id }) => before.some((each) => each.id === id))).toEqual(before)
    const replayed = await Array.fromAsync(replayInvoices(fixture.ledger, {}))
    expect(replayed.map(({ outcome }) => outcome)).toEqual(['same', 'same', 'same', 'same'])
  })

  it('moves all of an assignment, and of a contract that has it already nothing changes', async () => {
    await billOctober()
    const input = { contractId: there.id, reason }
    const moved = await fixture.billing.moveAssignment(fixture.acme, assignment.id, input)
    expect(moved).toEqual({ ...assignment, contractId: there.id })
    expect(await fixture.billing.moveAssignment(fixture.acme, assignment.id, input)).toEqual(moved)
    await billNovember()
    expect((await linesOf(here))[1]).toEqual(['base 1 490', 'run 200 2400', 'run -205.75 -2469 corrects'])
    expect((await linesOf(there))[1]).toEqual(['base 1 490', 'run 0 0', 'run 205.75 2469 corrects'])
    const trail = await fixture.ledger
      .selectFrom('audit_entries')
      .select(['action', 'reason'])
      .where('subject_id', '=', assignment.id)
      .orderBy('no')
      .execute()
    expect(trail).toEqual([
      { action: 'assignment.created', reason: null },
      { action: 'assignment.moved', reason },
    ])
  })

  it('moves nothing without a reason, outside of the assignment or of the other contract, or to another manufacturer', async () => {
    const move = (input: object) =>
      fixture.billing.moveAssignment(fixture.acme, assignment.id, { contractId: there.id, reason, ...input })
    await expect(move({ reason: '' })).rejects.toMatchObject({ code: 'billing_input_invalid' })
    await expect(move({ at: assignment.from - 1 })).rejects.toMatchObject({ code: 'billing_input_invalid' })
    const late = await fixture.addContract({ startsAt: getInstant('2026-11-01T00:00:00Z') })
    await expect(move({ contractId: late.id })).rejects.toMatchObject({ code: 'assignment_outside_contract' })
    await expect(move({ contractId: 'con_nobody' })).rejects.toMatchObject({ code: 'contract_not_found' })
    const other = await fixture.addManufacturer('Other', 'OTHER')
    await expect(
      fixture.billing.moveAssignment(other, assignment.id, { contractId: there.id, reason }),
    ).rejects.toMatchObject({ code: 'contract_not_found' })
  })
})

describe('with a reason, in a period that is invoiced', () => {
  it('an assignment ends earlier, and then later', async () => {
    await billOctober()
    const to = getInstant(middle)
    await expect(fixture.billing.endAssignment(fixture.acme, assignment.id, { to })).rejects.toMatchObject({
      code: 'period_already_issued',
    })
    await fixture.billing.endAssignment(fixture.acme, assignment.id, { to, reason })
    const corrections = async () =>
      say((await fixture.billing.liveBill(fixture.acme, here.id)).lines).filter((line) =>
        line.endsWith('corrects'),
      )
    expect(await corrections()).toEqual(['run -1669/12 -1669 corrects'])
    await fixture.billing.endAssignment(fixture.acme, assignment.id, {
      to: getInstant('2026-10-31T23:00:00Z'),
      reason: 'It came back on the last day',
    })
    expect(await corrections()).toEqual([])
  })

  it('a device that was forgotten is assigned, and the next invoice bears its usage', async () => {
    const forgotten = await fixture.addDevice('drill-3')
    await fixture.report(forgotten, '2026-09-30T22:00:00Z', 1_000)
    await fixture.report(forgotten, '2026-10-31T23:00:00Z', 1_600)
    await billOctober()
    const input = { contractId: there.id, deviceId: forgotten, from: assignment.from }
    await expect(fixture.billing.assignDevice(fixture.acme, input)).rejects.toMatchObject({
      code: 'period_already_issued',
    })
    await fixture.billing.assignDevice(fixture.acme, { ...input, reason: 'Forgotten' })
    const live = await fixture.billing.liveBill(fixture.acme, there.id)
    expect(say(live.lines)).toContain('run 10 120 corrects')
  })
})

describe('a fee for each device that was charged in advance', () => {
  /** 31 a month by the day for each device, in advance. */
  async function addRental(): Promise<Contract> {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Rental',
      effectiveAt: getInstant('2026-08-01T00:00:00Z'),
      document: {
        currency: 'EUR',
        items: [
          {
            type: 'flat',
            id: 'rent',
            description: 'Rent',
            price: '31.00',
            scope: 'device',
            charged: 'in_advance',
            proration: 'day',
          },
        ],
      },
    })
    return await fixture.addContract({ tariffId })
  }
  const correctionsOf = async ({ id }: Contract) =>
    say((await fixture.billing.liveBill(fixture.acme, id)).lines).filter((line) => line.endsWith('corrects'))

  it('is corrected where the device went and where it came, though the period of it is not invoiced yet', async () => {
    const [from, to] = [await addRental(), await addRental()]
    const rented = await fixture.addDevice('drill-3')
    const { id } = await fixture.assign(from, rented)
    fixture.setNow('2026-11-05T12:00:00Z')
    // October with itself, and November in advance.
    await fixture.billing.runBilling({})
    const [october] = await invoicesOf(from)
    expect(october?.lines.map(({ amountMinor }) => amountMinor)).toEqual([3_100n, 3_100n])
    // 10 of the 30 days of November.
    const at = getInstant('2026-11-20T23:00:00Z')
    await fixture.billing.moveAssignment(fixture.acme, id, { contractId: to.id, at, reason })
    expect(await correctionsOf(from)).toEqual(['rent -1/3 -1033 corrects'])
    expect(await correctionsOf(to)).toEqual(['rent 1/3 1033 corrects'])
  })

  it('is charged for a device that comes after it, without anybody giving a reason', async () => {
    const contract = await addRental()
    fixture.setNow('2026-11-05T12:00:00Z')
    await fixture.billing.runBilling({})
    await fixture.assign(contract, await fixture.addDevice('drill-3'), '2026-11-20T23:00:00Z')
    expect(await correctionsOf(contract)).toEqual(['rent 1/3 1033 corrects'])
  })
})
