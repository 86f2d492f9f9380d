/** The endpoints of payment methods. What a card does is in `cards.ts`; new ones come from test tokens and test IBANs here, and from the pages. */
import type { Stripe } from 'stripe'
import { attachMethod, detachMethod, getPaymentMethod } from './saved-methods.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import { newDebit } from './debits.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation } from './operation.ts'
import { scopeOf } from './pagination.ts'
import { idText, object, oneOf, readParameters, text, type ReadersOf } from './parameters.ts'
import { invalidRequest } from './stripe-failure.ts'
import { findTestAccount } from './test-accounts.ts'

export const paymentMethodOperations: readonly Operation[] = [
  {
    name: 'create_payment_method',
    method: 'POST',
    path: '/v1/payment_methods',
    prepare(context, form) {
      const { sepa_debit, billing_details } = readParameters(
        form,
        {
          // Card numbers are no thing to send.
          type: oneOf(['sepa_debit']),
          sepa_debit: object({ iban: text(34) }, ['iban']),
          billing_details: object({ name: text(256), email: text(512) }, ['name', 'email']),
        } satisfies ReadersOf<Stripe.PaymentMethodCreateParams>,
        ['type', 'sepa_debit', 'billing_details'],
      )
      const account = findTestAccount(sepa_debit.iban)
      if (account === undefined) {
        throw invalidRequest(
          'The IBAN is none of the test accounts.',
          'parameter_invalid',
          'sepa_debit[iban]',
        )
      }
      return (): Stripe.PaymentMethod =>
        newDebit(context, account, null, { billing: billing_details }).paymentMethod
    },
  },
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
      return (): Stripe.PaymentMethod => attachMethod(context, id, customer).paymentMethod
    },
  },
  {
    name: 'detach_payment_method',
    method: 'POST',
    path: '/v1/payment_methods/{id}/detach',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.PaymentMethod => detachMethod(context, id).paymentMethod
    },
  },
]
