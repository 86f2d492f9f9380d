import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type DeviceId, type InvoiceId } from '../../core/index.ts'
import type { Contract } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let contract: Contract
let drill: DeviceId
let october: InvoiceId

/** October is issued: 4.90, and 1,000 s at 0.12 a minute, 2.00. */
beforeEach(async () => {
  fixture = await openBillingFixture()
  drill = await fixture.addDevice('drill-1')
  contract = await fixture.addContract()
  await fixture.assign(contract, drill)
  await fixture.report(drill, '2026-09-30T22:00:00Z', 2_000)
  await fixture.report(drill, '2026-10-31T23:00:00Z', 3_000)
  october = await fixture.billing.billPeriod(fixture.acme, contract.id, getInstant('2026-10-10T00:00:00Z'))
})

afterEach(async () => {
  await fixture.close()
})

const reason = 'Made out to the wrong site'
const find = async (id: string) => (await fixture.billing.findInvoice(fixture.acme, id))!
const addLine = (input: object = {}) =>
  fixture.billing.addManualLine(fixture.acme, contract.id, {
    description: 'Delivery',
    amountMinor: 2_500n,
    currency: 'EUR',
    taxCategory: 'standard',
    reason: 'Second trip on 3 October',
    ...input,
  })

describe('a void invoice', () => {
  it('keeps its reason, and its period is not billed again by itself', async () => {
    await fixture.billing.voidInvoice(fixture.acme, october, { reason })
    await fixture.billing.voidInvoice(fixture.acme, october, { reason: 'Again' })
    expect(await find(october)).toMatchObject({ status: 'void', statusReason: reason, balanceMinor: 0n })
    expect((await fixture.billing.runBilling({})).issued).toEqual([])
    const audited = await fixture.ledger
      .selectFrom('audit_entries')
      .select(['reason', 'subject_id'])
      .where('action', '=', 'invoice.void')
      .execute()
    expect(audited).toEqual([{ reason, subject_id: october }])
  })

  it('is not made of one that is credited in part or paid, nor of another manufacturer’s', async () => {
    const { ledger } = fixture
    const makeVoid = () => fixture.billing.voidInvoice(fixture.acme, october, { reason })
    await fixture.billing.creditInvoice(fixture.acme, october, {
      kind: 'goodwill',
      reason,
      credit: { amountMinor: 1n },
    })
    await expect(makeVoid()).rejects.toMatchObject({ code: 'invoice_not_voidable' })
    await expect(fixture.billing.markVoid(october)).rejects.toMatchObject({ code: 'invoice_not_voidable' })
    await expect(fixture.billing.reissueInvoice(fixture.acme, october, { reason })).rejects.toMatchObject({
      code: 'invoice_not_voidable',
    })
    await fixture.billing.markPaid(october, getInstant('2026-11-02T00:00:00Z'))
    await expect(makeVoid()).rejects.toMatchObject({ code: 'invoice_status_invalid' })
    const other = await fixture.addManufacturer('Other', 'OTH')
    await expect(fixture.billing.voidInvoice(other, october, { reason })).rejects.toMatchObject({
      code: 'invoice_not_found',
    })
    expect(await ledger.selectFrom('invoices').select('status').execute()).toEqual([{ status: 'paid' }])
  })

  it('frees its period for a change, which the invoice that is issued anew bills', async () => {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Half the fee',
      effectiveAt: getInstant('2026-08-01T00:00:00Z'),
      document: { ...tariffDocument, items: [{ ...tariffDocument.items[0], price: '2.45' }] },
    })
    const change = () =>
      fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId, from: contract.startsAt })
    await expect(change()).rejects.toMatchObject({ code: 'period_already_issued' })
    await fixture.billing.voidInvoice(fixture.acme, october, { reason })
    await change()
    const { invoiceId } = await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    expect(await find(invoiceId)).toMatchObject({ totalMinor: 245n })
    await expect(
      fixture.billing.changeTariff(fixture.acme, contract.id, {
        tariffId: contract.tariffId,
        from: contract.startsAt,
      }),
    ).rejects.toMatchObject({ code: 'period_already_issued' })
  })
})

