import { expect, it, onTestFinished } from 'vitest'
import { getCurrency } from '../../core/index.ts'
import { openBillingFixture } from '../testing/billing-fixture.ts'
import { readMinimumCharge } from './minimum-charges.ts'

it('the least that can be charged is that of the currency, for manufacturers with an account only', async () => {
  const fixture = await openBillingFixture()
  onTestFinished(() => fixture.close())
  const read = (code: string) => readMinimumCharge(fixture.ledger, fixture.acme, getCurrency(code).code)
  expect(await Promise.all(['EUR', 'JPY', 'KWD'].map(read))).toEqual([0n, 0n, 0n])
  await fixture.ledger
    .updateTable('manufacturers')
    .set({ stripe_key_encrypted: new Uint8Array([1]), stripe_mode: 'test' })
    .where('id', '=', fixture.acme)
    .execute()
  // 0.50 EUR, 50 JPY, 0.30 GBP, 175 HUF, and a currency of which Stripe names none.
  expect(await Promise.all(['EUR', 'JPY', 'GBP', 'HUF', 'KWD'].map(read))).toEqual([
    50n,
    50n,
    30n,
    17_500n,
    0n,
  ])
})
