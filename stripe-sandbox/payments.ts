/** The endpoints of what payments leave behind: InvoicePayments, PaymentIntents and Charges. They are read here, never made. */
import type { Stripe } from 'stripe'
import { expandReader, noExpansion, type Expansion } from './expansion.ts'
import { fits, listOperation } from './list-operation.ts'
import type { IndexScope } from './object-collection.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { scopeOf } from './pagination.ts'
import { idText, object, oneOf, range, readParameters, type ReadersOf } from './parameters.ts'
import type { StoredPaymentIntent } from './sandbox-state.ts'
import { paymentExpansions, showInvoicePayment } from './show-invoice.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const intentExpansions = ['latest_charge', 'payment_method']

export const paymentOperations: readonly Operation[] = [
  listOperation({
    name: 'list_invoice_payments',
    path: '/v1/invoice_payments',
    readers: {
      invoice: idText,
      payment: object(
        {
          type: oneOf(['payment_intent', 'payment_record']),
          payment_intent: idText,
          payment_record: idText,
        } satisfies ReadersOf<Stripe.InvoicePaymentListParams.Payment>,
        ['type'],
      ),
      status: oneOf(['open', 'paid', 'canceled']),
      created: range,
      expand: expandReader(paymentExpansions, 'data.'),
    } satisfies ReadersOf<Stripe.InvoicePaymentListParams>,
    collection: (state) => state.invoicePayments,
    check({ payment }) {
      if (payment !== undefined) paymentScope(payment)
    },
    scope: ({ payment, invoice }) =>
      payment === undefined ? scopeOf('invoice', invoice) : paymentScope(payment),
    isWanted: (item, { invoice, status, created }) =>
      fits(invoice, item.invoice) && fits<string>(status, item.status) && created?.(item.created) !== false,
    show: (item, { expand }, context) => showInvoicePayment(context, item, expand ?? noExpansion),
  }),
  {
    name: 'retrieve_invoice_payment',
    method: 'GET',
    path: '/v1/invoice_payments/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(paymentExpansions) })
      return (): Stripe.InvoicePayment => {
        const found = context.state.invoicePayments.get(id)
        if (found === undefined) throw resourceMissing('invoice_payment', id, 'id')
        return showInvoicePayment(context, found, expand ?? noExpansion)
      }
    },
  },
  listOperation({
    name: 'list_payment_intents',
    path: '/v1/payment_intents',
    readers: {
      customer: idText,
      created: range,
      expand: expandReader(intentExpansions, 'data.'),
    } satisfies ReadersOf<Stripe.PaymentIntentListParams>,
    collection: (state) => state.paymentIntents,
    scope: ({ customer }) => scopeOf('customer', customer),
    isWanted: (intent, { created }) => created?.(intent.created) !== false,
    show: (intent, { expand }, context) => showIntent(context, intent, expand ?? noExpansion),
  }),
  {
    name: 'retrieve_payment_intent',
    method: 'GET',
    path: '/v1/payment_intents/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(intentExpansions) })
      return (): Stripe.PaymentIntent => {
        const intent = context.state.paymentIntents.get(id)
        if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent')
        return showIntent(context, intent, expand ?? noExpansion)
      }
    },
  },
  listOperation({
    name: 'list_charges',
    path: '/v1/charges',
    readers: {
      customer: idText,
      payment_intent: idText,
      created: range,
    } satisfies ReadersOf<Stripe.ChargeListParams>,
    collection: (state) => state.charges,
    scope: ({ payment_intent, customer }) =>
      scopeOf('payment_intent', payment_intent) ?? scopeOf('customer', customer),
    isWanted: (charge, { customer, created }) =>
      fits(customer, charge.customer) && created?.(charge.created) !== false,
    show: (charge): Stripe.Charge => charge,
  }),
  {
    name: 'retrieve_charge',
    method: 'GET',
    path: '/v1/charges/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return (): Stripe.Charge => {
        const charge = state.charges.get(id)
        if (charge === undefined) throw resourceMissing('charge', id, 'id')
        return charge
      }
    },
  },
]

/** The id of the kind that `type` names, and no other. */
function paymentScope({
  type,
  ...ids
}: {
  readonly type: 'payment_intent' | 'payment_record'
  readonly payment_intent?: string
  readonly payment_record?: string
}): IndexScope {
  const indexValue = ids[type]
  if (indexValue === undefined || Object.keys(ids).length > 1) {
    throw invalidRequest(`Give payment[${type}].`, 'parameter_missing', `payment[${type}]`)
  }
  return { index: type, indexValue }
}

function showIntent(
  { state }: SandboxContext,
  intent: StoredPaymentIntent,
  wanted: Expansion,
): Stripe.PaymentIntent {
  const charge = wanted.has('latest_charge') ? state.charges.get(intent.latest_charge ?? '') : undefined
  const method =
    wanted.has('payment_method') && typeof intent.payment_method === 'string'
      ? state.paymentMethods.get(intent.payment_method)
      : undefined
  return {
    ...intent,
    ...(charge === undefined ? {} : { latest_charge: charge }),
    ...(method === undefined ? {} : { payment_method: method.paymentMethod }),
  }
}
