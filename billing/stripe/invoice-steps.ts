/**
 * What the steps about an invoice do at Stripe: the call itself, and how to see whether it already happened. Nothing here touches
 * the ledger. Whatever cannot be taken back begins by reading what Stripe has.
 */
import { Stripe } from 'stripe'
import { DAY_MS } from '../../core/index.ts'
import { stripeCustomerIdOf } from './customer-steps.ts'
import { assertSendable, invoiceParameters, linesParameters } from './document-parameters.ts'
import type { StepName } from './outbox-steps.ts'
import type { PushDocument } from './push-document.ts'
import { PushProblem } from './push-problems.ts'
import { assertNoBalance, assertNotVoid, assertSameContent, assertSameTotal, listLines } from './read-back.ts'
import { collectedOf, retrieveInvoice } from './retrieve-invoice.ts'
import {
  collectAll,
  documentOf,
  idOf,
  Overtaken,
  requestOptions,
  stripeInvoiceIdOf,
  type Outcome,
  type StepContext,
  type StripeStep,
} from './step-context.ts'

type InvoiceStepName = Extract<
  StepName,
  | 'create_invoice'
  | 'add_lines'
  | 'finalize_invoice'
  | 'mark_uncollectible'
  | 'void_invoice'
  | 'delete_draft'
  | 'delete_spare_draft'
>

/** Not begun, or not gone on with, unless it has happened. */
const isVoidHere = ({ document }: StepContext): boolean => document?.status === 'void'

const deletion: Omit<StripeStep, 'plan'> = {
  check: ({ stripe }, call) => seeDeleted(stripe, idOf(call)),
  async send({ stripe }, call) {
    await stripe.invoices.del(idOf(call))
    return { stripeId: idOf(call) }
  },
  look: ({ stripe }, call) => seeDeleted(stripe, call?.id),
}

export const stripeInvoiceSteps: Readonly<Record<InvoiceStepName, StripeStep>> = {
  create_invoice: {
    isUnwanted: isVoidHere,
    plan(context) {
      const document = documentOf(context)
      assertSendable(document)
      const { billUrl, now } = context
      const stripeCustomerId = stripeCustomerIdOf(context)
      return { body: invoiceParameters(document, { stripeCustomerId, billUrl, now }) }
    },
    async send({ stripe, step }, call) {
      return { stripeId: (await stripe.invoices.create(call.body, requestOptions(step))).id }
    },
    async look(context) {
      const found = await listOurs(context)
      const adopted = found.find(({ status }) => status !== 'draft') ?? found.at(-1)
      return adopted && { stripeId: adopted.id }
    },
  },

  add_lines: {
    isUnwanted: isVoidHere,
    plan: (context) => ({ id: stripeInvoiceIdOf(context), body: linesParameters(documentOf(context)) }),
    async send({ stripe, step }, call) {
      const body = call.body as Stripe.InvoiceAddLinesParams
      return { stripeId: (await stripe.invoices.addLines(idOf(call), body, requestOptions(step))).id }
    },
    async look(context) {
      const { stripe } = context
      const invoice = await stripe.invoices.retrieve(stripeInvoiceIdOf(context))
      const lines = await listLines(stripe, invoice)
      if (lines.length === 0) return undefined
      assertSameContent(documentOf(context), invoice, lines)
      return { stripeId: invoice.id }
    },
  },

  finalize_invoice: {
    isUnwanted: isVoidHere,
    plan(context) {
      const isCollected = documentOf(context).status === 'issued' && context.payments.length === 0
      return { id: stripeInvoiceIdOf(context), body: { auto_advance: isCollected } }
    },
    async check(context, call) {
      const { stripe } = context
      const expand = ['amount_paid_off_stripe', 'customer.invoice_credit_balance']
      const invoice = await stripe.invoices.retrieve(idOf(call), { expand })
      assertSameContent(documentOf(context), invoice, await listLines(stripe, invoice))
      if (isFinalized(invoice)) return { stripeId: invoice.id, invoice }
      assertNoBalance(invoice)
      return undefined
    },
    async send(context, call) {
      const { stripe, step, hasSpareDrafts } = context
      const spareDrafts = hasSpareDrafts ? await findSpareDrafts(context, idOf(call)) : []
      const finalized = await stripe.invoices.finalizeInvoice(idOf(call), call.body, requestOptions(step))
      assertSameTotal(documentOf(context), finalized)
      return { stripeId: finalized.id, invoice: finalized, spareDrafts }
    },
    async look(context) {
      const invoice = await retrieveInvoice(context.stripe, stripeInvoiceIdOf(context))
      if (!isFinalized(invoice)) return undefined
      assertSameTotal(documentOf(context), invoice)
      return { stripeId: invoice.id, invoice }
    },
  },

  mark_uncollectible: moveOpen('uncollectible', (stripe, id, options) =>
    stripe.invoices.markUncollectible(id, {}, options),
  ),
  void_invoice: moveOpen('void', (stripe, id, options) => stripe.invoices.voidInvoice(id, {}, options)),

  delete_draft: {
    plan: (context) => ({ id: stripeInvoiceIdOf(context), body: {} }),
    ...deletion,
  },
  delete_spare_draft: {
    plan() {
      throw new Error('A spare draft is known when its step is written.')
    },
    ...deletion,
  },
}

