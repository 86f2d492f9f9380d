/** The endpoints of what payments leave behind: InvoicePayments, PaymentIntents and Charges. They are read here, never made. */
import type { Stripe } from 'stripe'
import { expandReader, noExpansion, type Expansion } from './expansion.ts'
import type { IndexScope } from './object-collection.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOfCollection, pageReaders, scopeOf } from './pagination.ts'
import { idText, object, oneOf, range, readParameters } from './parameters.ts'
import type { StoredPaymentIntent } from './sandbox-state.ts'
import { paymentExpansions, showInvoicePayment } from './show-invoice.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const intentExpansions = ['latest_charge', 'payment_method']

export const paymentOperations: readonly Operation[] = [
  {
    name: 'list_invoice_payments',
    method: 'GET',
    path: '/v1/invoice_payments',
    prepare(context, form) {
      const { invoice, payment, status, created, expand, ...page } = readParameters(form, {
        invoice: idText,
        payment: object(
          {
            type: oneOf(['payment_intent', 'payment_record']),
            payment_intent: idText,
            payment_record: idText,
          },
          ['type'],
        ),
        status: oneOf(['open', 'paid', 'canceled']),
        created: range,
        expand: expandReader(paymentExpansions, 'data.'),
        ...pageReaders,
      })
      const byInvoice = scopeOf('invoice', invoice)
      const byPayment = payment === undefined ? undefined : paymentScope(payment)
      return () =>
        pageOfCollection(
          context.state.invoicePayments,
          {
            scope: byPayment ?? byInvoice,
            filter: (item) =>
              (invoice === undefined || item.invoice === invoice) &&
              (status === undefined || item.status === status) &&
              (created === undefined || created(item.created)),
            show: (item) => showInvoicePayment(context, item, expand ?? noExpansion),
          },
          page,
          '/v1/invoice_payments',
        )
    },
  },
  {
    name: 'retrieve_invoice_payment',
    method: 'GET',
    path: '/v1/invoice_payments/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(paymentExpansions) })
      return () => {
        const found = context.state.invoicePayments.get(id)
        if (found === undefined) throw resourceMissing('invoice_payment', id, 'id')
        return showInvoicePayment(context, found, expand ?? noExpansion)
      }
    },
  },
  {
    name: 'list_payment_intents',
    method: 'GET',
    path: '/v1/payment_intents',
    prepare(context, form) {
      const { customer, created, expand, ...page } = readParameters(form, {
        customer: idText,
        created: range,
        expand: expandReader(intentExpansions, 'data.'),
        ...pageReaders,
      })
      return () =>
        pageOfCollection(
          context.state.paymentIntents,
          {
            scope: scopeOf('customer', customer),
            filter: (intent) => created === undefined || created(intent.created),
            show: (intent) => showIntent(context, intent, expand ?? noExpansion),
          },
          page,
          '/v1/payment_intents',
        )
    },
  },
  {
    name: 'retrieve_payment_intent',
    method: 'GET',
    path: '/v1/payment_intents/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(intentExpansions) })
      return () => {
        const intent = context.state.paymentIntents.get(id)
        if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent')
        return showIntent(context, intent, expand ?? noExpansion)
      }
    },
  },
  {
    name: 'list_charges',
    method: 'GET',
    path: '/v1/charges',
    prepare({ state }, form) {
      const { customer, payment_intent, created, ...page } = readParameters(form, {
        customer: idText,
        payment_intent: idText,
        created: range,
        ...pageReaders,
      })
      const byIntent = scopeOf('payment_intent', payment_intent)
      const byCustomer = scopeOf('customer', customer)
      return () =>
        pageOfCollection(
          state.charges,
          {
            scope: byIntent ?? byCustomer,
            filter: (charge) =>
              (customer === undefined || charge.customer === customer) &&
              (created === undefined || created(charge.created)),
            show: (charge): Stripe.Charge => charge,
          },
          page,
          '/v1/charges',
        )
    },
  },
  {
    name: 'retrieve_charge',
    method: 'GET',
    path: '/v1/charges/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return () => {
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
