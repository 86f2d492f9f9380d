/**
 * What Stripe is told of money that came elsewhere, so that it asks for no cent twice. A part is reported as a payment record of its own and
 * attached to the invoice, which lowers what Stripe collects; the payment that settles the invoice ends it, whatever Stripe thinks is
 * left. An invoice with such a payment is finalized without being collected, until Stripe knows of it.
 *
 * Where Stripe collected the same money meanwhile, only a person can give one of the two back.
 */
import type { Stripe } from 'stripe'
import { assertInvariant, getCivilDate, HOUR_MS, SECOND_MS } from '../../core/index.ts'
import { stripeCustomerIdOf } from './customer-steps.ts'
import type { StepName, StoredCall } from './outbox-steps.ts'
import type { OutsidePayment } from './push-document.ts'
import { PushProblem } from './push-problems.ts'
import { assertNotVoid } from './read-back.ts'
import { collectedOf, paidElsewhereOf, retrieveInvoice } from './retrieve-invoice.ts'
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
import { toNumber } from './stripe-lines.ts'

type OutsideStepName = Extract<StepName, 'report_payment' | 'pay_out_of_band' | 'start_collection'>

export const stripeOutsideSteps: Readonly<Record<OutsideStepName, StripeStep>> = {
  report_payment: {
    mayGoStale: true,
    isUnwanted: ({ payments }, call) =>
      call !== undefined && payments.every(({ id }) => id !== paymentIdOf(call)),
    async plan(context) {
      const { stripe, payments } = context
      const invoice = await retrieveInvoice(stripe, stripeInvoiceIdOf(context))
      const payment = payments.find(({ isTold }) => !isTold)
      assertNotVoid(invoice)
      if (invoice.status === 'paid' && collectedOf(invoice) > 0n) throw paidTwice(invoice)
      if (payment === undefined || invoice.amount_remaining === 0) throw new Overtaken(invoice)
      return { id: invoice.id, body: recordParameters(context, payment, BigInt(invoice.amount_remaining)) }
    },
    async check(context, call) {
      // Nothing can have been sent before the first attempt.
      return context.step.attempts === 0n ? undefined : await findRecord(context, call)
    },
    async send({ stripe, step }, call) {
      const options = requestOptions(step)
      const body = call.body as Stripe.PaymentRecordReportPaymentParams
      const record = await stripe.paymentRecords.reportPayment(body, options)
      const attaching = { ...options, idempotencyKey: `${step.idempotencyKey}:attach` }
      await stripe.invoices.attachPayment(idOf(call), { payment_record: record.id }, attaching)
      return await toRecordOutcome(stripe, call, record.id)
    },
    look: async (context, call) => (call === undefined ? undefined : await findRecord(context, call)),
  },

  pay_out_of_band: {
    isUnwanted: ({ document, payments }) => document?.status !== 'paid' || payments.length === 0,
    plan: (context) => ({ id: stripeInvoiceIdOf(context), body: { paid_out_of_band: true } }),
    check: seePaid,
    async send({ stripe, step }, call) {
      await stripe.invoices.pay(idOf(call), call.body, requestOptions(step))
      return await seeInvoice(stripe, idOf(call))
    },
    look: seePaid,
  },

  start_collection: {
    plan: (context) => ({ id: stripeInvoiceIdOf(context), body: { auto_advance: true } }),
    check: seeCollected,
    async send({ stripe, step }, call) {
      await stripe.invoices.update(idOf(call), call.body, requestOptions(step))
      return await seeInvoice(stripe, idOf(call))
    },
    look: seeCollected,
  },
}

const methodNames = { bank_transfer: 'Bank transfer', cash: 'Cash', card: 'Card', other: 'Other' } as const

/** At most what is left there: what a payment brings on top, Stripe has no place for. */
function recordParameters(
  context: StepContext,
  { id, amountMinor, receivedOn, method }: OutsidePayment,
  remainingMinor: bigint,
): Stripe.PaymentRecordReportPaymentParams {
  const { invoiceId, number, currency, timeZone } = documentOf(context)
  const day = getCivilDate(receivedOn).toZonedDateTime(timeZone).epochMilliseconds
  // Stripe's clock may be behind ours, and it takes nothing from the future.
  const at = Math.floor(Math.min(day, context.now - HOUR_MS) / SECOND_MS)
  return {
    amount_requested: {
      currency,
      value: toNumber(amountMinor < remainingMinor ? amountMinor : remainingMinor),
    },
    initiated_at: at,
    payment_method_details: { type: 'custom', custom: { display_name: methodNames[method] } },
    customer_details: { customer: stripeCustomerIdOf(context) },
    outcome: 'guaranteed',
    guaranteed: { guaranteed_at: at },
    description: number,
    metadata: { payment_id: id, invoice_id: invoiceId },
  }
}

function paymentIdOf({ body }: StoredCall): string {
  const { metadata } = body as { readonly metadata?: { readonly payment_id?: string } }
  assertInvariant(metadata?.payment_id !== undefined, 'A reported payment is named in its metadata.')
  return metadata.payment_id
}

/** A record that is attached counts; one that was only reported changes nothing. */
async function findRecord({ stripe }: StepContext, call: StoredCall): Promise<Outcome | undefined> {
  const attached = await collectAll(stripe.invoicePayments.list({ invoice: idOf(call), limit: 100 }))
  for (const { payment } of attached) {
    const { payment_record: of } = payment
    if (of === undefined) continue
    const record = typeof of === 'string' ? await stripe.paymentRecords.retrieve(of) : of
    if (record.metadata['payment_id'] === paymentIdOf(call)) {
      return await toRecordOutcome(stripe, call, record.id)
    }
  }
  return undefined
}

async function toRecordOutcome(stripe: Stripe, call: StoredCall, recordId: string): Promise<Outcome> {
  return { ...(await seeInvoice(stripe, idOf(call))), stripeId: recordId, paymentId: paymentIdOf(call) }
}

/** @throws PushProblem where Stripe collected what came elsewhere as well */
async function seePaid({ stripe, payments }: StepContext, call: StoredCall | undefined) {
  if (call === undefined) return undefined
  const invoice = await retrieveInvoice(stripe, idOf(call))
  assertNotVoid(invoice)
  if (invoice.status !== 'paid') return undefined
  const recordedMinor = payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  if (collectedOf(invoice) > 0n && paidElsewhereOf(invoice) < recordedMinor) throw paidTwice(invoice)
  return { stripeId: invoice.id, invoice }
}

/** @throws Overtaken when nothing is left to collect */
async function seeCollected({ stripe }: StepContext, call: StoredCall | undefined) {
  if (call === undefined) return undefined
  const invoice = await retrieveInvoice(stripe, idOf(call))
  assertNotVoid(invoice)
  if (invoice.status !== 'open') throw new Overtaken(invoice)
  return invoice.auto_advance === true ? { stripeId: invoice.id, invoice } : undefined
}

async function seeInvoice(stripe: Stripe, id: string): Promise<Outcome> {
  return { stripeId: id, invoice: await retrieveInvoice(stripe, id) }
}

function paidTwice({ id }: Stripe.Invoice): PushProblem {
  return new PushProblem('paid_twice', { stripeInvoiceId: id })
}