describe('an invoice that is issued anew', () => {
  it('is equal to the first when nothing changed, under a new number', async () => {
    const before = await find(october)
    const { invoiceId } = await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    const after = await find(invoiceId)
    expect(after).toEqual({ ...before, id: invoiceId, number: 'ACME-000002', replacesId: october })
    expect(await find(october)).toEqual({
      ...before,
      status: 'void',
      statusReason: reason,
      balanceMinor: 0n,
      openMinor: 0n,
      replacedById: invoiceId,
    })
  })

  it('bills what is known now, also where a later period is invoiced, and once', async () => {
    await fixture.report(drill, '2026-11-30T23:00:00Z', 3_000)
    fixture.setNow('2026-12-02T00:00:00Z')
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    const first = await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    const again = await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    expect([first.isNew, again]).toEqual([true, { ...first, isNew: false }])
    expect(await find(first.invoiceId)).toMatchObject({ number: 'ACME-000003', totalMinor: 690n })
    expect((await fixture.billing.runBilling({})).issued).toEqual([])
  })

  it('is one whoever of two asks first', async () => {
    const other = fixture.openAnother()
    const outcomes = await Promise.all(
      [fixture.billing, other].map((each) => each.reissueInvoice(fixture.acme, october, { reason })),
    )
    expect(new Set(outcomes.map(({ invoiceId }) => invoiceId)).size).toBe(1)
    expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1)
  })

  it('is issued anew again also where the clock was set back in between', async () => {
    fixture.setNow('2026-11-02T11:59:00Z')
    const second = await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    const third = await fixture.billing.reissueInvoice(fixture.acme, second.invoiceId, { reason })
    expect(third.isNew).toBe(true)
    expect(await find(third.invoiceId)).toMatchObject({ status: 'issued', replacesId: second.invoiceId })
  })

  it('keeps the manual lines of the first', async () => {
    await fixture.billing.reissueInvoice(fixture.acme, october, { reason })
    await addLine()
    await fixture.report(drill, '2026-11-30T23:00:00Z', 3_000)
    fixture.setNow('2026-12-02T00:00:00Z')
    const [november = ''] = (await fixture.billing.runBilling({})).issued
    expect(await find(november)).toMatchObject({ totalMinor: 2_990n })
    const { invoiceId } = await fixture.billing.reissueInvoice(fixture.acme, november, { reason })
    expect((await find(invoiceId)).lines).toEqual((await find(november)).lines)
    const { items } = await fixture.billing.listManualLines(fixture.acme, { limit: 10 })
    expect(items.map((line) => line.invoiceId)).toEqual([invoiceId])
  })
})

describe('a write-off', () => {
  it('makes the invoice uncollectible and keeps why', async () => {
    await fixture.billing.writeOffInvoice(fixture.acme, october, { reason: 'Insolvent' })
    expect(await find(october)).toMatchObject({ status: 'uncollectible', statusReason: 'Insolvent' })
  })
})

describe('a manual line', () => {
  it('is on the live bill and on the draft, and then on exactly one invoice', async () => {
    const line = await addLine()
    fixture.setNow('2026-11-02T12:00:01Z')
    await addLine({ description: 'Good customer', amountMinor: -300n, reason: 'Agreed in June' })
    await fixture.report(drill, '2026-11-30T23:00:00Z', 3_000)
    fixture.setNow('2026-12-02T00:00:00Z')
    const at = getInstant('2026-11-10T00:00:00Z')
    const live = await fixture.billing.liveBill(fixture.acme, contract.id, getInstant('2026-11-30T23:00:00Z'))
    const draft = await fixture.billing.draftBill(fixture.acme, contract.id, at)
    expect(live.lines.slice(-2)).toMatchObject([
      {
        itemId: 'manual',
        amountMinor: 2_500n,
        sentence: 'Delivery: 25.00 EUR by hand (Second trip on 3 October); together 25.00 EUR.',
        explanation: { steps: [{ kind: 'manual', reason: 'Second trip on 3 October', amount: '25.00' }] },
      },
      { itemId: 'manual', description: 'Good customer', amountMinor: -300n },
    ])
    expect(draft.lines).toEqual(live.lines)
    const running = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect(running.lines.filter(({ itemId }) => itemId === 'manual')).toEqual([])
    const [november = ''] = (await fixture.billing.runBilling({})).issued
    expect((await find(november)).lines).toEqual(live.lines)
    const after = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect(after.lines.filter(({ itemId }) => itemId === 'manual')).toEqual([])
    await expect(fixture.billing.removeManualLine(fixture.acme, line.id)).rejects.toMatchObject({
      code: 'manual_line_not_pending',
    })
  })

  it('is on no bill once it is removed, and that twice changes nothing', async () => {
    const line = await addLine()
    for (const _again of [1, 2]) await fixture.billing.removeManualLine(fixture.acme, line.id)
    const { lines } = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect(lines.map(({ itemId }) => itemId)).not.toContain('manual')
    const states = await Promise.all(
      (['pending', 'invoiced', 'removed'] as const).map(async (state) => {
        return (await fixture.billing.listManualLines(fixture.acme, { limit: 10, state })).items.length
      }),
    )
    expect(states).toEqual([0, 0, 1])
  })

  it('of a void invoice is pending again and goes on the next one', async () => {
    await addLine()
    await fixture.report(drill, '2026-11-30T23:00:00Z', 3_000)
    await fixture.report(drill, '2026-12-31T23:00:00Z', 3_000)
    fixture.setNow('2026-12-02T00:00:00Z')
    const [november = ''] = (await fixture.billing.runBilling({})).issued
    await fixture.billing.voidInvoice(fixture.acme, november, { reason })
    fixture.setNow('2027-01-02T00:00:00Z')
    const [december = ''] = (await fixture.billing.runBilling({})).issued
    expect(await find(december)).toMatchObject({ totalMinor: 2_990n })
  })

  it.each([
    ['of nothing', { amountMinor: 0n }, 'billing_input_invalid'],
    ['without a reason', { reason: '' }, 'billing_input_invalid'],
    ['of a category that is none', { taxCategory: 'Standard rate' }, 'billing_input_invalid'],
    ['in another currency', { currency: 'CHF' }, 'currency_mismatch'],
  ])('is refused %s', async (_what, input, code) => {
    await expect(addLine(input)).rejects.toMatchObject({ code })
  })
})
