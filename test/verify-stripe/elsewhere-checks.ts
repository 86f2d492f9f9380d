import type { Stripe } from 'stripe'
import {
  aCustomer,
  aDraft,
  anOpen,
  aPayer,
  customerOf,
  eventsAbout,
  hold,
  holdEqual,
  holdRefused,
  intentOf,
  nowSecond,
  refusalOf,
  type CheckWorld,
  type StripeCheck,
} from './check-world.ts'

const HOUR_SECONDS = 3_600
const expand = ['amount_paid_off_stripe']

async function aRecord(
  { stripe }: CheckWorld,
  customer: string,
  value: number,
  change: Partial<Stripe.PaymentRecordReportPaymentParams> = {},
): Promise<string> {
  const at = nowSecond() - HOUR_SECONDS
  const { id } = await stripe.paymentRecords.reportPayment({
    amount_requested: { currency: 'eur', value },
    customer_details: { customer },
    initiated_at: at,
    payment_method_details: { type: 'custom', custom: { display_name: 'Bank transfer' } },
    outcome: 'guaranteed',
    guaranteed: { guaranteed_at: at },
    ...change,
  })
  return id
}

async function attach(world: CheckWorld, { id }: Stripe.Invoice, record: string): Promise<Stripe.Invoice> {
  return await world.stripe.invoices.attachPayment(id, { payment_record: record, expand })
}

const money = ({ status, amount_paid, amount_paid_off_stripe, amount_remaining }: Stripe.Invoice) => [
  status,
  amount_paid,
  amount_paid_off_stripe,
  amount_remaining,
]

export const elsewhereChecks: readonly StripeCheck[] = [
  {
    numbers: [79, 80],
    name: 'a reported payment is credited to what is open or given up, until it is paid',
    async run(world) {
      const open = await anOpen(world)
      const customer = customerOf(open)
      const part = await attach(world, open, await aRecord(world, customer, 300))
      holdEqual(money(part), ['open', 300, 300, 700], 'After a part')
      await world.stripe.invoices.markUncollectible(open.id)
      const paid = await attach(world, open, await aRecord(world, customer, 700))
      holdEqual(money(paid), ['paid', 1_000, 1_000, 0], 'After the rest')
    },
  },
  {
    numbers: [81, 82],
    name: 'a payment that does not fit is refused',
    async run(world) {
      const open = await anOpen(world)
      const customer = customerOf(open)
      const other = await aCustomer(world)
      const usd = { amount_requested: { currency: 'usd', value: 300 } }
      const refused = async (what: string, invoice: Stripe.Invoice, record: string) =>
        await holdRefused(what, attach(world, invoice, record))
      await refused('Another currency', open, await aRecord(world, customer, 300, usd))
      await refused('Another customer', open, await aRecord(world, other.id, 300))
      await refused('No customer', open, await aRecord(world, customer, 300, { customer_details: {} }))
      await refused('More than remains', open, await aRecord(world, customer, 1_001))
      await refused(
        'A draft',
        await aDraft(world, undefined, { customer }),
        await aRecord(world, customer, 1),
      )
      const record = await aRecord(world, customer, 300)
      await attach(world, open, record)
      await refused('The second time', open, record)
      await attach(world, open, await aRecord(world, customer, 700))
      await refused('A paid invoice', open, await aRecord(world, customer, 1))
      const voided = await anOpen(world, customer)
      await world.stripe.invoices.voidInvoice(voided.id)
      await refused('A void invoice', voided, await aRecord(world, customer, 1))
    },
  },
  {
    numbers: [83],
    name: 'after a part was paid elsewhere only the rest is collected, and the bank asked for no more',
    async run(world) {
      const payer = await aPayer(world)
      const open = await anOpen(world, payer.id)
      await attach(world, open, await aRecord(world, payer.id, 300))
      await world.stripe.invoices.pay(open.id)
      const { amount } = await intentOf(world, open.id)
      hold(amount === 700, `Collected were ${amount}.`)
      const asked = await aPayer(world, 'pm_card_authenticationRequired')
      const waiting = await anOpen(world, asked.id)
      await refusalOf(world.stripe.invoices.pay(waiting.id))
      await attach(world, waiting, await aRecord(world, asked.id, 300))
      const intent = await intentOf(world, waiting.id)
      hold(intent.amount === 700, `The bank is asked for ${intent.amount}.`)
    },
  },
  {
    numbers: [84, 85],
    name: 'what came elsewhere is told of as paid, and its amount only where it is asked for',
    async run(world) {
      const open = await anOpen(world)
      const customer = customerOf(open)
      await attach(world, open, await aRecord(world, customer, 300))
      await eventsAbout(world, open.id, 'invoice.updated')
      const [payment] = (await world.stripe.invoicePayments.list({ invoice: open.id, status: 'paid' })).data
      await eventsAbout(world, payment?.id ?? '', 'invoice_payment.paid')
      await attach(world, open, await aRecord(world, customer, 700))
      const events = await eventsAbout(world, open.id, 'invoice.paid')
      hold(!events.some(({ type }) => type === 'invoice.payment_succeeded'), 'A payment is said to succeed.')
      const shown = [
        await world.stripe.invoices.retrieve(open.id),
        ...events.map(({ data }) => data.object),
      ].map((object) => Object.hasOwn(object, 'amount_paid_off_stripe'))
      hold(!shown.includes(true), 'amount_paid_off_stripe is there without being asked for.')
    },
  },
  {
    numbers: [87],
    name: 'a payment is reported after the fact, of a customer that is there',
    async run(world) {
      const { id } = await aCustomer(world)
      const at = nowSecond()
      await holdRefused(
        'The future',
        aRecord(world, id, 300, { guaranteed: { guaranteed_at: at + HOUR_SECONDS } }),
      )
      await holdRefused(
        'Before it began',
        aRecord(world, id, 300, { guaranteed: { guaranteed_at: at - 2 * HOUR_SECONDS } }),
      )
      await world.stripe.customers.del(id)
      await holdRefused('A deleted customer', aRecord(world, id, 300))
    },
  },
  {
    numbers: [88],
    name: 'a partly paid invoice is not voided, but given up',
    async run(world) {
      const open = await anOpen(world)
      await attach(world, open, await aRecord(world, customerOf(open), 300))
      await holdRefused('Voiding it', world.stripe.invoices.voidInvoice(open.id))
      const { status } = await world.stripe.invoices.markUncollectible(open.id)
      hold(status === 'uncollectible', `It is ${status}.`)
    },
  },
]
