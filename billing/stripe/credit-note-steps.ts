/**
 * A credit note and a refund at Stripe. A credit note first lowers what is open of its invoice; what goes beyond is given back to where it came
 * from: refunded as far as Stripe collected it, out of band for the rest. That split depends on what was paid by then, so it is planned from what
 * Stripe says, and planned again when it is refused because somebody paid meanwhile. Before the call Stripe's own preview must have
 * our total.
 */
import type { Stripe } from 'stripe'
import { assertInvariant } from '../../core/index.ts'
import { leftOf, listCollected } from './invoice-money.ts'
import type { PushCreditNote } from './push-credit-note.ts'
import { PushProblem } from './push-problems.ts'
import { listLines } from './read-back.ts'
import {
  collectAll,
  documentOf,
  requestOptions,
  stripeInvoiceIdOf,
  type Outcome,
  type Refunded,
  type StepContext,
  type StripeStep,
} from './step-context.ts'
import { shorten, taxKeyOf, toNumber } from './stripe-lines.ts'

export const stripeCreditSteps: Readonly<Record<'create_credit_note' | 'refund_payment', StripeStep>> = {
  create_credit_note: {
    mayGoStale: true,
    async plan(context) {
      const { stripe } = context
      const note = creditNoteOf(context)
      const invoice = await stripe.invoices.retrieve(stripeInvoiceIdOf(context))
      const about = { stripeInvoiceId: invoice.id }
      if (invoice.status === 'void') throw new PushProblem('void_not_credited', about)
      if (invoice.status === 'draft') throw new PushProblem('draft_not_credited', about)
      const body: Stripe.CreditNoteCreateParams = {
        invoice: invoice.id,
        ...(await creditParameters(stripe, invoice, note)),
        ...(await splitCredit(stripe, invoice, note.totalMinor)),
        memo: shorten(`${note.number}: ${note.reason}`),
        metadata: { credit_note_id: note.id, number: note.number },
        email_type: 'none',
      }
      const { total } = await stripe.creditNotes.preview(body)
      assertTotal('credit_would_differ', note, total, invoice.currency)
      return { body }
    },
    // An earlier call may have been carried out after it was looked for.
    check: async (context) => (context.step.generation === 1n ? undefined : await findNote(context)),
    async send(context, call) {
      const { stripe, step } = context
      const body = call.body as Stripe.CreditNoteCreateParams
      return toOutcome(context, await stripe.creditNotes.create(body, requestOptions(step)))
    },
    look: findNote,
  },

  refund_payment: {
    async plan(context) {
      const { stripe, step } = context
      const document = documentOf(context)
      const payments = await listCollected(stripe, stripeInvoiceIdOf(context))
      const payment = payments.find((each) => leftOf(each) > 0n)
      if (payment === undefined) {
        throw new PushProblem('nothing_to_give_back', { number: document.number })
      }
      const body: Stripe.RefundCreateParams = {
        payment_intent: payment.paymentIntentId,
        amount: toNumber(leftOf(payment)),
        metadata: { invoice_id: document.invoiceId, generation: String(step.generation) },
      }
      return { body }
    },
    async send({ stripe, step }, call) {
      return toRefundOutcome(await stripe.refunds.create(call.body, requestOptions(step)))
    },
    async look(context, call) {
      const { payment_intent: paymentIntent } = (call?.body ?? {}) as Stripe.RefundCreateParams
      if (paymentIntent === undefined) return undefined
      const all = await collectAll(context.stripe.refunds.list({ payment_intent: paymentIntent, limit: 100 }))
      const { invoiceId } = documentOf(context)
      const found = all.find(
        ({ metadata }) =>
          metadata?.['invoice_id'] === invoiceId &&
          metadata['generation'] === String(context.step.generation),
      )
      return found && toRefundOutcome(found)
    },
  },
}

