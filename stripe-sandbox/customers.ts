/** Customers: create, retrieve, list. Each has a payment method that works, unless it is made to decline. */
import type { Stripe } from 'stripe'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, pageReaders } from './pagination.ts'
import { metadata, range, readParameters, text } from './parameters.ts'
import { resourceMissing } from './stripe-failure.ts'

export const customerOperations: readonly Operation[] = [
  {
    name: 'create_customer',
    method: 'POST',
    path: '/v1/customers',
    prepare(context, form) {
      const parameters = readParameters(form, {
        name: text(256),
        email: text(512),
        description: text(350),
        metadata,
      })
      return () => {
        const customer = newCustomer(context, parameters)
        context.state.customers.set(customer.id, customer)
        context.emit('customer.created', customer)
        return customer
      }
    },
  },
  {
    name: 'list_customers',
    method: 'GET',
    path: '/v1/customers',
    prepare({ state }, form) {
      const { email, created, ...page } = readParameters(form, {
        email: text(512),
        created: range,
        ...pageReaders,
      })
      return () => {
        const found = [...state.customers.values()].filter(
          (customer) =>
            (email === undefined || customer.email === email) &&
            (created === undefined || created(customer.created)),
        )
        return pageOf(found.reverse(), page, '/v1/customers')
      }
    },
  },
  {
    name: 'retrieve_customer',
    method: 'GET',
    path: '/v1/customers/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return () => getCustomer(state.customers, id, 'id', 404)
    },
  },
]

export function getCustomer(
  customers: ReadonlyMap<string, Stripe.Customer>,
  id: string,
  param: string,
  status: 400 | 404,
): Stripe.Customer {
  const customer = customers.get(id)
  if (customer === undefined) throw resourceMissing('customer', id, param, status)
  return customer
}

/** Metadata `sandbox_payment=decline`, or "decline" anywhere in the e-mail address, makes payments fail. */
export function declinesPayments(customer: Stripe.Customer): boolean {
  return customer.metadata['sandbox_payment'] === 'decline' || /decline/i.test(customer.email ?? '')
}

function newCustomer(
  context: SandboxContext,
  parameters: Pick<Stripe.CustomerCreateParams, 'name' | 'email' | 'description'> & {
    readonly metadata?: Record<string, string>
  },
): Stripe.Customer {
  const id = context.newId('cus')
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: context.nowSecond(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: parameters.description ?? null,
    discount: null,
    email: parameters.email ?? null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: context.newId('pm'),
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: parameters.metadata ?? {},
    name: parameters.name ?? null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
}
