/** Bills of October under other tariffs, beside the one in force. The money is worked out by hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getCurrency, getInstant, type CustomerId, type TariffId } from '../../core/index.ts'
import type { BillDifference } from '../bill-choices.ts'
import type { BillPreview, Contract } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let contract: Contract
let other: { readonly tariffId: TariffId; readonly versionId: string }
const period = { from: getInstant('2026-09-30T22:00:00Z'), to: getInstant('2026-10-31T23:00:00Z') }
const half = getInstant('2026-10-16T10:00:00Z')

const [base, run] = tariffDocument.items
const dearer = {
  currency: 'EUR',
  items: [
    { ...base, price: '9.90' },
    { ...run, id: 'use', description: 'Use', price: '0.10' },
  ],
}

/** 3,000 s until the middle of October, 9,345 s after: 205.75 min. */
beforeAll(async () => {
  fixture = await openBillingFixture()
  contract = await fixture.addContract()
  const drill = await fixture.addDevice('drill-1')
  await fixture.assign(contract, drill)
  await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000, 500)
  await fixture.report(drill, '2026-10-16T10:00:00Z', 4_000, 600)
  await fixture.report(drill, '2026-10-31T23:00:00Z', 13_345, 900)
  other = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Dearer',
    effectiveAt: getInstant('2026-12-01T00:00:00Z'),
    document: dearer,
  })
})
afterAll(() => fixture.close())

const preview = (choice: object) =>
  fixture.billing.previewBill(fixture.acme, contract.id, { at: half, ...choice })
const amountsOf = ({ lines }: BillPreview) => lines.map(({ itemId, amountMinor }) => [itemId, amountMinor])
const refusal = (code: string, pointer?: string) => ({
  code,
  ...(pointer !== undefined && { issues: [expect.objectContaining({ pointer })] }),
})

