/** What checks are made of: an account, a word of their own, and the things that most of them need. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stripe } from 'stripe'

export type StripeCheck = {
  /** Rows of docs/stripe-assumptions.md. */
  readonly numbers: readonly number[]
  readonly name: string
  /** Rejects with a sentence where the assumption does not hold. */
  run(world: CheckWorld): Promise<void>
}

export type CheckWorld = {
  readonly stripe: Stripe
  /** A word that no earlier run has used. */
  readonly run: string
}

const EVENT_TRIES = 10
const EVENT_PAUSE_MS = 1_000

export function hold(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(sentence)
}

/** The same numbers or words, in the same order. */
export function holdEqual(seen: readonly unknown[], expected: readonly unknown[], what: string): void {
  const [found, wanted] = [JSON.stringify(seen), JSON.stringify(expected)]
  hold(found === wanted, `${what}: ${found}, not ${wanted}.`)
}

export async function refusalOf(
  work: Promise<unknown>,
): Promise<{ readonly status: number; readonly code: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) {
    throw new Error('It was not refused.')
  }
  return { status: Number(error.statusCode), code: 'code' in error ? String(error.code) : '' }
}

/** With 400, and with this code if one is given. */
export async function holdRefused(what: string, work: Promise<unknown>, code?: string): Promise<void> {
  const refusal = await refusalOf(work).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`)
  })
  hold(
    refusal.status === 400 && (code === undefined || refusal.code === code),
    `${what} was refused with ${refusal.status} ${refusal.code}.`,
  )
}

let made = 0
export const unique = (run: string) => `${run}-${(made += 1)}`

export const nowSecond = () => Math.floor(Date.now() / 1_000)

export async function aCustomer(
  { stripe, run }: CheckWorld,
  change: Stripe.CustomerCreateParams = {},
): Promise<Stripe.Customer> {
  return await stripe.customers.create({ email: `${unique(run)}@example.com`, name: 'Check', ...change })
}

export async function aPayer(world: CheckWorld, card = 'pm_card_visa'): Promise<Stripe.Customer> {
  const customer = await aCustomer(world)
  const method = await world.stripe.paymentMethods.attach(card, { customer: customer.id })
  return await world.stripe.customers.update(customer.id, {
    invoice_settings: { default_payment_method: method.id },
  })
}

export type Line = NonNullable<Stripe.InvoiceAddLinesParams['lines']>[number]

export async function aDraft(
  world: CheckWorld,
  lines: readonly Line[] = [{ amount: 1_000 }],
  change: Partial<Stripe.InvoiceCreateParams> = {},
): Promise<Stripe.Invoice> {
  const customer = change.customer ?? (await aCustomer(world)).id
  const draft = await world.stripe.invoices.create({
    customer,
    currency: 'eur',
    auto_advance: false,
    ...change,
  })
  return lines.length === 0 ? draft : await world.stripe.invoices.addLines(draft.id, { lines: [...lines] })
}

export async function finalized(world: CheckWorld, draft: Stripe.Invoice): Promise<Stripe.Invoice> {
  return await world.stripe.invoices.finalizeInvoice(draft.id, { auto_advance: false })
}

/** Of 10.00 unless lines are given. */
export async function anOpen(
  world: CheckWorld,
  customer?: string,
  lines?: readonly Line[],
): Promise<Stripe.Invoice> {
  return await finalized(world, await aDraft(world, lines, customer === undefined ? {} : { customer }))
}

export function customerOf({ customer }: Stripe.Invoice): string {
  return typeof customer === 'string' ? customer : (customer?.id ?? '')
}

export const vat = (
  amount: number,
  taxable: number,
  inclusive: boolean,
): NonNullable<Line['tax_amounts']> & object[] => [
  {
    amount,
    taxable_amount: taxable,
    taxability_reason: 'standard_rated',
    tax_rate_data: { display_name: 'VAT', percentage: 19, inclusive },
  },
]

/** The payment intent of an invoice's newest payment. */
export async function intentOf({ stripe }: CheckWorld, invoice: string): Promise<Stripe.PaymentIntent> {
  const { data } = await stripe.invoicePayments.list({ invoice })
  const intent = data.find(({ payment }) => payment.type === 'payment_intent')?.payment.payment_intent
  return await stripe.paymentIntents.retrieve(typeof intent === 'string' ? intent : (intent?.id ?? ''))
}

/** The events about an object, once one of `type` is among them; some seconds are given to it. */
export async function eventsAbout(
  { stripe }: CheckWorld,
  objectId: string,
  type: string,
): Promise<Stripe.Event[]> {
  for (let count = 0; count < EVENT_TRIES; count += 1) {
    const { data } = await stripe.events.list({ limit: 100 })
    const events = data.filter(({ data: { object } }) => 'id' in object && object.id === objectId)
    if (events.some((event) => event.type === type)) return events
    await sleep(EVENT_PAUSE_MS)
  }
  throw new Error(`No ${type} came.`)
}
