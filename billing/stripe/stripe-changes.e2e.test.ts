/** What becomes of documents at Stripe after they were issued: credit notes, refunds, voids, write-offs, changed customers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR_MS, type InvoiceId } from '../../core/index.ts'
import type { StripeConnection } from './index.ts'
import { aCreditNote } from './testing/ledger-fixture.ts'
import { aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

let world: StripeWorld
let stripe: StripeConnection

/** Nothing is collected by itself unless a test says so. */
beforeEach(async () => {
  world = await aStripeWorld({ collectionDelayMs: 600_000 })
  stripe = world.connect()
})
afterEach(() => world.close())

const wish = { id: 'inv_1', amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

async function pushed(change: object = {}): Promise<InvoiceId> {
  const invoiceId = await world.issue({ ...wish, ...change })
  expect((await stripe.pusher.pushWaiting()).finalized).toEqual([invoiceId])
  return invoiceId
}

const documentOf = (invoiceId: InvoiceId) => {
  const [document] = world.documentsOf(invoiceId)
  if (document === undefined) throw new Error('the document is not at Stripe')
  return document
}

function customerOf(invoiceId: InvoiceId): string {
  const { customer } = documentOf(invoiceId)
  return typeof customer === 'string' ? customer : (customer?.id ?? '')
}

/** Stripe collects it, and what follows is looked at here. */
async function collected(invoiceId: InvoiceId): Promise<void> {
  await world.aPerson().invoices.pay(documentOf(invoiceId).id)
  await look(invoiceId)
}

async function look(invoiceId: InvoiceId): Promise<void> {
  const stripeInvoiceId = documentOf(invoiceId).id
  await stripe.inbox.lookAtInvoices([{ invoiceId, manufacturerId: 'man_acme' as never, stripeInvoiceId }])
}

async function stateOf(invoiceId: InvoiceId) {
  return await world.test.ledger
    .selectFrom('stripe_payment_states')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirstOrThrow()
}

const notesAtStripe = () =>
  world.sandbox
    .inspect()
    .creditNotes.map(({ total, pre_payment_amount, post_payment_amount, out_of_band_amount, metadata }) => ({
      total,
      pre: pre_payment_amount,
      post: post_payment_amount,
      outOfBand: out_of_band_amount,
      ours: metadata?.['credit_note_id'],
    }))
const refundsAtStripe = () => world.sandbox.inspect().refunds.map(({ amount, status }) => [amount, status])

describe('a credit note', () => {
  it('lowers what is open of its invoice', async () => {
    const invoiceId = await pushed()
    await world.credit('crn_1', invoiceId, 500n)
    await stripe.pusher.pushWaiting()
    expect(notesAtStripe()).toEqual([{ total: 500, pre: 500, post: 0, outOfBand: null, ours: 'crn_1' }])
    expect(documentOf(invoiceId)).toMatchObject({ status: 'open', total: 1693, amount_remaining: 1193 })
  })

  it('that takes all leaves the invoice settled, without saying that money came', async () => {
    const invoiceId = await pushed()
    await world.credit('crn_1', invoiceId, 1_693n)
    await stripe.pusher.pushWaiting()
    expect(documentOf(invoiceId)).toMatchObject({ status: 'paid', amount_paid: 0 })
    await look(invoiceId)
    expect(world.paid).toEqual([])
    expect(await stateOf(invoiceId)).toMatchObject({ status: 'paid', collected_minor: 0n, problem: null })
  })

  it('on what Stripe collected is refunded', async () => {
    const invoiceId = await pushed()
    await collected(invoiceId)
    await world.credit('crn_1', invoiceId, 300n)
    await stripe.pusher.pushWaiting()
    expect(notesAtStripe()).toEqual([{ total: 300, pre: 0, post: 300, outOfBand: null, ours: 'crn_1' }])
    expect(refundsAtStripe()).toEqual([[300, 'succeeded']])
    expect(await stateOf(invoiceId)).toMatchObject({ collected_minor: 1_693n, refunded_minor: 300n })
  })

  it('on what was paid elsewhere is given back there', async () => {
    const invoiceId = await pushed()
    await world.payOutside(invoiceId)
    await stripe.pusher.pushWaiting()
    await world.credit('crn_1', invoiceId, 300n)
    await stripe.pusher.pushWaiting()
    expect(notesAtStripe()).toEqual([{ total: 300, pre: 0, post: 300, outOfBand: 300, ours: 'crn_1' }])
    expect(refundsAtStripe()).toEqual([])
  })

  it('gives back the tax of its rate, to the cent', async () => {
    const tax = { prices: 'net', percent: '19', netMinor: 1_693n, taxMinor: 322n } as const
    const invoiceId = await pushed({ totalMinor: 2_015n, tax })
    const credited = { percent: '19', netMinor: 100n, taxMinor: 19n }
    await aCreditNote(world.test.ledger, { id: 'crn_1', invoiceId, totalMinor: 119n, tax: credited })
    await world.follow(invoiceId)
    await stripe.pusher.pushWaiting()
    expect(notesAtStripe()).toEqual([{ total: 119, pre: 119, post: 0, outOfBand: null, ours: 'crn_1' }])
    const [note] = world.sandbox.inspect().creditNotes
    expect([
      note?.subtotal,
      note?.total_excluding_tax,
      note?.total_taxes?.map(({ amount }) => amount),
    ]).toEqual([100, 100, [19]])
    expect(documentOf(invoiceId).amount_remaining).toBe(1896)
  })

  it('is planned anew when somebody pays between its plan and its call', async () => {
    const invoiceId = await pushed()
    await world.credit('crn_1', invoiceId, 300n)
    let isPaid = false
    world.setFault(({ method, path }) => {
      if (isPaid || method !== 'POST' || path !== '/v1/credit_notes') return undefined
      isPaid = true
      return { kind: 'hold', until: world.aPerson().invoices.pay(documentOf(invoiceId).id) }
    })
    await world.drain(stripe)
    expect(notesAtStripe()).toEqual([{ total: 300, pre: 0, post: 300, outOfBand: null, ours: 'crn_1' }])
    expect(refundsAtStripe()).toEqual([[300, 'succeeded']])
    expect((await world.steps(invoiceId)).slice(-2)).toEqual([
      'create_credit_note 1 superseded',
      'create_credit_note 2 done',
    ])
  })

  it.each(['error_after', 'error_stored', 'cut_body', 'reset_before', 'bad_gateway'] as const)(
    'is there once when its call ends in %s',
    async (kind) => {
      const invoiceId = await pushed()
      await collected(invoiceId)
      await world.credit('crn_1', invoiceId, 300n)
      let hits = 0
      world.setFault(({ method, path }) => {
        if (method !== 'POST' || path !== '/v1/credit_notes' || hits >= 2) return undefined
        hits += 1
        return { kind }
      })
      await world.drain(stripe)
      expect([notesAtStripe().length, refundsAtStripe()]).toEqual([1, [[300, 'succeeded']]])
    },
  )
})

describe('an invoice that is voided here', () => {
  it('is void at Stripe', async () => {
    const invoiceId = await pushed()
    await world.setStatus(invoiceId, 'void')
    await stripe.pusher.pushWaiting()
    expect(documentOf(invoiceId).status).toBe('void')
    expect((await world.steps(invoiceId)).at(-1)).toBe('void_invoice 1 done')
  })

  it('is given back when Stripe collected it meanwhile', async () => {
    const invoiceId = await pushed()
    await world.aPerson().invoices.pay(documentOf(invoiceId).id)
    await world.setStatus(invoiceId, 'void')
    await world.drain(stripe)
    expect((await world.steps(invoiceId)).slice(-2)).toEqual([
      'void_invoice 1 superseded',
      'refund_payment 1 done',
    ])
    expect(refundsAtStripe()).toEqual([[1693, 'succeeded']])
    expect(await stateOf(invoiceId)).toMatchObject({ collected_minor: 1_693n, refunded_minor: 1_693n })
  })

  it('leaves no draft behind when that happens before it is finalized', async () => {
    const invoiceId = await world.issue(wish)
    world.setFault(({ method, path }) =>
      method === 'POST' && path.endsWith('/finalize') ? { kind: 'error_before' } : undefined,
    )
    await stripe.pusher.pushWaiting()
    expect(documentOf(invoiceId).status).toBe('draft')
    world.setFault(() => undefined)
    await world.setStatus(invoiceId, 'void')
    await world.drain(stripe)
    expect(world.documentsOf(invoiceId)).toEqual([])
    expect((await world.steps(invoiceId)).slice(-2)).toEqual([
      'finalize_invoice 1 superseded',
      'delete_draft 1 done',
    ])
  })
})

it('an invoice that is written off here is uncollectible at Stripe, and one that Stripe gives up is so here', async () => {
  const first = await pushed()
  await world.setStatus(first, 'uncollectible')
  await stripe.pusher.pushWaiting()
  expect(documentOf(first).status).toBe('uncollectible')
  const second = await pushed({ id: 'inv_2' })
  await world.aPerson().invoices.markUncollectible(documentOf(second).id)
  await look(second)
  const { status } = await world.test.ledger
    .selectFrom('invoices')
    .select('status')
    .where('id', '=', second)
    .executeTakeFirstOrThrow()
  expect(status).toBe('uncollectible')
})

describe('a document that Stripe cannot take as it is', () => {
  it('stands when the customer has a balance there that is not ours, until it is zero', async () => {
    const first = await pushed({ customerId: 'cust_1' })
    const customer = customerOf(first)
    const change = { amount: -500, currency: 'eur' }
    await world.aPerson().customers.createBalanceTransaction(customer, change)
    const second = await world.issue({ ...wish, id: 'inv_2', customerId: 'cust_1' })
    const { parked } = await stripe.pusher.pushWaiting()
    expect(parked.map(({ step, problem }) => [step, problem])).toEqual([
      [
        'finalize_invoice',
        `The customer ${customer} has a balance of -500 eur at Stripe that is not ours and would change what ` +
          `${documentOf(second).id} asks for; bring it to zero there, then try again.`,
      ],
    ])
    await world.aPerson().customers.createBalanceTransaction(customer, { ...change, amount: 500 })
    await retryParked()
    expect((await stripe.pusher.pushWaiting()).finalized).toEqual([second])
  })

  it('in another currency than the customer has there is sent in its own', async () => {
    const first = await pushed({ customerId: 'cust_1' })
    const second = await pushed({ id: 'inv_2', customerId: 'cust_1', currency: 'USD' })
    expect([documentOf(first), documentOf(second)].map(({ currency, total }) => [currency, total])).toEqual([
      ['eur', 1_693],
      ['usd', 1_693],
    ])
    expect(customerOf(second)).toBe(customerOf(first))
  })

  it('stands when the customer is held to another currency there, until that is over, and others go on', async () => {
    const { id: customer } = await world
      .aPerson()
      .customers.create({ metadata: { sandbox_currency: 'fixed' } })
    await world.aPerson().invoices.create({ customer, currency: 'eur' })
    await world.link('cust_1', customer)
    const refused = await world.issue({ ...wish, customerId: 'cust_1', currency: 'USD' })
    const other = await world.issue({ ...wish, id: 'inv_2', currency: 'USD' })
    const { parked, finalized } = await stripe.pusher.pushWaiting()
    expect(parked).toMatchObject([{ invoiceId: refused, step: 'create_invoice' }])
    expect(parked[0]?.problem).toMatch(
      /^Stripe refused the document: You cannot combine currencies on a single customer\..*currency eur\.$/,
    )
    expect(finalized).toEqual([other])
    expect(world.documentsOf(refused)).toEqual([])
    expect((await stripe.pusher.pushWaiting()).parked).toEqual([])

    await world.aPerson().customers.update(customer, { metadata: { sandbox_currency: '' } })
    await retryParked()
    expect((await stripe.pusher.pushWaiting()).finalized).toEqual([refused])
    expect(world.documentsOf(refused)).toMatchObject([{ status: 'open', currency: 'usd', total: 1_693 }])
  })

  it('is not sent when it is below what Stripe charges', async () => {
    const invoiceId = await world.issue({ ...wish, amountsMinor: [49n], totalMinor: 49n })
    const { parked } = await stripe.pusher.pushWaiting()
    expect(parked).toMatchObject([{ invoiceId, step: 'create_invoice' }])
    expect(parked[0]?.problem).toContain('Stripe cannot charge less than €0.50')
    expect(await stripe.pushDesk.listParked('man_acme' as never, { limit: 10 })).toMatchObject([
      {
        problem: parked[0]?.problem,
        problemReason: { code: 'below_least_charge', facts: { leastMinor: '50', currency: 'EUR' } },
      },
    ])
    expect(world.sandbox.inspect().invoices).toEqual([])
  })

  it('makes its customer anew when it was deleted there', async () => {
    const first = await pushed({ customerId: 'cust_1' })
    await world.aPerson().customers.del(customerOf(first))
    const second = await world.issue({ ...wish, id: 'inv_2', customerId: 'cust_1' })
    const { parked } = await stripe.pusher.pushWaiting()
    expect(parked).toMatchObject([{ invoiceId: second, step: 'create_invoice' }])
    await retryParked()
    expect((await stripe.pusher.pushWaiting()).finalized).toEqual([second])
    expect(customerOf(second)).not.toBe(customerOf(first))
  })
})

describe('a draft that cannot become the invoice', () => {
  /** Held up before it is finalized. */
  async function drafted(): Promise<InvoiceId> {
    const invoiceId = await world.issue({ ...wish, customerId: 'cust_1' })
    world.setFault(({ path }) =>
      path.endsWith('/lines') || path.endsWith('add_lines') ? { kind: 'bad_gateway' } : undefined,
    )
    await stripe.pusher.pushWaiting()
    world.setFault(() => undefined)
    return invoiceId
  }

  it('because somebody deleted it at Stripe is made anew when it is taken up again', async () => {
    const invoiceId = await drafted()
    await world.aPerson().invoices.del(documentOf(invoiceId).id)
    world.pass(HOUR_MS)
    expect((await stripe.pusher.pushWaiting()).parked).toMatchObject([{ invoiceId }])
    await retryParked()
    expect((await stripe.pusher.pushWaiting()).finalized).toEqual([invoiceId])
    expect(documentOf(invoiceId)).toMatchObject({ status: 'open', total: 1_693 })
  })

  it('because its customer was deleted there is deleted, and made anew for another one', async () => {
    const invoiceId = await drafted()
    const before = documentOf(invoiceId).id
    await world.aPerson().customers.del(customerOf(invoiceId))
    world.pass(HOUR_MS)
    await stripe.pusher.pushWaiting()
    await retryParked()
    await world.drain()
    expect(world.documentsOf(invoiceId)).toMatchObject([{ status: 'open', total: 1_693 }])
    expect(documentOf(invoiceId).id).not.toBe(before)
  })
})

it('the next credit note goes on when the one before it is parked', async () => {
  const invoiceId = await pushed()
  await world.credit('crn_1', invoiceId, 100n)
  await world.credit('crn_2', invoiceId, 90n)
  // Somebody's own note at Stripe leaves room for the second alone.
  await world.aPerson().creditNotes.create({ invoice: documentOf(invoiceId).id, amount: 1_600 })
  const { parked } = await stripe.pusher.pushWaiting()
  expect(parked).toMatchObject([{ creditNoteId: 'crn_1' }])
  expect(notesAtStripe().map(({ ours }) => ours)).toContain('crn_2')
})

it('what was collected in part before it was voided here is given back, and the rest is not collected any more', async () => {
  const invoiceId = await pushed()
  const { id } = documentOf(invoiceId)
  world.sandbox.payPartly(id, 190)
  await world.setStatus(invoiceId, 'void')
  await world.drain()
  expect(documentOf(invoiceId)).toMatchObject({ status: 'uncollectible', amount_paid: 190 })
  expect(world.sandbox.inspect().refunds.map(({ amount }) => amount)).toEqual([190])
  expect((await world.steps(invoiceId)).slice(3)).toEqual([
    'void_invoice 1 superseded',
    'refund_payment 1 done',
    'mark_uncollectible 1 done',
  ])
})

it('a retry while Stripe cannot be asked says so, and leaves the step parked', async () => {
  const first = await pushed({ customerId: 'cust_1' })
  await world.aPerson().customers.del(customerOf(first))
  await world.issue({ ...wish, id: 'inv_2', customerId: 'cust_1' })
  await stripe.pusher.pushWaiting()
  world.setFault(() => ({ kind: 'bad_gateway' }))
  await expect(retryParked()).rejects.toMatchObject({ code: 'stripe_unreachable' })
  world.setFault(() => undefined)
  expect(await stripe.pushDesk.listParked('man_acme' as never, { limit: 10 })).toHaveLength(1)
})

async function retryParked(): Promise<void> {
  const actor = { kind: 'system', id: 'test', name: 'test' } as const
  const parked = await stripe.pushDesk.listParked('man_acme' as never, { limit: 10 })
  expect(parked).toHaveLength(1)
  for (const { id } of parked) await stripe.pushDesk.retry('man_acme' as never, id, actor)
}

it('a customer that changes here is told to Stripe before its next document, its tax id too', async () => {
  await pushed({ customerId: 'cust_1' })
  await world.test.ledger
    .updateTable('customers')
    .set({ name: 'New Building Co', tax_id: 'DE136695976', language: 'de' })
    .where('id', '=', 'cust_1')
    .execute()
  await pushed({ id: 'inv_2', customerId: 'cust_1' })
  const [customer, ...others] = world.sandbox.inspect().customers
  expect([customer?.name, customer?.preferred_locales, others]).toEqual(['New Building Co', ['de'], []])
  const taxIds = await world.aPerson().customers.listTaxIds(String(customer?.id))
  expect(taxIds.data.map(({ type, value }) => [type, value])).toEqual([['eu_vat', 'DE136695976']])
})

it('a spare draft that nobody adopted is deleted by the sweep, by a step that says so', async () => {
  const invoiceId = await pushed()
  const customer = customerOf(invoiceId)
  const spare = await world.aPerson().invoices.create({ customer, metadata: { invoice_id: invoiceId } })
  const foreign = await world.aPerson().invoices.create({ customer })
  expect(await stripe.sweeper.sweep()).toMatchObject({ spareDrafts: 0 })
  world.pass(2 * 3_600_000)
  expect(await stripe.sweeper.sweep()).toMatchObject({ spareDrafts: 1 })
  expect(await stripe.sweeper.sweep()).toMatchObject({ spareDrafts: 0 })
  await stripe.pusher.pushWaiting()
  const left = world.sandbox.inspect().invoices.map(({ id }) => id)
  expect([left.includes(spare.id), left.includes(foreign.id)]).toEqual([false, true])
  expect((await world.steps(invoiceId)).at(-1)).toBe('delete_spare_draft 1 done')
})

describe('what Stripe says of the money', () => {
  it('follows a part that was paid, and a dispute until it is lost', async () => {
    const invoiceId = await pushed()
    world.sandbox.payPartly(documentOf(invoiceId).id, 700)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({
      status: 'open',
      collected_minor: 700n,
      remaining_minor: 993n,
    })
    await collected(invoiceId)
    expect(world.paid.map(([id]) => id)).toEqual([invoiceId])
    const charge = world.sandbox.inspect().charges.at(-1)
    const dispute = world.sandbox.openDispute(String(charge?.id))
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({ dispute: 'open', disputed_minor: 993n })
    world.sandbox.closeDispute(dispute.id, 'lost')
    await look(invoiceId)
    expect((await stateOf(invoiceId)).dispute).toBe('lost')
  })

  /** An invoice whose customer is debited from the account of this token; the debit is under way. */
  async function debited(token: string): Promise<InvoiceId> {
    await world.close()
    world = await aStripeWorld({ collectionDelayMs: 1, newCustomersPay: false })
    stripe = world.connect()
    const { id: customer } = await world.aPerson().customers.create({})
    const method = await world.aPerson().paymentMethods.attach(token, { customer })
    await world
      .aPerson()
      .customers.update(customer, { invoice_settings: { default_payment_method: method.id } })
    await world.link('cust_1', customer)
    const invoiceId = await pushed({ customerId: 'cust_1' })
    await vi.waitUntil(() => documentOf(invoiceId).attempted)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({ status: 'open', problem: null, is_processing: 1n })
    return invoiceId
  }

  it('follows a debit that takes days, which has neither failed nor is to be paid again, until it is paid', async () => {
    const invoiceId = await debited('pm_successDelayed_de')
    expect(world.problems).toEqual([])
    world.sandbox.advance(200_000)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({
      status: 'paid',
      is_processing: 0n,
      collected_minor: 1_693n,
    })
    expect(world.paid.map(([id]) => id)).toEqual([invoiceId])
  })

  it('tells of a debit that failed after days, and when it is begun anew', async () => {
    const invoiceId = await debited('pm_insufficientFunds_de')
    world.sandbox.advance(200_000)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({
      status: 'open',
      is_processing: 0n,
      problem: 'failed',
      problem_code: 'insufficient_funds',
      next_attempt_at: expect.any(Number),
    })
    expect(world.problems).toEqual([[invoiceId, 'insufficient_funds']])
    expect(world.paid).toEqual([])
  })

  it('tells of a debit that the bank took back after it was paid', async () => {
    const invoiceId = await debited('pm_disputed_de')
    world.sandbox.advance(200_000)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({
      status: 'paid',
      dispute: 'lost',
      disputed_minor: 1_693n,
    })
  })

  it('parks a void while a debit is under way, and gives back by itself what the debit brought', async () => {
    const invoiceId = await debited('pm_success_de')
    await world.setStatus(invoiceId, 'void')
    await stripe.pusher.pushWaiting()
    expect((await world.steps(invoiceId)).at(-1)).toBe('void_invoice 1 parked')
    expect((await world.problemsOf(invoiceId)).at(-1)).toEqual([
      'void_invoice',
      'parked',
      expect.stringContaining('processing'),
    ])
    world.sandbox.advance(200_000)
    await look(invoiceId)
    await world.drain(stripe)
    expect((await world.steps(invoiceId)).slice(-2)).toEqual([
      'void_invoice 1 superseded',
      'refund_payment 1 done',
    ])
    expect(refundsAtStripe()).toEqual([[1_693, 'succeeded']])
    expect(world.paid).toEqual([])
  })

  it('names what the customer has to confirm, and forgets it once it is paid', async () => {
    await world.close()
    world = await aStripeWorld({ collectionDelayMs: 1, newCustomersPay: false })
    stripe = world.connect()
    const customer = await world.aPerson().customers.create({ metadata: { sandbox_payment: 'action' } })
    await world.aPerson().paymentMethods.attach('pm_card_authenticationRequired', { customer: customer.id })
    const [card] = (await world.aPerson().customers.listPaymentMethods(customer.id)).data
    await world
      .aPerson()
      .customers.update(customer.id, { invoice_settings: { default_payment_method: String(card?.id) } })
    await world.link('cust_1', customer.id)
    const invoiceId = await pushed({ customerId: 'cust_1' })
    await vi.waitUntil(() => documentOf(invoiceId).attempted)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({
      problem: 'requires_action',
      problem_code: 'authentication_required',
    })
    expect(world.problems).toEqual([[invoiceId, 'authentication_required']])
    world.sandbox.answerBank(documentOf(invoiceId).id, true)
    await look(invoiceId)
    expect(await stateOf(invoiceId)).toMatchObject({ status: 'paid', problem: null })
  })
})

it('what Stripe collected while it was written off here is paid, and nothing is asked of Stripe again and again', async () => {
  const invoiceId = await pushed()
  await world.aPerson().invoices.pay(documentOf(invoiceId).id)
  await world.setStatus(invoiceId, 'uncollectible')
  expect(await stripe.pusher.pushWaiting()).toMatchObject({ parked: [], waiting: 0 })
  expect((await world.steps(invoiceId)).at(-1)).toBe('mark_uncollectible 1 superseded')
  await look(invoiceId)
  expect(world.paid.map(([id]) => id)).toEqual([invoiceId])
})

it('a draft in another currency that stands in for the lost one is never finalized', async () => {
  const first = await pushed({ customerId: 'cust_1' })
  const second = await world.issue({ ...wish, id: 'inv_2', customerId: 'cust_1' })
  let isHit = false
  world.setFault(({ method, path }) => {
    if (isHit || method !== 'POST' || path !== '/v1/invoices') return undefined
    isHit = true
    return { kind: 'bad_gateway' }
  })
  await stripe.pusher.pushWaiting()
  const foreign = await world
    .aPerson()
    .invoices.create({ customer: customerOf(first), currency: 'usd', metadata: { invoice_id: second } })
  world.pass(25 * 3_600_000)
  const { parked } = await stripe.pusher.pushWaiting()
  expect(parked.map(({ step, problem }) => [step, problem])).toEqual([
    [
      'finalize_invoice',
      `${foreign.id} has the total 1693 usd at Stripe, but invoice NR-inv_2 has 1693 eur (minor units); compare them.`,
    ],
  ])
  expect(documentOf(second).status).toBe('draft')
})
