/** The endpoints of payment methods. What a card does is in `cards.ts`; new ones come from test tokens here, and from the pages. */
import type { Stripe } from 'stripe'
import { attachCard, detachCard, getPaymentMethod } from './cards.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation } from './operation.ts'
import { scopeOf } from './pagination.ts'
import { idText, readParameters, text, type ReadersOf } from './parameters.ts'
import { invalidRequest } from './stripe-failure.ts'

export const paymentMethodOperations: readonly Operation[] = [
  listOperation({
    name: 'list_customer_payment_methods',
    path: '/v1/customers/{id}/payment_methods',
    readers: { type: text(50) } satisfies ReadersOf<Stripe.CustomerListPaymentMethodsParams>,
    collection: (state) => state.paymentMethods,
    check: (_given, { state }, id) => void getCustomer(state, id, 'customer', 404),
    scope: (_given, id) => ({ index: 'customer', indexValue: id }),
    isWanted: ({ paymentMethod }, { type }) => fits(type, paymentMethod.type),
    show: ({ paymentMethod }): Stripe.PaymentMethod => paymentMethod,
  }),
  listOperation({
    name: 'list_payment_methods',
    path: '/v1/payment_methods',
    readers: { customer: idText, type: text(50) } satisfies ReadersOf<Stripe.PaymentMethodListParams>,
    collection: (state) => state.paymentMethods,
    check({ customer }, { state }) {
      if (customer === undefined) {
        throw invalidRequest('Missing required param: customer.', 'parameter_missing', 'customer')
      }
      getCustomer(state, customer, 'customer', 404)
    },
    scope: ({ customer }) => scopeOf('customer', customer),
    isWanted: ({ paymentMethod }, { type }) => fits(type, paymentMethod.type),
    show: ({ paymentMethod }): Stripe.PaymentMethod => paymentMethod,
  }),
  {
    name: 'retrieve_customer_payment_method',
    method: 'GET',
    path: '/v1/customers/{id}/payment_methods/{id}',
    prepare(context, form, id, methodId) {
      readParameters(form, {})
      return (): Stripe.PaymentMethod => {
        getLivingCustomer(context.state, id, 'customer', 404)
        return getPaymentMethod(context, methodId).paymentMethod
      }
    },
  },
  {
    name: 'retrieve_payment_method',
    method: 'GET',
    path: '/v1/payment_methods/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.PaymentMethod => getPaymentMethod(context, id).paymentMethod
    },
  },
  {
    name: 'attach_payment_method',
    method: 'POST',
    path: '/v1/payment_methods/{id}/attach',
    prepare(context, form, id) {
      const { customer } = readParameters(
        form,
        { customer: idText } satisfies ReadersOf<Stripe.PaymentMethodAttachParams>,
        ['customer'],
      )
      getLivingCustomer(context.state, customer, 'customer', 400)
      return (): Stripe.PaymentMethod => attachCard(context, id, customer).paymentMethod
    },
  },
  {
    name: 'detach_payment_method',
    method: 'POST',
    path: '/v1/payment_methods/{id}/detach',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.PaymentMethod => detachCard(context, id).paymentMethod
    },
  },
]
