/** What goes to Stripe and what comes of it. Null where nothing goes there: an installation without Stripe is no failure. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { nextAfterOf } from './pages.ts'
import { bodyOf, Problem, server, type Schemas } from './request.ts'

export type StripeStep = Schemas['StripeStep']
export type LeftInvoice = Schemas['StripeLeftInvoice']
export type InvoiceCollection = Schemas['InvoiceCollection']
export type CustomerPayment = Schemas['CustomerPayment']
export type SavedMethod = NonNullable<CustomerPayment['paymentMethod']>

const named = (id: string) => ({ path: { id } })

async function ifConnected<Body>(call: Promise<Body>): Promise<Body | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof Problem && error.code === 'stripe_not_configured') return null
    throw error
  }
}

export const collectionQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['invoice', invoiceId, 'collection'],
    queryFn: ({ signal }) =>
      ifConnected(bodyOf(server.GET('/v1/invoices/{id}/collection', { params: named(invoiceId), signal }))),
  })

export const pushQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['invoice', invoiceId, 'push'],
    queryFn: ({ signal }) =>
      ifConnected(bodyOf(server.GET('/v1/invoices/{id}/push', { params: named(invoiceId), signal }))),
  })

export const parkedQuery = infiniteQueryOptions({
  queryKey: ['parked-steps'],
  queryFn: async ({ pageParam, signal }) => {
    const query = { ...given({ after: pageParam }), limit: 25 }
    const page = await ifConnected(bodyOf(server.GET('/v1/stripe/parked', { params: { query }, signal })))
    return page ?? { items: [], nextAfter: null }
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextAfterOf,
})

export const leftQuery = infiniteQueryOptions({
  queryKey: ['left-invoices'],
  queryFn: async ({ pageParam, signal }) => {
    const query = { ...given({ after: pageParam }), limit: 25 }
    const page = await ifConnected(
      bodyOf(server.GET('/v1/stripe/left-invoices', { params: { query }, signal })),
    )
    return page ?? { items: [], nextAfter: null }
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextAfterOf,
})

export const retryStep = (id: string) =>
  bodyOf(server.POST('/v1/stripe/steps/{id}/retry', { params: named(id) }))

export const customerPaymentQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['customer', customerId, 'payment'],
    queryFn: ({ signal }) =>
      ifConnected(bodyOf(server.GET('/v1/customers/{id}/payment', { params: named(customerId), signal }))),
  })

/** The address of a page of Stripe that leads back to ours. */
export const openPaymentSetup = (customerId: string, returnPath: string) =>
  bodyOf(server.POST('/v1/customers/{id}/payment-setup', { params: named(customerId), body: { returnPath } }))

export const openPaymentPortal = (customerId: string, returnPath: string) =>
  bodyOf(
    server.POST('/v1/customers/{id}/payment-portal', { params: named(customerId), body: { returnPath } }),
  )

export const linkStripeCustomer = (customerId: string, stripeCustomerId: string) =>
  bodyOf(
    server.PUT('/v1/customers/{id}/stripe-customer', {
      params: named(customerId),
      body: { stripeCustomerId },
    }),
  )