async function findNote(context: StepContext): Promise<Outcome | undefined> {
  const note = creditNoteOf(context)
  const { creditNotes } = context.stripe
  const all = await collectAll(creditNotes.list({ invoice: stripeInvoiceIdOf(context), limit: 100 }))
  const found = all.find(({ metadata }) => metadata?.['credit_note_id'] === note.id)
  return found && toOutcome(context, found)
}

function creditNoteOf({ creditNote, step }: StepContext): PushCreditNote {
  assertInvariant(creditNote !== undefined, `The step ${step.step} is about a credit note.`)
  return creditNote
}

type Credit = Pick<Stripe.CreditNoteCreateParams, 'amount' | 'lines'>

/** A line for each rate of tax, with our tax. Where a rate's part is below zero, which Stripe does not take, the total alone. */
async function creditParameters(
  stripe: Stripe,
  invoice: Stripe.Invoice,
  note: PushCreditNote,
): Promise<Credit> {
  const isPlain = note.taxes.length === 0 || note.taxes.some(({ netMinor }) => netMinor < 0n)
  if (isPlain) return { amount: toNumber(note.totalMinor) }
  const rates = new Map<string, string>()
  for (const { metadata, taxes } of await listLines(stripe, invoice)) {
    const [tax] = taxes ?? []
    const key = metadata['tax']
    if (key !== undefined && tax?.tax_rate_details !== null && tax !== undefined) {
      rates.set(key, tax.tax_rate_details.tax_rate)
    }
  }
  return {
    lines: note.taxes.map((tax) => {
      const { percent, netMinor, taxMinor } = tax
      const taxRate = rates.get(taxKeyOf(tax))
      if (taxRate === undefined) {
        throw new PushProblem('credited_tax_missing', {
          stripeInvoiceId: invoice.id,
          taxPercent: percent,
          number: note.number,
        })
      }
      return {
        type: 'custom_line_item',
        description: shorten(note.reason),
        quantity: 1,
        unit_amount: toNumber(note.prices === 'net' ? netMinor : netMinor + taxMinor),
        tax_amounts: [{ amount: toNumber(taxMinor), taxable_amount: toNumber(netMinor), tax_rate: taxRate }],
      }
    }),
  }
}

type Split = Pick<Stripe.CreditNoteCreateParams, 'refund_amount' | 'out_of_band_amount'>

async function splitCredit(stripe: Stripe, invoice: Stripe.Invoice, totalMinor: bigint): Promise<Split> {
  const beyond = totalMinor - BigInt(invoice.amount_remaining)
  if (beyond <= 0n) return {}
  const payments = await listCollected(stripe, invoice.id)
  const left = payments.reduce((sum, payment) => sum + leftOf(payment), 0n)
  const refund = beyond < left ? beyond : left
  return {
    ...(refund > 0n && { refund_amount: toNumber(refund) }),
    ...(beyond > refund && { out_of_band_amount: toNumber(beyond - refund) }),
  }
}

function toOutcome(context: StepContext, created: Stripe.CreditNote): Outcome {
  assertTotal('credit_differs', creditNoteOf(context), created.total, created.currency)
  const refunded = created.refunds.map(({ refund, amount_refunded }): Refunded => ({
    id: typeof refund === 'string' ? refund : refund.id,
    amountMinor: BigInt(amount_refunded),
    currency: created.currency,
  }))
  return { stripeId: created.id, refunded }
}

function toRefundOutcome({ id, amount, currency }: Stripe.Refund): Outcome {
  return { stripeId: id, refunded: [{ id, amountMinor: BigInt(amount), currency }] }
}

function assertTotal(
  code: 'credit_would_differ' | 'credit_differs',
  { number, totalMinor }: PushCreditNote,
  total: number,
  currency: string,
): void {
  if (BigInt(total) === totalMinor) return
  throw new PushProblem(code, { number, totalMinor: total, ownTotalMinor: totalMinor, currency })
}
