/** A fee that was charged in advance follows what becomes of the period that it is for. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type TariffId } from '../../core/index.ts'
import type { Contract, Invoice } from '../billing-types.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let tariffId: TariffId
let contract: Contract

const documentOf = (price: string, charged = 'in_advance') => ({
  currency: 'EUR',
  items: [{ type: 'flat', id: 'fee', description: 'Fee', price, proration: 'day', charged }],
})

beforeEach(async () => {
  fixture = await openBillingFixture()
  ;({ tariffId } = await publish(documentOf('30.00'), '2026-08-01T00:00:00Z'))
  contract = await fixture.addContract({ tariffId })
})

afterEach(async () => {
  await fixture.close()
})

async function publish(document: object, effectiveAt: string, own?: TariffId) {
  const named = own === undefined ? {} : { tariffId: own }
  return await fixture.billing.publishTariff(fixture.acme, {
    ...named,
    name: 'Plan',
    effectiveAt: getInstant(effectiveAt),
    document,
  })
}

async function runAt(now: string): Promise<readonly Invoice[]> {
  fixture.setNow(now)
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect(waiting).toEqual([])
  const found = await Promise.all(issued.map((id) => fixture.billing.findInvoice(fixture.acme, id)))
  return found.flatMap((invoice) => invoice ?? [])
}

const sayLines = (invoice: Invoice | undefined) =>
  invoice?.lines.map(({ quantity, amountMinor, correctsId, explanation: { period } }) => {
    const days = [period.from, period.to].map((at) => new Date(at + 7_200_000).toISOString().slice(5, 10))
    return `${days.join(' to ')}: ${quantity} ${amountMinor}${correctsId === undefined ? '' : ' corrects'}`
  })

describe('a fee that was charged in advance', () => {
  beforeEach(async () => {
    await runAt('2026-11-05T00:00:00Z')
  })

  it('is charged with the period before its own, and the first with itself', async () => {
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
    expect(items.map(sayLines)).toEqual([['10-01 to 11-01: 1 3000', '11-01 to 12-01: 1 3000']])
  })

  it('is corrected by a version that comes into force in its period', async () => {
    // November has 30 days.
    await publish(documentOf('60.00'), '2026-11-15T23:00:00Z', tariffId)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november)).toEqual([
      '12-01 to 01-01: 1 6000',
      '11-01 to 11-16: -0.5 -1500 corrects',
      '11-16 to 12-01: 0.5 3000 corrects',
    ])
    const outcomes = await Array.fromAsync(replayInvoices(fixture.ledger, {}))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['same', 'same'])
    const [december] = await runAt('2027-01-02T00:00:00Z')
    expect(sayLines(december)).toEqual(['01-01 to 02-01: 1 6000'])
  })

  it('is given back in part for the time after a version that charges in arrears', async () => {
    await publish(documentOf('60.00', 'in_arrears'), '2026-11-15T23:00:00Z', tariffId)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november)).toEqual(['11-16 to 12-01: 0.5 3000', '11-01 to 11-16: -0.5 -1500 corrects'])
  })

  it('is corrected when the contract goes over to another tariff', async () => {
    const { tariffId: other } = await publish(documentOf('60.00'), '2026-08-01T00:00:00Z')
    const from = getInstant('2026-11-15T23:00:00Z')
    await fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId: other, from })
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november)).toEqual([
      '12-01 to 01-01: 1 6000',
      '11-01 to 11-16: -0.5 -1500 corrects',
      '11-16 to 12-01: 0.5 3000 corrects',
    ])
  })
})
