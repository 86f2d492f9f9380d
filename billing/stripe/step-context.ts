/** What a step is given, and what it answers: the words that the steps of customers, invoices and credit notes share. */
import type { Stripe } from 'stripe'
import { assertInvariant } from '../../core/index.ts'
import type { OutboxStep, StoredCall } from './outbox-steps.ts'
import type { PushCreditNote } from './push-credit-note.ts'
import type { OutsidePayment, PushCustomer, PushDocument } from './push-document.ts'

export type StepContext = {
  readonly stripe: Stripe
  readonly step: OutboxStep
  readonly now: number
  readonly customer: PushCustomer
  /** Of every step but a customer's. */
  readonly document: PushDocument | undefined
  /** Of a credit note's step. */
  readonly creditNote: PushCreditNote | undefined
  readonly stripeCustomerId: string | undefined
  readonly stripeInvoiceId: string | undefined
  /** What came elsewhere and was not taken back, oldest first. */
  readonly payments: readonly OutsidePayment[]
  /** The draft may exist more than once; look for the others before finalizing. */
  readonly hasSpareDrafts: boolean
  readonly billUrl: string | undefined
}

export type Refunded = { readonly id: string; readonly amountMinor: bigint; readonly currency: string }

export type Outcome = {
  /** Stripe's id of the customer, invoice, credit note or refund. */
  readonly stripeId: string
  /** The invoice as Stripe has it now, where it was seen. */
  readonly invoice?: Stripe.Invoice
  /** Drafts of the same document that are to be deleted. */
  readonly spareDrafts?: readonly string[]
  readonly refunded?: readonly Refunded[]
  /** Our payment whose record at Stripe `stripeId` is. */
  readonly paymentId?: string
}

export type StripeStep = {
  /** What to send. May ask Stripe, changes nothing there. */
  plan(context: StepContext): StoredCall | Promise<StoredCall>
  /**
   * Asked at Stripe before each attempt counts as made: what has happened already, or whatever stands in the way. Changes nothing.
   * @throws PushProblem, Overtaken
   */
  check?(context: StepContext, call: StoredCall): Promise<Outcome | undefined>
  send(context: StepContext, call: StoredCall): Promise<Outcome>
  /** The outcome if an earlier call was carried out, undefined if none was. */
  look(context: StepContext, call: StoredCall | undefined): Promise<Outcome | undefined>
  /** What was planned depends on what Stripe has, and may have to be planned again when it is refused. */
  readonly mayGoStale?: boolean
  /** What was prepared is not to be sent any more: the ledger has moved on. What may have been sent is looked for first. */
  isUnwanted?(context: StepContext, call: StoredCall | undefined): boolean
}

/** What the step was to do is not wanted any more: the invoice has moved on at Stripe. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
  readonly invoice: Stripe.Invoice

  constructor(invoice: Stripe.Invoice) {
    super(`${invoice.id} is ${invoice.status} at Stripe`)
    this.invoice = invoice
  }
}

export function requestOptions({ idempotencyKey, apiVersion }: OutboxStep): Stripe.RequestOptions {
  return { idempotencyKey, apiVersion }
}

export function documentOf({ document, step }: StepContext): PushDocument {
  assertInvariant(document !== undefined, `The step ${step.step} is about an invoice.`)
  return document
}

export function stripeInvoiceIdOf({ stripeInvoiceId, step }: StepContext): string {
  assertInvariant(stripeInvoiceId !== undefined, `The step ${step.step} comes after the draft.`)
  return stripeInvoiceId
}

export function idOf({ id }: StoredCall): string {
  assertInvariant(id !== undefined, 'The call names what it is about.')
  return id
}

export async function collectAll<Item>(pages: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of pages) all.push(item)
  return all
}
