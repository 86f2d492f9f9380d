/**
 * What each outbox step does at Stripe: the call itself, and how to see whether it already happened. Nothing here
 * touches the ledger.
 *
 * Finalizing is the one step that cannot be taken back. So it begins by reading the draft back: the number of lines,
 * their sum and the total must be our integers, or the document is never finalized.
 */
import type { Stripe } from 'stripe'
import { assertInvariant, DAY_MS } from '../../core/index.ts'
import type { OutboxStep, StepName } from './outbox.ts'
import type { PushDocument } from './push-document.ts'

export type StepContext = {
  readonly stripe: Stripe
  readonly step: OutboxStep
  readonly document: PushDocument
  /** The draft may exist more than once; look for the others and delete them before finalizing. */
  readonly hasSpareDrafts: boolean
}

type StripeStep = {
  /** Returns the id of the customer or invoice. */
  send(context: StepContext): Promise<string>
  /** The id if an earlier call was carried out, undefined if none was. */
  look(context: StepContext): Promise<string | undefined>
}

/** The document at Stripe is not ours to the cent. A person has to look at it; retrying cannot help. */
export class PushProblem extends Error {
  override readonly name = 'PushProblem'
}

export const stripeSteps: Readonly<Record<StepName, StripeStep>> = {
  create_customer: {
    async send({ stripe, step }) {
      return (await stripe.customers.create(step.call.body, requestOptions(step))).id
    },
    async look({ stripe, document }) {
      const { customer } = document
      let oldest: string | undefined
      for await (const found of stripe.customers.list({ email: customer.email, limit: 100 })) {
        if (found.metadata['customer_id'] === customer.id) oldest = found.id
      }
      return oldest
    },
  },
  create_invoice: {
    async send({ stripe, step }) {
      return (await stripe.invoices.create(step.call.body, requestOptions(step))).id
    },
    async look({ stripe, step, document }) {
      const { customer } = step.call.body as Stripe.InvoiceCreateParams
      const found = await listOurs(stripe, document, customer ?? '')
      return (found.find(({ status }) => status !== 'draft') ?? found.at(-1))?.id
    },
  },
  add_lines: {
    async send({ stripe, step }) {
      const id = getStripeInvoiceId(step)
      await stripe.invoices.addLines(id, step.call.body as Stripe.InvoiceAddLinesParams, requestOptions(step))
      return id
    },
    async look({ stripe, step, document }) {
      const id = getStripeInvoiceId(step)
      const invoice = await stripe.invoices.retrieve(id)
      const lines = await listLines(stripe, invoice)
      if (lines.length === 0) return undefined
      assertSameContent(document, invoice, lines)
      return id
    },
  },
  finalize_invoice: {
    async send({ stripe, step, document, hasSpareDrafts }) {
      const invoice = await stripe.invoices.retrieve(getStripeInvoiceId(step))
      assertSameContent(document, invoice, await listLines(stripe, invoice))
      if (isFinalized(invoice)) return invoice.id
      if (hasSpareDrafts) await deleteSpareDrafts(stripe, document, invoice)
      const finalized = await stripe.invoices.finalizeInvoice(
        invoice.id,
        step.call.body,
        requestOptions(step),
      )
      assertSameTotal(document, finalized)
      return invoice.id
    },
    async look({ stripe, step, document }) {
      const invoice = await stripe.invoices.retrieve(getStripeInvoiceId(step))
      if (!isFinalized(invoice)) return undefined
      assertSameTotal(document, invoice)
      return invoice.id
    },
  },
  pay_out_of_band: {
    async send({ stripe, step }) {
      const id = getStripeInvoiceId(step)
      const { status } = await stripe.invoices.retrieve(id)
      if (status === 'paid' && step.attempts === 0n) {
        throw new PushProblem(
          `${id} was collected at Stripe and paid outside it as well; give one of the two payments back.`,
        )
      }
      return (await stripe.invoices.pay(id, step.call.body, requestOptions(step))).id
    },
    async look({ stripe, step }) {
      const { id, status } = await stripe.invoices.retrieve(getStripeInvoiceId(step))
      if (status === 'void') {
        throw new PushProblem(`${id} was voided at Stripe; correct the invoice here as well.`)
      }
      return status === 'paid' ? id : undefined
    },
  },
}

function requestOptions({ idempotencyKey, apiVersion }: OutboxStep): Stripe.RequestOptions {
  return { idempotencyKey, apiVersion }
}

function getStripeInvoiceId({ call, step }: OutboxStep): string {
  assertInvariant(
    call.stripeInvoiceId !== undefined,
    `The step ${step} was prepared without Stripe's invoice id.`,
  )
  return call.stripeInvoiceId
}

/** @throws PushProblem for a void invoice: somebody withdrew it at Stripe */
function isFinalized({ status, id }: Stripe.Invoice): boolean {
  if (status === 'void')
    throw new PushProblem(`${id} was voided at Stripe; correct the invoice here as well.`)
  return status !== 'draft'
}

/** Newest first, found by list and metadata: Stripe's search lags behind. The day is for clocks that disagree. */
async function listOurs(
  stripe: Stripe,
  document: PushDocument,
  stripeCustomerId: string,
): Promise<readonly Stripe.Invoice[]> {
  const ours: Stripe.Invoice[] = []
  const since = Math.floor((document.issuedAt - DAY_MS) / 1000)
  const all = stripe.invoices.list({ customer: stripeCustomerId, created: { gte: since }, limit: 100 })
  for await (const invoice of all) {
    if (invoice.metadata?.['invoice_id'] === document.invoiceId) ours.push(invoice)
  }
  return ours
}

async function deleteSpareDrafts(
  stripe: Stripe,
  document: PushDocument,
  adopted: Stripe.Invoice,
): Promise<void> {
  const { customer } = adopted
  const ours = await listOurs(
    stripe,
    document,
    typeof customer === 'string' ? customer : (customer?.id ?? ''),
  )
  for (const { id, status } of ours) {
    if (id === adopted.id) continue
    if (status !== 'draft') {
      throw new PushProblem(`${id} and ${adopted.id} are the same invoice at Stripe; void ${id} there.`)
    }
    await stripe.invoices.del(id)
  }
}

/** An invoice shows only its first lines; the rest is asked for. */
async function listLines(
  stripe: Stripe,
  invoice: Stripe.Invoice,
): Promise<readonly Stripe.InvoiceLineItem[]> {
  if (!invoice.lines.has_more) return invoice.lines.data
  const lines: Stripe.InvoiceLineItem[] = []
  for await (const line of stripe.invoices.listLineItems(invoice.id, { limit: 100 })) lines.push(line)
  return lines
}

function assertSameContent(
  document: PushDocument,
  invoice: Stripe.Invoice,
  lines: readonly Stripe.InvoiceLineItem[],
): void {
  assertSameTotal(document, invoice)
  const sumMinor = lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  if (lines.length !== document.lines.length || sumMinor !== document.totalMinor) {
    throw new PushProblem(
      `${invoice.id} has ${lines.length} lines that sum to ${sumMinor} at Stripe, ` +
        `but invoice ${document.number} has ${document.lines.length} that sum to ${document.totalMinor}; compare them.`,
    )
  }
}

function assertSameTotal(document: PushDocument, { id, total, currency }: Stripe.Invoice): void {
  if (BigInt(total) === document.totalMinor && currency === document.currency) return
  throw new PushProblem(
    `${id} has the total ${total} ${currency} at Stripe, but invoice ${document.number} has ` +
      `${document.totalMinor} ${document.currency} (minor units); compare them.`,
  )
}