describe('the preview of a bill', () => {
  it('is the draft where nothing is overridden, and stores nothing', async () => {
    const count = async () => (await fixture.ledger.selectFrom('audit_entries').select('no').execute()).length
    const before = await count()
    const { difference, ...bill } = await preview({})
    expect(bill).toEqual(await fixture.billing.draftBill(fixture.acme, contract.id, half))
    // 4.90 + 205.75 × 0.12 = 24.69
    expect(difference).toMatchObject({ amountMinor: 2_959n, inForceMinor: 2_959n, differenceMinor: 0n })
    expect(await preview({ at: undefined, period })).toEqual({ ...bill, difference })
    await preview({ tariff: { document: dearer } })
    expect([await count(), await fixture.ledger.selectFrom('invoices').select('id').execute()]).toEqual([
      before,
      [],
    ])
  })

  it('up to a cutoff is the live bill at that cutoff', async () => {
    const { difference: _difference, ...bill } = await preview({ cutoffAt: half })
    expect(bill).toEqual(await fixture.billing.liveBill(fixture.acme, contract.id, half))
    // 4.90 + 50 × 0.12
    expect(bill.linesMinor).toBe(1_090n)
  })

  it('under a document shows each item of either bill beside the other', async () => {
    const bill = await preview({ tariff: { document: dearer } })
    // 205.75 × 0.10 = 20.575, half to even.
    expect(amountsOf(bill)).toEqual([
      ['base', 990n],
      ['use', 2_058n],
    ])
    expect(bill.difference).toEqual({
      currency: getCurrency('EUR').code,
      items: [
        {
          itemId: 'base',
          description: 'Base fee',
          amountMinor: 990n,
          inForceMinor: 490n,
          differenceMinor: 500n,
        },
        { itemId: 'use', description: 'Use', amountMinor: 2_058n, inForceMinor: 0n, differenceMinor: 2_058n },
        {
          itemId: 'run',
          description: 'Run time',
          amountMinor: 0n,
          inForceMinor: 2_469n,
          differenceMinor: -2_469n,
        },
      ],
      amountMinor: 3_048n,
      inForceMinor: 2_959n,
      differenceMinor: 89n,
    } satisfies BillDifference)
  })

  it('from an instant on has both tariffs, cut there', async () => {
    const bill = await preview({ tariff: { document: dearer, from: half } })
    // 50 min at 0.12, 155.75 at 0.10; the fee is that of the tariff which the period began with.
    expect(amountsOf(bill)).toEqual([
      ['base', 490n],
      ['run', 600n],
      ['use', 1_558n],
    ])
  })

  it('from the next period on has only the fees in advance that are charged before it', async () => {
    const room = { type: 'flat', id: 'room', description: 'Room', price: '7', charged: 'in_advance' }
    const document = { currency: 'EUR', items: [base, run, room] }
    const bill = await preview({ tariff: { document, from: period.to } })
    expect(amountsOf(bill)).toEqual([
      ['base', 490n],
      ['run', 2_469n],
      ['room', 700n],
    ])
  })

  it('under a published version has its prices whatever its dates, under the tariff only in its time', async () => {
    const { tariffId, versionId } = other
    expect((await preview({ tariff: { tariffId, versionId } })).linesMinor).toBe(3_048n)
    await expect(preview({ tariff: { tariffId } })).rejects.toMatchObject(refusal('tariff_not_in_force'))
    expect((await preview({ tariff: { tariffId: fixture.tariffId } })).linesMinor).toBe(2_959n)
  })

  it('in another currency is not compared', async () => {
    const { linesMinor, difference } = await preview({ tariff: { document: { ...dearer, currency: 'CHF' } } })
    // 9.90 + 20.575
    expect(linesMinor).toBe(3_048n)
    expect(difference).toMatchObject({ problem: { code: 'currency_mismatch' } })
  })

  it.each([
    [
      'a document that is none',
      { tariff: { document: { currency: 'EUR' } } },
      refusal('tariff_invalid', '/items'),
    ],
    [
      'a register that no device has',
      { tariff: { document: { ...dearer, items: [{ ...run, register: 'steps' }] } } },
      refusal('tariff_register_unknown'),
    ],
    ['a tariff of nobody', { tariff: { tariffId: 'tar_1' } }, refusal('tariff_not_found')],
    [
      'half a period',
      { at: undefined, period: { ...period, to: half } },
      refusal('billing_input_invalid', '/to'),
    ],
    ['a cutoff before the period', { cutoffAt: period.from }, refusal('billing_input_invalid', '/cutoffAt')],
    ['a cutoff to come', { cutoffAt: period.to + 100 * 86_400_000 }, refusal('cutoff_in_future')],
    ['a period to come', { at: period.to + 100 * 86_400_000 }, refusal('cutoff_in_future')],
    ['a time before the contract', { at: period.from - 1 }, refusal('contract_not_running')],
    ['an instant that is none', { at: 0.5 }, refusal('billing_input_invalid', '/at')],
    [
      'a beginning that is none',
      { tariff: { document: dearer, from: 0.5 } },
      refusal('billing_input_invalid', '/tariff/from'),
    ],
  ])('is refused for %s', async (_name, choice, error) => {
    await expect(preview(choice)).rejects.toMatchObject(error)
  })

  it('is for a customer of its own contracts and the tariffs that they have', async () => {
    const mine = { manufacturerId: fixture.acme, customerId: contract.customerId }
    const bill = await fixture.billing.previewBill(mine, contract.id, {
      period,
      tariff: { tariffId: fixture.tariffId },
    })
    expect(bill.linesMinor).toBe(2_959n)
    const { tariffId, versionId } = other
    await expect(
      fixture.billing.previewBill(mine, contract.id, { period, tariff: { tariffId, versionId } }),
    ).rejects.toMatchObject(refusal('tariff_not_found'))
    await expect(
      fixture.billing.previewBill({ ...mine, customerId: 'cust_1' as CustomerId }, contract.id, { period }),
    ).rejects.toMatchObject(refusal('contract_not_found'))
  })
})
