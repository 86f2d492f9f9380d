/** What Stripe is told of an invoice that was paid outside it, by where its push was then. */
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secureRandomBytes, systemClock, type InvoiceId } from '../../core/index.ts'
import { startStripeSandbox, type StripeSandbox } from '../../stripe-sandbox/index.ts'
import {
  createSecretStore,
  createStripeInbox,
  createStripePusher,
  enqueueInvoicePush,
  followPayments,
  type StripePusher,
} from './index.ts'
import { aLedger, anIssuedInvoice, manufacturerId, type TestLedger } from './ledger-fixture.ts'

const secretKey = new Uint8Array(32).fill(7)
const log = pino({ level: 'silent' })
const common = { clock: systemClock, randomBytes: secureRandomBytes, log, secretKey }
/** Long enough that nothing is collected within a test. */
const collectionDelayMs = 600_000
const totalMinor = 490n

let test: TestLedger
let sandbox: StripeSandbox
let pusher: StripePusher
let invoiceId: InvoiceId
let paymentNo = 0

beforeEach(async () => {
  test = await aLedger()
  sandbox = await startStripeSandbox({
    ...common,
    host: '127.0.0.1',
    port: 0,
    apiKey: 'sk_test_sandbox',
    collectionDelayMs,
  })
  await createSecretStore({ ...common, ledger: test.ledger }).setStripeCredentials(
    manufacturerId,
    { apiKey: 'sk_test_sandbox', webhookSecret: 'whsec_sandbox' },
    { allowLiveKey: false },
  )
  pusher = createStripePusher({ ...common, ledger: test.ledger, stripeOptions: stripeOptions() })
  invoiceId = await anIssuedInvoice(test.ledger, { id: 'inv_a', amountsMinor: [totalMinor], totalMinor })
  await test.ledger.transaction().execute((transaction) => enqueueInvoicePush(transaction, invoiceId, 0))
})

afterEach(async () => {
  await sandbox.close()
  await test.close()
})

const stripeOptions = () => ({ host: sandbox.host, port: sandbox.port, protocol: 'http' }) as const

/** As billing does it: the payment, the status and what follows from it in one transaction. */
async function pay(): Promise<void> {
  paymentNo += 1
  const id = `pay_${paymentNo}`
  await test.ledger.transaction().execute(async (transaction) => {
    const actor = { actor_kind: 'system', actor_id: 'test', actor_name: 'test' } as const
    const row = { invoice_id: invoiceId, amount_minor: totalMinor, currency: 'EUR', created_at: paymentNo }
    const payment = { received_on: '2026-11-02', method: 'cash', reference: null } as const
    await transaction
      .insertInto('invoice_payments')
      .values({ id, ...row, ...payment, ...actor, reverses_id: null, reason: null })
      .execute()
    await transaction
      .updateTable('invoices')
      .set({ status: 'paid', paid_at: paymentNo })
      .where('id', '=', invoiceId)
      .execute()
    await followPayments(transaction, invoiceId, systemClock.now())
  })
}

async function takeBack(): Promise<void> {
  await test.ledger.transaction().execute(async (transaction) => {
    const payment = await transaction
      .selectFrom('invoice_payments')
      .selectAll()
      .where('id', '=', `pay_${paymentNo}`)
      .executeTakeFirstOrThrow()
    const of = { received_on: null, method: null, reverses_id: payment.id, reason: 'It bounced.' }
    await transaction
      .insertInto('invoice_payments')
      .values({ ...payment, ...of, id: `${payment.id}_back` })
      .execute()
    await transaction
      .updateTable('invoices')
      .set({ status: 'issued', paid_at: null })
      .where('id', '=', invoiceId)
      .execute()
    await followPayments(transaction, invoiceId, systemClock.now())
  })
}

async function steps() {
  const rows = await test.ledger.selectFrom('outbox_steps').selectAll().orderBy('id').execute()
  return rows.map(({ step, state, generation }) => `${step} ${generation} ${state}`)
}

const atStripe = () => sandbox.inspect().invoices.map(({ status, attempted }) => ({ status, attempted }))

const pushed = [
  'create_customer 1 done',
  'create_invoice 1 done',
  'add_lines 1 done',
  'finalize_invoice 1 done',
]

describe('an invoice that was paid outside Stripe', () => {
  it('is not pushed if its push has not begun, and is when it is open again', async () => {
    await pay()
    await pusher.pushWaiting()
    expect(atStripe()).toEqual([])
    const [first] = await test.ledger.selectFrom('outbox_steps').selectAll().execute()
    expect(first).toMatchObject({
      state: 'superseded',
      problem: 'The invoice was paid outside Stripe before its push began.',
    })
    await takeBack()
    await pusher.pushWaiting()
    expect(atStripe()).toEqual([{ status: 'open', attempted: false }])
    expect(await steps()).toEqual([
      'create_customer 1 superseded',
      'create_customer 2 done',
      ...pushed.slice(1),
    ])
  })

  it('is marked as paid out of band after its push has ended, and not collected', async () => {
    await pusher.pushWaiting()
    await pay()
    await pusher.pushWaiting()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 done'])
    expect(atStripe()).toEqual([{ status: 'paid', attempted: false }])
  })

  it('goes on to Stripe when its push has begun, where it is never collected', async () => {
    await test.ledger
      .updateTable('outbox_steps')
      .set({ attempts: 1n, first_attempt_at: systemClock.now() })
      .execute()
    await pay()
    await pusher.pushWaiting()
    // Only the customer was begun.
    expect(await steps()).toEqual(['create_customer 1 done'])
    await takeBack()
    await test.ledger
      .updateTable('outbox_steps')
      .set({ attempts: 1n, first_attempt_at: systemClock.now() })
      .where('step', '=', 'create_invoice')
      .execute()
    await pay()
    await pusher.pushWaiting()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 done'])
    expect(atStripe()).toEqual([{ status: 'paid', attempted: false }])
    expect(sandbox.inspect().invoices.map(({ auto_advance }) => auto_advance)).toEqual([false])
  })

  it('stays open here when the payment bounces, whatever Stripe was told before', async () => {
    await pusher.pushWaiting()
    await pay()
    await pusher.pushWaiting()
    await takeBack()
    const marked: string[] = []
    const inbox = createStripeInbox({
      ...common,
      ledger: test.ledger,
      stripeOptions: stripeOptions(),
      markPaid: async (id) => void marked.push(id),
    })
    await inbox.syncOpenInvoices()
    expect(marked).toEqual([])
  })

  it('is left to Stripe again when the payment is taken back before Stripe was told', async () => {
    await pusher.pushWaiting()
    await pay()
    await takeBack()
    await pusher.pushWaiting()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 superseded'])
    expect(atStripe()).toEqual([{ status: 'open', attempted: false }])
    await pay()
    await pusher.pushWaiting()
    expect((await steps()).slice(-2)).toEqual(['pay_out_of_band 1 superseded', 'pay_out_of_band 2 done'])
  })

  it('is parked with a sentence when Stripe has collected it as well', async () => {
    await pusher.pushWaiting()
    const [document] = sandbox.inspect().invoices
    await fetch(`http://${sandbox.host}:${sandbox.port}/v1/invoices/${document?.id}/pay`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sandbox', 'stripe-version': '2026-10-28.endive' },
    })
    await pay()
    const { parked } = await pusher.pushWaiting()
    expect(parked).toMatchObject([
      {
        step: 'pay_out_of_band',
        problem: expect.stringContaining('give one of the two payments back') as string,
      },
    ])
  })
})
