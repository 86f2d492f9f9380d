import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreditNoteId, InvoiceId } from '../../core/index.ts'
import { customerHash } from './document-parameters.ts'
import { followInvoice } from './follow-documents.ts'
import { aCreditNote, aLedger, anIssuedInvoice, issuedAt, type TestLedger } from './testing/ledger-fixture.ts'
import { readPushCustomer } from './push-document.ts'

let test: TestLedger

beforeEach(async () => {
  test = await aLedger()
})
afterEach(() => test.close())

function follow(invoiceId: InvoiceId, isNew = false): Promise<undefined> {
  return test.ledger
    .transaction()
    .execute((transaction) => followInvoice(transaction, { invoiceId, now: issuedAt, isNew }))
}

const wish = { id: 'inv_1', amountsMinor: [490n], totalMinor: 490n }

async function steps(): Promise<string[]> {
  const rows = await test.ledger.selectFrom('outbox_steps').selectAll().orderBy('id').execute()
  return rows.map(({ subject_id, step, generation, state }) => `${subject_id} ${step} ${generation} ${state}`)
}

async function setState(step: string, state: 'done' | 'parked'): Promise<void> {
  await test.ledger
    .updateTable('outbox_steps')
    .set({ state, problem: state === 'parked' ? 'No.' : null })
    .where('step', '=', step as 'add_lines')
    .where('state', '=', 'waiting')
    .execute()
}

/** As if the pusher had brought it to Stripe, up to and with this step. */
async function pushed(invoiceId: InvoiceId): Promise<void> {
  await test.ledger
    .insertInto('stripe_customers')
    .values({ customer_id: 'cust_inv_1', stripe_customer_id: 'cus_9', adopted_at: 0 })
    .execute()
  await setState('create_customer', 'done')
  await test.ledger
    .insertInto('stripe_invoices')
    .values({ invoice_id: invoiceId, stripe_invoice_id: 'in_9', adopted_at: 0 })
    .execute()
  for (const step of ['create_invoice', 'add_lines', 'finalize_invoice']) {
    await setState(step, 'done')
    await follow(invoiceId)
  }
}

const throughFinalization = [
  'cust_inv_1 create_customer 1 done',
  'inv_1 create_invoice 1 done',
  'inv_1 add_lines 1 done',
  'inv_1 finalize_invoice 1 done',
]

describe('a document that is issued', () => {
  it('leaves a step for its customer and one for itself, with keys and without parameters', async () => {
    await follow(await anIssuedInvoice(test.ledger, wish), true)
    const rows = await test.ledger.selectFrom('outbox_steps').selectAll().orderBy('id').execute()
    const common = {
      manufacturer_id: 'man_acme',
      customer_id: 'cust_inv_1',
      credit_note_id: null,
      generation: 1n,
      api_version: '2026-10-28.endive',
      parameters: null,
      state: 'waiting',
      attempts: 0n,
      first_attempt_at: null,
      next_attempt_at: issuedAt,
      postponements: 0n,
      problem: null,
      problem_reason: null,
      created_at: issuedAt,
      done_at: null,
    }
    expect(rows).toEqual([
      {
        ...common,
        id: 1n,
        invoice_id: null,
        subject_id: 'cust_inv_1',
        step: 'create_customer',
        idempotency_key: 'usance:man_acme:cust_inv_1:create_customer:1',
      },
      {
        ...common,
        id: 2n,
        invoice_id: 'inv_1',
        subject_id: 'inv_1',
        step: 'create_invoice',
        idempotency_key: 'usance:man_acme:inv_1:create_invoice:1',
      },
    ])
  })

  it('leaves none for a customer whom Stripe knows as it is, and one for a customer that changed', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    const details_hash = customerHash(await readPushCustomer(test.ledger, 'cust_inv_1' as never))
    await test.ledger
      .insertInto('stripe_customers')
      .values({ customer_id: 'cust_inv_1', stripe_customer_id: 'cus_9', adopted_at: 0, details_hash })
      .execute()
    await follow(invoiceId, true)
    expect(await steps()).toEqual(['inv_1 create_invoice 1 waiting'])
    await test.ledger.updateTable('customers').set({ email: 'new@example.com' }).execute()
    await anIssuedInvoice(test.ledger, { ...wish, id: 'inv_2', customerId: 'cust_inv_1' })
    await follow('inv_2' as InvoiceId, true)
    expect((await steps()).slice(1)).toEqual([
      'cust_inv_1 update_customer 1 waiting',
      'inv_2 create_invoice 1 waiting',
    ])
  })

  it('leaves nothing behind when the issuing transaction fails', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await expect(
      test.ledger.transaction().execute(async (transaction) => {
        await followInvoice(transaction, { invoiceId, now: issuedAt, isNew: true })
        throw new Error('issuing failed')
      }),
    ).rejects.toThrow('issuing failed')
    expect(await steps()).toEqual([])
  })

  it('is followed once however often it is asked for, and one that never went to Stripe is left alone', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId)
    expect(await steps()).toEqual([])
    await follow(invoiceId, true)
    await follow(invoiceId, true)
    await follow(invoiceId)
    expect(await steps()).toHaveLength(2)
  })

  it('shares the step of its customer with the others of one transaction', async () => {
    const ids: InvoiceId[] = []
    for (const id of ['inv_1', 'inv_2', 'inv_3'])
      ids.push(await anIssuedInvoice(test.ledger, { ...wish, id, customerId: 'cust_1' }))
    await test.ledger.transaction().execute(async (transaction) => {
      await Promise.all(
        ids.map((invoiceId) => followInvoice(transaction, { invoiceId, now: issuedAt, isNew: true })),
      )
    })
    expect(await steps()).toEqual([
      'cust_1 create_customer 1 waiting',
      'inv_1 create_invoice 1 waiting',
      'inv_2 create_invoice 1 waiting',
      'inv_3 create_invoice 1 waiting',
    ])
  })
})