/**
 * A move that only what is not paid can make; what Stripe collected meanwhile overtakes it. Nothing is voided on which any money came, not
 * even a part.
 */
function moveOpen(
  wanted: 'void' | 'uncollectible',
  move: (stripe: Stripe, id: string, options: Stripe.RequestOptions) => Promise<Stripe.Invoice>,
): StripeStep {
  const see = (invoice: Stripe.Invoice): Outcome | undefined => {
    if (invoice.status === wanted) return { stripeId: invoice.id, invoice }
    const hasMoney = invoice.status === 'paid' ? invoice.amount_paid > 0 : collectedOf(invoice) > 0n
    if (hasMoney && (invoice.status === 'paid' || wanted === 'void')) throw new Overtaken(invoice)
    if (invoice.status !== 'paid') return undefined
    // Nothing was asked for, so there is nothing to withdraw.
    return { stripeId: invoice.id, invoice }
  }
  const look = async (context: StepContext) =>
    see(await retrieveInvoice(context.stripe, stripeInvoiceIdOf(context)))
  return {
    plan: (context) => ({ id: stripeInvoiceIdOf(context), body: {} }),
    check: look,
    async send({ stripe, step }, call) {
      await move(stripe, idOf(call), requestOptions(step))
      return { stripeId: idOf(call), invoice: await retrieveInvoice(stripe, idOf(call)) }
    },
    look,
  }
}

/** @throws PushProblem for what is not a draft any more */
async function seeDeleted(stripe: Stripe, id: string | undefined): Promise<Outcome | undefined> {
  if (id === undefined) return undefined
  try {
    const { status } = await stripe.invoices.retrieve(id)
    if (status === 'draft') return undefined
    throw new PushProblem('draft_finalized', { stripeInvoiceId: id })
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return { stripeId: id }
    throw error
  }
}

/** @throws PushProblem for a void invoice: somebody withdrew it at Stripe */
function isFinalized(invoice: Stripe.Invoice): boolean {
  assertNotVoid(invoice)
  return invoice.status !== 'draft'
}

/** Newest first, found by list and metadata: Stripe's search lags behind. The day is for clocks that disagree. */
async function listOurs(context: StepContext): Promise<readonly Stripe.Invoice[]> {
  const document: PushDocument = documentOf(context)
  const all = await collectAll(
    context.stripe.invoices.list({
      customer: stripeCustomerIdOf(context),
      created: { gte: Math.floor((document.issuedAt - DAY_MS) / 1000) },
      limit: 100,
    }),
  )
  return all.filter(({ metadata }) => metadata?.['invoice_id'] === document.invoiceId)
}

/** @throws PushProblem when another document of the same invoice was finalized */
async function findSpareDrafts(context: StepContext, adoptedId: string): Promise<readonly string[]> {
  const others = (await listOurs(context)).filter(({ id }) => id !== adoptedId)
  for (const { id, status } of others) {
    if (status !== 'draft') {
      throw new PushProblem('invoice_twice', { stripeInvoiceId: id, adoptedStripeInvoiceId: adoptedId })
    }
  }
  return others.map(({ id }) => id)
}
