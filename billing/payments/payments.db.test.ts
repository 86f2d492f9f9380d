import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type InvoiceId } from '../../core/index.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
/** Of 4.90 euros. */
let invoiceId: InvoiceId
const changed: string[] = []
const paid: string[] = []
const transfer = { amountMinor: 200n, receivedOn: '2026-11-01', method: 'bank_transfer' } as const

beforeEach(async () => {
  changed.length = 0
  paid.length = 0
  fixture = await openBillingFixture({
    async onInvoiceChanged(_transaction, id) {
      changed.push(id)
    },
    async onPaid(_transaction, id) {
      paid.push(id)
    },
  })
  await fixture.addContract()
  const [issued] = (await fixture.billing.runBilling({})).issued
  if (issued === undefined) throw new Error('no invoice was issued')
  invoiceId = issued
})

afterEach(async () => {
  await fixture.close()
})

const record = (changes: Partial<Parameters<BillingFixture['billing']['recordPayment']>[2]> = {}) =>
  fixture.billing.recordPayment(fixture.acme, invoiceId, { ...transfer, ...changes })
const reverse = (paymentId: string, reason = 'It bounced.') =>
  fixture.billing.reversePayment(fixture.acme, invoiceId, paymentId, reason)

async function settlement() {
  const invoice = await fixture.billing.findInvoice(fixture.acme, invoiceId)
  return [invoice?.status, invoice?.paidMinor, invoice?.openMinor, invoice?.paidAt]
}

async function stripeCollects(collectedMinor: bigint, refundedMinor = 0n) {
  await fixture.ledger
    .insertInto('stripe_payment_states')
    .values({
      invoice_id: invoiceId,
      status: 'paid',
      collected_minor: collectedMinor,
      refunded_minor: refundedMinor,
      remaining_minor: 0n,
      attempt_count: 1n,
      next_attempt_at: null,
      problem: null,
      problem_code: null,
      dispute: null,
      disputed_minor: 0n,
      pay_url: null,
      checked_at: 0,
    })
    .execute()
}

const audited = async () =>
  (
    await fixture.ledger
      .selectFrom('audit_entries')
      .select('action')
      .where('subject_id', '=', invoiceId)
      .orderBy('no')
      .execute()
  ).map(({ action }) => action)

describe('a recorded payment', () => {
  it('leaves the rest open, and the last one makes the invoice paid', async () => {
    await record({ reference: 'NORD 42' })
    expect(await settlement()).toEqual(['issued', 200n, 290n, undefined])
    expect(paid).toEqual([])
    fixture.setNow('2026-11-03T09:00:00Z')
    await record({ amountMinor: 290n, method: 'cash' })
    const paidAt = getInstant('2026-11-03T09:00:00Z')
    expect(await settlement()).toEqual(['paid', 490n, 0n, paidAt])
    expect(changed).toEqual([invoiceId])
    expect(paid).toEqual([invoiceId])
    expect(await audited()).toEqual([
      'invoice.issued',
      'invoice.payment_recorded',
      'invoice.payment_recorded',
      'invoice.paid',
    ])
    expect(await fixture.billing.listPayments(fixture.acme, invoiceId)).toMatchObject([
      {
        amountMinor: 200n,
        currency: 'EUR',
        reference: 'NORD 42',
        method: 'bank_transfer',
        reversal: undefined,
      },
      { amountMinor: 290n, method: 'cash', receivedOn: '2026-11-01', madeBy: { id: 'test' } },
    ])
  })

  it('is at most what is open, and the refusal says how much that is', async () => {
    await record()
    await expect(record({ amountMinor: 291n })).rejects.toMatchObject({
      code: 'payment_exceeds_open',
      message: expect.stringContaining('€2.90 (290 in minor units)') as string,
    })
    await record({ amountMinor: 290n })
    await expect(record({ amountMinor: 1n })).rejects.toMatchObject({
      code: 'payment_exceeds_open',
      message: expect.stringContaining('nothing of this invoice is open') as string,
    })
  })

  it('is refused for a void invoice and for one of somebody else (I12)', async () => {
    const other = await fixture.addManufacturer('Other', 'OTHER')
    await expect(fixture.billing.recordPayment(other, invoiceId, transfer)).rejects.toMatchObject({
      code: 'invoice_not_found',
    })
    expect(await fixture.billing.listPayments(other, invoiceId)).toEqual([])
    await fixture.billing.markVoid(invoiceId)
    await expect(record()).rejects.toMatchObject({ code: 'invoice_status_invalid' })
  })

  it('is refused with what is wrong of it', async () => {
    for (const [pointer, changes] of [
      ['/amountMinor', { amountMinor: 0n }],
      ['/amountMinor', { amountMinor: -1n }],
      ['/receivedOn', { receivedOn: '2026-11-31' }],
      ['/receivedOn', { receivedOn: '2026-11-05' }],
      ['/reference', { reference: ' ' }],
    ] as const) {
      await expect(record(changes)).rejects.toMatchObject({
        code: 'billing_input_invalid',
        issues: [{ pointer }],
      })
    }
  })

  it('pays an invoice that was written off', async () => {
    await fixture.billing.markUncollectible(invoiceId)
    await record({ amountMinor: 490n })
    expect((await settlement()).slice(0, 3)).toEqual(['paid', 490n, 0n])
  })

  it('is never changed nor removed', async () => {
    const { id } = await record()
    const { ledger } = fixture
    const changes = [
      () => ledger.updateTable('invoice_payments').set({ amount_minor: 1n }).where('id', '=', id).execute(),
      () => ledger.deleteFrom('invoice_payments').where('id', '=', id).execute(),
    ]
    for (const change of changes) {
      await expect(withLedgerErrors(change as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'payment_frozen',
      })
    }
  })
})