describe('a document that changes here', () => {
  it('is voided at Stripe once it is finalized there', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId, true)
    await pushed(invoiceId)
    await test.ledger.updateTable('invoices').set({ status: 'void' }).execute()
    await follow(invoiceId)
    expect(await steps()).toEqual([...throughFinalization, 'inv_1 void_invoice 1 waiting'])
  })

  it('is not begun when it is void before, and its draft is deleted when there is one', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId, true)
    await test.ledger.updateTable('invoices').set({ status: 'void' }).execute()
    await follow(invoiceId)
    expect((await steps()).slice(1)).toEqual(['inv_1 create_invoice 1 superseded'])
    await test.ledger
      .insertInto('stripe_invoices')
      .values({ invoice_id: invoiceId, stripe_invoice_id: 'in_9', adopted_at: 0 })
      .execute()
    await follow(invoiceId)
    expect((await steps()).slice(2)).toEqual(['inv_1 delete_draft 1 waiting'])
  })

  it('overtakes what is parked, which stays parked as long as it is wanted', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId, true)
    await setState('create_invoice', 'parked')
    await follow(invoiceId)
    expect((await steps()).slice(1)).toEqual(['inv_1 create_invoice 1 parked'])
    await test.ledger.updateTable('invoices').set({ status: 'void' }).execute()
    await follow(invoiceId)
    expect((await steps()).slice(1)).toEqual(['inv_1 create_invoice 1 superseded'])
  })

  it('sends its credit notes one after the other, once it is finalized', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId, true)
    for (const id of ['crn_1', 'crn_2'] as CreditNoteId[]) {
      await aCreditNote(test.ledger, { id, invoiceId, totalMinor: 100n })
    }
    await follow(invoiceId)
    expect(await steps()).toHaveLength(2)
    await pushed(invoiceId)
    expect((await steps()).slice(4)).toEqual(['crn_1 create_credit_note 1 waiting'])
    await setState('create_credit_note', 'parked')
    await follow(invoiceId)
    expect((await steps()).slice(4)).toEqual([
      'crn_1 create_credit_note 1 parked',
      'crn_2 create_credit_note 1 waiting',
    ])
  })

  it('is written off at Stripe, and told of money that came elsewhere', async () => {
    const invoiceId = await anIssuedInvoice(test.ledger, wish)
    await follow(invoiceId, true)
    await pushed(invoiceId)
    await test.ledger.updateTable('invoices').set({ status: 'uncollectible' }).execute()
    await follow(invoiceId)
    expect((await steps()).slice(4)).toEqual(['inv_1 mark_uncollectible 1 waiting'])
    await setState('mark_uncollectible', 'done')
    await follow(invoiceId)
    expect(await steps()).toHaveLength(5)
  })
})
