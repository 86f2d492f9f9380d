import {
  aCustomer,
  aDraft,
  anOpen,
  finalized,
  hold,
  holdEqual,
  holdRefused,
  type StripeCheck,
} from './check-world.ts'

export const customerChecks: readonly StripeCheck[] = [
  {
    numbers: [104],
    name: 'Checkout in euros offers to save an account to debit',
    async run(world) {
      const { id: customer } = await aCustomer(world)
      const { payment_method_types: types } = await world.stripe.checkout.sessions.create({
        mode: 'setup',
        customer,
        currency: 'eur',
        success_url: 'https://usance.example/done',
      })
      hold(types.includes('sepa_debit'), `Offered is ${types.join()}; is SEPA turned on in the dashboard?`)
    },
  },
  {
    numbers: [106],
    name: 'a test account of Germany is attached by its token',
    async run(world) {
      const { id: customer } = await aCustomer(world)
      const { sepa_debit } = await world.stripe.paymentMethods.attach('pm_success_de', { customer })
      holdEqual([sepa_debit?.country, sepa_debit?.last4], ['DE', '3000'], 'The account')
    },
  },
  {
    numbers: [29],
    name: 'customers are found by their exact address',
    async run(world) {
      const { id, email } = await aCustomer(world)
      const found = await world.stripe.customers.list({ email: email ?? '' })
      hold(found.data.map((each) => each.id).join() === id, `Found were ${found.data.length}.`)
    },
  },
  {
    numbers: [62, 94],
    name: 'a malformed tax id is refused, a Norwegian one taken',
    async run(world) {
      for (const [type, value] of [
        ['eu_vat', 'DE12'],
        ['gb_vat', 'GB12'],
        ['ch_vat', 'CHE12'],
      ] as const) {
        await holdRefused(value, aCustomer(world, { tax_id_data: [{ type, value }] }), 'tax_id_invalid')
      }
      const { id } = await aCustomer(world, { tax_id_data: [{ type: 'no_vat', value: 'NO123456785MVA' }] })
      const { data } = await world.stripe.customers.listTaxIds(id)
      holdEqual(
        data.map(({ type }) => type),
        ['no_vat'],
        'The tax ids',
      )
    },
  },
  {
    numbers: [63],
    name: "a deleted customer's invoices stay, and no new one comes",
    async run(world) {
      const { id } = await aCustomer(world)
      const draft = await aDraft(world, undefined, { customer: id })
      const open = await anOpen(world, id)
      await world.stripe.customers.del(id)
      await holdRefused('A new invoice', aDraft(world, [], { customer: id }), 'resource_missing')
      hold((await world.stripe.customers.retrieve(id)).deleted === true, 'It is still there.')
      const kept = await Promise.all(
        [draft, open].map(async (each) => (await world.stripe.invoices.retrieve(each.id)).status),
      )
      holdEqual(kept, ['draft', 'open'], 'The invoices')
    },
  },
  {
    numbers: [64, 89],
    name: 'each currency has a balance of its own, and its sign is the other way round',
    async run(world) {
      const { id } = await aCustomer(world)
      await world.stripe.customers.createBalanceTransaction(id, { amount: -300, currency: 'eur' })
      await world.stripe.customers.createBalanceTransaction(id, { amount: 100, currency: 'usd' })
      const hidden = await world.stripe.customers.retrieve(id)
      const customer = await world.stripe.customers.retrieve(id, { expand: ['invoice_credit_balance'] })
      if (customer.deleted === true) throw new Error('It is deleted.')
      const { balance, currency, invoice_credit_balance: credits } = customer
      holdEqual(
        [currency, balance, credits?.['eur'], credits?.['usd']],
        ['eur', -300, 300, -100],
        'Currency, balance, by currency',
      )
      hold(!Object.hasOwn(hidden, 'invoice_credit_balance'), 'It is there without being asked for.')
      const usd = await finalized(world, await aDraft(world, undefined, { customer: id, currency: 'usd' }))
      const eur = await anOpen(world, id)
      holdEqual([usd.amount_due, eur.amount_due], [1_100, 700], 'Due')
    },
  },
  {
    numbers: [66],
    name: 'Checkout opens a page to save a card of the types that are allowed',
    async run(world) {
      const { id } = await aCustomer(world)
      const returnUrl = 'https://example.com/back'
      const session = await world.stripe.checkout.sessions.create({
        mode: 'setup',
        customer: id,
        allowed_payment_method_types: ['card'],
        success_url: returnUrl,
        cancel_url: returnUrl,
      })
      hold(session.url !== null && session.status === 'open', `The session is ${session.status}.`)
    },
  },
]
