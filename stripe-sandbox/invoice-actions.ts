/** The endpoints that move an invoice from one state to another. */
import type { Stripe } from 'stripe'
import { attachRecord } from './attach-payment.ts'
import { methodToCharge } from './saved-methods.ts'
import { collect, type PaymentOutcome } from './collect-invoice.ts'
import { noExpansion, type Expansion } from './expansion.ts'
import type { FormTree } from './form-decoding.ts'
import {
  assertStatus,
  finalize,
  markUncollectible,
  payOutOfBand,
  sendInvoice,
  voidInvoice,
} from './invoice-lifecycle.ts'
import { getInvoice } from './invoice-store.ts'
import { expandInvoice } from './invoices.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { idText, readParameters, truth, type ReadersOf } from './parameters.ts'
import type { StoredInvoice } from './sandbox-state.ts'
import { showInvoice } from './show-invoice.ts'
import { cardError, invalidRequest } from './stripe-failure.ts'

const simpleAction = (
  name: string,
  verb: string,
  act: (context: SandboxContext, id: string) => StoredInvoice,
): Operation => ({
  name,
  method: 'POST',
  path: `/v1/invoices/{id}/${verb}`,
  prepare(context, form, id) {
    const { expand } = readParameters(form, { expand: expandInvoice })
    return () => showInvoice(context, act(context, id), expand ?? noExpansion)
  },
})

export const invoiceActions: readonly Operation[] = [
  {
    name: 'finalize_invoice',
    method: 'POST',
    path: '/v1/invoices/{id}/finalize',
    prepare(context, form, id) {
      const { auto_advance, expand } = readParameters(form, {
        auto_advance: truth,
        expand: expandInvoice,
      } satisfies ReadersOf<Stripe.InvoiceFinalizeInvoiceParams>)
      return (): Stripe.Invoice =>
        showInvoice(context, finalize(context, id, auto_advance), expand ?? noExpansion)
    },
  },
  simpleAction('void_invoice', 'void', voidInvoice),
  simpleAction('mark_uncollectible', 'mark_uncollectible', markUncollectible),
  simpleAction('send_invoice', 'send', sendInvoice),
  {
    name: 'attach_payment',
    method: 'POST',
    path: '/v1/invoices/{id}/attach_payment',
    prepare(context, form, id) {
      const { payment_record, expand } = readAttachment(form)
      return (): Stripe.Invoice =>
        showInvoice(context, attachRecord(context, id, payment_record), expand ?? noExpansion)
    },
  },
  {
    name: 'pay_invoice',
    method: 'POST',
    path: '/v1/invoices/{id}/pay',
    prepare(context, form, id) {
      const { paid_out_of_band, payment_method, expand } = readParameters(form, {
        paid_out_of_band: truth,
        payment_method: idText,
        expand: expandInvoice,
      } satisfies ReadersOf<Stripe.InvoicePayParams>)
      if (paid_out_of_band === true && payment_method !== undefined) {
        throw invalidRequest('Nothing is charged out of band.', 'parameters_exclusive', 'payment_method')
      }
      return (): Stripe.Invoice => {
        const stored = getInvoice(context.state, id)
        if (stored.invoice.status === 'paid')
          throw invalidRequest('Invoice is already paid', 'invoice_already_paid')
        assertStatus(stored, ['open', 'uncollectible'], 'paid')
        if (paid_out_of_band === true)
          return showPaid(context, payOutOfBand(context, stored).invoice.id, expand)
        const method =
          payment_method === undefined
            ? undefined
            : methodToCharge(context, payment_method, stored.invoice.customer, 'payment_method')
        refuseUnpaid(
          collect(context, id, {
            isAutomatic: false,
            ...(method === undefined ? {} : { paymentMethod: method }),
          }),
        )
        return showPaid(context, id, expand)
      }
    },
  },
]

/** @throws StripeFailure 400 unless it names a payment record, the only payment that is attached here */
function readAttachment(form: FormTree) {
  if (form['payment_intent'] !== undefined) {
    throw invalidRequest(
      'This stand-in attaches payment records only, no payment intents.',
      'parameter_unknown',
      'payment_intent',
    )
  }
  return readParameters(
    form,
    { payment_record: idText, expand: expandInvoice } satisfies ReadersOf<Stripe.InvoiceAttachPaymentParams>,
    ['payment_record'],
  )
}

function showPaid(context: SandboxContext, id: string, expand: Expansion | undefined): Stripe.Invoice {
  return showInvoice(context, getInvoice(context.state, id), expand ?? noExpansion)
}

function refuseUnpaid(outcome: PaymentOutcome): void {
  switch (outcome) {
    case 'paid':
    case 'processing':
      return
    case 'requires_action':
      throw cardError(
        'invoice_payment_intent_requires_action',
        'The payment needs the customer to confirm it.',
      )
    case 'declined':
      throw cardError('card_declined', 'Your card was declined.', 'generic_decline')
    case 'no_payment_method':
    case 'not_open':
      throw invalidRequest(
        'The customer has no default payment method: give one, or attach one to the customer.',
        'missing',
        'payment_method',
      )
  }
}
