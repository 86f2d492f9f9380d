/** Deposits that fall due on a date, which may lie in months before the bill that gives them back. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
beforeEach(async () => {
  fixture = await openBillingFixture()
})
afterEach(() => fixture.close())

it('a deposit of the first day, in winter, is given back at the end, in summer', async () => {
  const deposit = { type: 'one_off', id: 'deposit', description: 'Deposit', price: '50' }
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Deposit',
    effectiveAt: getInstant('2026-01-01T00:00:00Z'),
    document: { currency: 'EUR', items: [{ ...deposit, on: '2026-03-01', refundedOn: 'end' }] },
  })
  const { id } = await fixture.addContract({
    tariffId,
    anchorOn: '2026-03-01',
    startsAt: getInstant('2026-03-01T00:00:00+01:00'),
    endsAt: getInstant('2026-07-15T00:00:00+02:00'),
  })
  const amountsAt = async (at: string) =>
    (await fixture.billing.draftBill(fixture.acme, id, getInstant(at))).lines.map(
      ({ quantity, amountMinor }) => [quantity, amountMinor],
    )
  expect(await amountsAt('2026-03-10T00:00:00Z')).toEqual([['1', 5_000n]])
  expect(await amountsAt('2026-06-10T00:00:00Z')).toEqual([])
  expect(await amountsAt('2026-07-10T00:00:00Z')).toEqual([['-1', -5_000n]])
})
