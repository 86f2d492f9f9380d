import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type TariffId } from '../../core/index.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

const fee = { type: 'flat', id: 'base', description: 'Base', price: '4.90' }
const deposit = (more: object = {}) => ({
  type: 'one_off',
  id: 'deposit',
  description: 'Deposit',
  price: '50.00',
  on: 'start',
  refundedOn: 'end',
  ...more,
})
const UNPAID = 'tariff_deposit_unpaid'

let fixture: BillingFixture
beforeEach(async () => {
  fixture = await openBillingFixture()
})
afterEach(() => fixture.close())

async function publish(items: readonly object[], effectiveAt: string, own?: TariffId): Promise<TariffId> {
  const named = own === undefined ? {} : { tariffId: own }
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    ...named,
    name: 'With deposit',
    effectiveAt: getInstant(effectiveAt),
    document: { currency: 'EUR', items },
  })
  return tariffId
}

const AUGUST = '2026-08-01T00:00:00Z'
const DECEMBER = '2026-12-01T00:00:00Z'

describe('a version for contracts that run already', () => {
  it.each([
    ['brings a deposit that they have not paid', [fee], [fee, deposit()], UNPAID],
    ['asks for another amount than they have paid', [deposit()], [deposit({ price: '60.00' })], UNPAID],
    ['lacks the deposit that they have paid', [fee, deposit()], [fee], UNPAID],
    ['asks for one of a day that has passed', [fee], [fee, deposit({ on: '2026-11-30' })], UNPAID],
    ['asks for one of a day to come', [fee], [fee, deposit({ on: '2026-12-24' })], undefined],
    [
      'keeps the deposit under other words',
      [deposit()],
      [fee, deposit({ description: 'Pledge' })],
      undefined,
    ],
    ['brings a fee that nobody gets back', [fee], [fee, deposit({ refundedOn: undefined })], undefined],
  ])('%s', async (_name, before, after, code) => {
    const tariffId = await publish(before, AUGUST)
    await fixture.addContract({ tariffId })
    const published = publish(JSON.parse(JSON.stringify(after)) as object[], DECEMBER, tariffId)
    if (code === undefined) await expect(published).resolves.toBe(tariffId)
    else await expect(published).rejects.toMatchObject({ code })
  })

  it('may bring a deposit where no contract runs', async () => {
    const tariffId = await publish([fee], AUGUST)
    await expect(publish([fee, deposit()], DECEMBER, tariffId)).resolves.toBe(tariffId)
  })
})

it('a contract goes over to a tariff with another deposit with its first instant only', async () => {
  const contract = await fixture.addContract({ tariffId: await publish([fee], AUGUST) })
  const tariffId = await publish([fee, deposit()], AUGUST)
  const change = (from: number) => fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId, from })
  await expect(change(getInstant(DECEMBER))).rejects.toMatchObject({ code: UNPAID })
  await expect(change(contract.startsAt)).resolves.toMatchObject({ id: contract.id })
})
