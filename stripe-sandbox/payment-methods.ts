/** The endpoints of payment methods. What a card does is in `cards.ts`; new ones come from test tokens here, and from the pages. */
import { attachCard, detachCard, getPaymentMethod } from './cards.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOfCollection, pageReaders, type PageParameters } from './pagination.ts'
import { idText, readParameters, text } from './parameters.ts'

export const paymentMethodOperations: readonly Operation[] = [
  {
    name: 'list_customer_payment_methods',
    method: 'GET',
    path: '/v1/customers/{id}/payment_methods',
    prepare(context, form, id) {
      const { type, ...page } = readParameters(form, { type: text(50), ...pageReaders })
      return () => methodsOf(context, id, type, page, `/v1/customers/${id}/payment_methods`)
    },
  },
  {
    name: 'list_payment_methods',
    method: 'GET',
    path: '/v1/payment_methods',
    prepare(context, form) {
      const readers = { customer: idText, type: text(50), ...pageReaders }
      const { customer, type, ...page } = readParameters(form, readers, ['customer'])
      return () => methodsOf(context, customer, type, page, '/v1/payment_methods')
    },
  },
  {
    name: 'retrieve_customer_payment_method',
    method: 'GET',
    path: '/v1/customers/{id}/payment_methods/{id}',
    prepare(context, form, id, methodId) {
      readParameters(form, {})
      return () => {
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
      return () => getPaymentMethod(context, id).paymentMethod
    },
  },
  {
    name: 'attach_payment_method',
    method: 'POST',
    path: '/v1/payment_methods/{id}/attach',
    prepare(context, form, id) {
      const { customer } = readParameters(form, { customer: idText }, ['customer'])
      getLivingCustomer(context.state, customer, 'customer', 400)
      return () => attachCard(context, id, customer).paymentMethod
    },
  },
  {
    name: 'detach_payment_method',
    method: 'POST',
    path: '/v1/payment_methods/{id}/detach',
    prepare(context, form, id) {
      readParameters(form, {})
      return () => detachCard(context, id).paymentMethod
    },
  },
]

function methodsOf(
  { state }: SandboxContext,
  customer: string,
  type: string | undefined,
  page: PageParameters,
  url: string,
): object {
  getCustomer(state, customer, 'customer', 404)
  return pageOfCollection(
    state.paymentMethods,
    {
      scope: { index: 'customer', indexValue: customer },
      filter: ({ paymentMethod }) => type === undefined || paymentMethod.type === type,
      show: ({ paymentMethod }) => paymentMethod,
    },
    page,
    url,
  )
}
