import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InvariantError, type InvoiceId } from '../../core/index.ts'
import { aLedger, anIssuedInvoice, issuedAt, type TestLedger } from './ledger-fixture.ts'
import { enqueueInvoicePush } from './outbox.ts'

let test: TestLedger

beforeEach(async () => {
  test = await aLedger()
})
afterEach(() => test.close())

function enqueue(invoiceId: InvoiceId): Promise<void> {
  return test.ledger
    .transaction()
    .execute((transaction) => enqueueInvoicePush(transaction, invoiceId, issuedAt))
}

describe('enqueueInvoicePush', () => {
  it('stores key, version and exact parameters of the first step before any call', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, {
      id: 'inv_1',
      amountsMinor: [490n],
      totalMinor: 490n,
    })
    await enqueue(invoiceId)
    const rows = await test.ledger.selectFrom('outbox_steps').selectAll().execute()
    expect(rows).toEqual([
      {
        id: 1n,
        invoice_id: 'inv_1',
        step: 'create_customer',
        generation: 1n,
        idempotency_key: 'usance:man_acme:inv_1:create_customer:1',
        api_version: '2026-10-28.endive',
        parameters:
          '{"body":{"name":"Building Co","email":"cust_inv_1@example.com","metadata":{"customer_id":"cust_inv_1"}}}',
        state: 'waiting',
        attempts: 0n,
        first_attempt_at: null,
        next_attempt_at: issuedAt,
        problem: null,
        created_at: issuedAt,
        done_at: null,
      },
    ])
  })

  it('begins with the invoice when the customer is known at Stripe', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, {
      id: 'inv_1',
      amountsMinor: [490n],
      totalMinor: 490n,
    })
    await test.ledger
      .insertInto('stripe_customers')
      .values({ customer_id: 'cust_inv_1', stripe_customer_id: 'cus_9', adopted_at: 0 })
      .execute()
    await enqueue(invoiceId)
    const row = await test.ledger.selectFrom('outbox_steps').selectAll().executeTakeFirstOrThrow()
    expect(row.step).toBe('create_invoice')
    expect(JSON.parse(row.parameters)).toMatchObject({
      body: { customer: 'cus_9', currency: 'eur', number: 'NR-inv_1', auto_advance: false },
    })
  })

  it('leaves nothing behind when the issuing transaction fails', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, {
      id: 'inv_1',
      amountsMinor: [490n],
      totalMinor: 490n,
    })
    await expect(
      test.ledger.transaction().execute(async (transaction) => {
        await enqueueInvoicePush(transaction, invoiceId, issuedAt)
        throw new Error('issuing failed')
      }),
    ).rejects.toThrow('issuing failed')
    expect(await test.ledger.selectFrom('outbox_steps').selectAll().execute()).toEqual([])
  })

  it('parks an invoice of 251 lines at once without stopping the issuing', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, {
      id: 'inv_1',
      amountsMinor: Array.from({ length: 251 }, () => 1n),
      totalMinor: 251n,
    })
    await enqueue(invoiceId)
    const row = await test.ledger.selectFrom('outbox_steps').selectAll().executeTakeFirstOrThrow()
    expect([row.state, row.problem]).toEqual([
      'parked',
      'Stripe takes at most 250 lines and this invoice has 251; send it another way.',
    ])
  })

  it('refuses an invoice that is not there, and a second push of one', async () => {
    await expect(enqueue('inv_nothing' as InvoiceId)).rejects.toBeInstanceOf(InvariantError)
    const invoiceId = await anIssuedInvoice(test.ledger, { id: 'inv_1', amountsMinor: [1n], totalMinor: 1n })
    await enqueue(invoiceId)
    await expect(enqueue(invoiceId)).rejects.toThrow('UNIQUE')
  })
})