describe('a payment that is taken back', () => {
  it('pays nothing any more, and an invoice that it had settled is open again', async () => {
    await record()
    const { id } = await record({ amountMinor: 290n })
    fixture.setNow('2026-11-09T09:00:00Z')
    expect(await reverse(id)).toMatchObject({
      id,
      reversal: { reason: 'It bounced.', createdAt: getInstant('2026-11-09T09:00:00Z') },
    })
    expect(await settlement()).toEqual(['issued', 200n, 290n, undefined])
    expect((await audited()).slice(-2)).toEqual(['invoice.payment_reversed', 'invoice.reopened'])
    await record({ amountMinor: 290n })
    expect((await settlement()).slice(0, 3)).toEqual(['paid', 490n, 0n])
    expect(changed).toEqual([invoiceId, invoiceId, invoiceId])
  })

  it('is taken back once', async () => {
    const { id } = await record()
    const once = await reverse(id)
    expect(await reverse(id)).toEqual(once)
    await expect(reverse(id, 'Another reason.')).rejects.toMatchObject({ code: 'payment_already_reversed' })
    await expect(reverse('pay_unknown')).rejects.toMatchObject({ code: 'payment_not_found' })
    await expect(reverse(id, '')).rejects.toMatchObject({ code: 'billing_input_invalid' })
    expect(await settlement()).toEqual(['issued', 0n, 490n, undefined])
  })

  it('leaves an invoice paid that Stripe collected', async () => {
    const { id } = await record()
    await fixture.billing.markPaid(invoiceId, getInstant('2026-11-02T13:00:00Z'))
    await reverse(id)
    expect(await settlement()).toEqual(['paid', 490n, 0n, getInstant('2026-11-02T13:00:00Z')])
    expect(paid).toEqual([invoiceId])
  })

  it('does not reopen an invoice that Stripe collected whole; the customer is owed less', async () => {
    const { id } = await record()
    await stripeCollects(490n)
    await fixture.billing.markPaid(invoiceId, getInstant('2026-11-02T13:00:00Z'))
    const before = await fixture.billing.findInvoice(fixture.acme, invoiceId)
    expect(before).toMatchObject({ paidMinor: 690n, openMinor: 0n, balanceMinor: -200n })
    changed.length = 0
    await reverse(id)
    expect(await settlement()).toEqual(['paid', 490n, 0n, getInstant('2026-11-02T13:00:00Z')])
    expect(await audited()).not.toContain('invoice.reopened')
    // What Stripe is to be told may be another thing now.
    expect(changed).toEqual([invoiceId])
  })

  it('reopens an invoice that was paid twice once Stripe gave the second payment back', async () => {
    const { id } = await record({ amountMinor: 490n })
    await stripeCollects(490n, 490n)
    expect(await fixture.billing.findInvoice(fixture.acme, invoiceId)).toMatchObject({
      status: 'paid',
      balanceMinor: 0n,
    })
    await reverse(id)
    expect((await settlement()).slice(0, 3)).toEqual(['issued', 490n, 490n])
  })

  it('is the only way from paid to open', async () => {
    await record({ amountMinor: 490n })
    await expect(
      withLedgerErrors(() =>
        fixture.ledger
          .updateTable('invoices')
          .set({ status: 'issued', paid_at: null })
          .where('id', '=', invoiceId)
          .execute(),
      ),
    ).rejects.toMatchObject({ code: 'invoice_status_invalid' })
  })
})
