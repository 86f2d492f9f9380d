import {
  aCustomer,
  aDraft,
  anOpen,
  aPayer,
  customerOf,
  eventsAbout,
  finalized,
  hold,
  holdEqual,
  holdRefused,
  intentOf,
  refusalOf,
  type CheckWorld,
  type StripeCheck,
} from './check-world.ts'

/** A customer with a balance in euros. */
async function aCustomerWith(world: CheckWorld, amount: number): Promise<string> {
  const { id } = await aCustomer(world)
  await world.stripe.customers.createBalanceTransaction(id, { amount, currency: 'eur' })
  return id
}

/** The newest first. */
async function transactionTypes({ stripe }: CheckWorld, customer: string): Promise<string[]> {
  return (await stripe.customers.listBalanceTransactions(customer)).data.map(({ type }) => type)
}

export const invoiceChecks: readonly StripeCheck[] = [
  {
    numbers: [11, 14, 18],
    name: 'an invoice without lines is paid by finalizing it',
    async run(world) {
      const paid = await anOpen(world, undefined, [])
      hold(paid.status === 'paid' && paid.status_transitions.paid_at !== null, `It is ${paid.status}.`)
    },
  },
  {
    numbers: [15, 18],
    name: 'a total below zero is paid, and credited',
    async run(world) {
      const { id } = await aCustomer(world)
      const paid = await anOpen(world, id, [{ amount: -500 }])
      const customer = await world.stripe.customers.retrieve(id)
      holdEqual(
        [paid.status, paid.ending_balance, customer.deleted === true ? undefined : customer.balance],
        ['paid', -500, -500],
        'State and balance',
      )
      hold(paid.status_transitions.paid_at !== null, 'It has no paid_at.')
    },
  },
  {
    numbers: [16, 18, 38],
    name: 'less than the least charge is paid without money, and moves to the balance',
    async run(world) {
      const paid = await anOpen(world, undefined, [{ amount: 49 }])
      holdEqual(
        [paid.status, paid.amount_paid, paid.amount_due, paid.ending_balance],
        ['paid', 0, 0, 49],
        'State, paid, due, balance',
      )
      hold(paid.status_transitions.paid_at !== null, 'It has no paid_at.')
      holdEqual(await transactionTypes(world, customerOf(paid)), ['invoice_too_small'], 'The transactions')
    },
  },
  {
    numbers: [38],
    name: 'a balance is applied by finalizing, to either side',
    async run(world) {
      const credited = await aCustomerWith(world, -300)
      const owing = await aCustomerWith(world, 200)
      const due = [await anOpen(world, credited), await anOpen(world, owing)].map(
        ({ amount_due }) => amount_due,
      )
      holdEqual(due, [700, 1_200], 'Due')
      const types = await transactionTypes(world, credited)
      hold(types[0] === 'applied_to_invoice', `The transaction is ${types[0]}.`)
    },
  },
  {
    numbers: [39, 97],
    name: 'a voided invoice gives the balance back, and nothing of it remains',
    async run(world) {
      const customer = await aCustomerWith(world, -300)
      const { id } = await anOpen(world, customer)
      const voided = await world.stripe.invoices.voidInvoice(id)
      holdEqual([voided.status, voided.amount_remaining], ['void', 0], 'State and remaining')
      const types = await transactionTypes(world, customer)
      hold(types[0] === 'unapplied_from_invoice', `The transaction is ${types[0]}.`)
    },
  },
  {
    numbers: [17],
    name: 'an invoice is finalized once',
    async run(world) {
      const open = await anOpen(world)
      await holdRefused('The second time', finalized(world, open))
    },
  },
  {
    numbers: [30, 35, 46],
    name: 'what was paid elsewhere is paid, and collected no more',
    async run(world) {
      const payer = await aPayer(world)
      const { id } = await anOpen(world, payer.id)
      const paid = await world.stripe.invoices.pay(id, {
        paid_out_of_band: true,
        expand: ['amount_paid_off_stripe'],
      })
      holdEqual(
        [paid.status, paid.amount_paid, paid.amount_paid_off_stripe, paid.amount_remaining, paid.attempted],
        ['paid', 1_000, 1_000, 0, false],
        'State, paid, elsewhere, remaining, attempted',
      )
      await holdRefused('A collection', world.stripe.invoices.pay(id, {}), 'invoice_already_paid')
    },
  },
  {
    numbers: [40],
    name: 'an open invoice is voided or given up; a draft is neither, nor sent, nor paid',
    async run(world) {
      const { invoices } = world.stripe
      const voided = await invoices.voidInvoice((await anOpen(world)).id)
      const givenUp = await invoices.markUncollectible((await anOpen(world)).id)
      holdEqual([voided.status, givenUp.status], ['void', 'uncollectible'], 'The states')
      const { id } = await aDraft(world)
      const code = 'status_transition_invalid'
      await holdRefused('Voiding a draft', invoices.voidInvoice(id), code)
      await holdRefused('Giving a draft up', invoices.markUncollectible(id), code)
      await holdRefused('Sending a draft', invoices.sendInvoice(id), code)
      await holdRefused('Paying a draft', invoices.pay(id, { paid_out_of_band: true }), code)
    },
  },
  {
    numbers: [30, 40],
    name: 'an open invoice is not edited',
    async run(world) {
      const { id } = await anOpen(world)
      const code = 'invoice_not_editable'
      const { invoices } = world.stripe
      await holdRefused('A description', invoices.update(id, { description: 'Another' }), code)
      await holdRefused('A line', invoices.addLines(id, { lines: [{ amount: 1 }] }), code)
    },
  },
  {
    numbers: [44],
    name: 'an invoice is paid with a test token, and not with the card of another',
    async run(world) {
      const other = await aPayer(world)
      const method = other.invoice_settings.default_payment_method
      const card = typeof method === 'string' ? method : (method?.id ?? '')
      const { id } = await anOpen(world)
      await holdRefused("Another's card", world.stripe.invoices.pay(id, { payment_method: card }))
      const paid = await world.stripe.invoices.pay(id, { payment_method: 'pm_card_visa' })
      hold(paid.status === 'paid', `It is ${paid.status}.`)
    },
  },
  {
    numbers: [42, 77],
    name: 'a card that declines leaves the invoice open, with the reason at its payment',
    async run(world) {
      const payer = await aPayer(world, 'pm_card_chargeCustomerFail')
      const open = await anOpen(world, payer.id)
      for (let count = 0; count < 2; count += 1) {
        const { status } = await refusalOf(world.stripe.invoices.pay(open.id))
        hold(status === 402, `It was refused with ${status}.`)
        const { attempt_count } = await world.stripe.invoices.retrieve(open.id)
        hold(attempt_count === 1, `There were ${attempt_count} attempts.`)
      }
      const { last_payment_error: error } = await intentOf(world, open.id)
      hold(error?.code === 'card_declined', `The reason is ${error?.code}.`)
    },
  },
  {
    numbers: [45, 77],
    name: 'a card that asks leaves the invoice open, and tells of both',
    async run(world) {
      const payer = await aPayer(world, 'pm_card_authenticationRequired')
      const open = await anOpen(world, payer.id)
      const { status, code } = await refusalOf(world.stripe.invoices.pay(open.id))
      holdEqual([status, code], [402, 'invoice_payment_intent_requires_action'], 'The refusal')
      const intent = await intentOf(world, open.id)
      hold(intent.status === 'requires_action', `The intent is ${intent.status}.`)
      await eventsAbout(world, open.id, 'invoice.payment_action_required')
      await eventsAbout(world, open.id, 'invoice.payment_failed')
    },
  },
  {
    numbers: [92],
    name: 'an invoice without a card is attempted and fails',
    async run(world) {
      const open = await anOpen(world)
      await holdRefused('Paying it', world.stripe.invoices.pay(open.id))
      const { status, attempted } = await world.stripe.invoices.retrieve(open.id)
      holdEqual([status, attempted], ['open', true], 'State and attempted')
      await eventsAbout(world, open.id, 'invoice.payment_failed')
    },
  },
]
