/**
 * What a customer needs to pay: what became of an invoice at Stripe, and Stripe's own pages to save a payment method and to manage it.
 * Those lead back to this server alone.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors } from '../../billing/index.ts'
import { customerOfTenant, manufacturerOfTenant, type Tenant } from '../../core/index.ts'
import type { ApiBilling, ApiPeople, ApiStripe } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams } from '../schema-parts.ts'
import { connectedStripe } from './connected-stripe.ts'
import {
  CollectionComponent,
  LinkCustomerBody,
  OpenPageBody,
  PaymentOfCustomerComponent,
  presentCollection,
  presentPaymentOfCustomer,
  StripePageComponent,
} from './stripe-schemas.ts'

const tags = ['stripe']

type Parts = {
  readonly stripe: ApiStripe | undefined
  readonly billing: ApiBilling
  readonly people: ApiPeople
  readonly publicUrl: string
}

export function payingRoutes({ stripe, billing, people, publicUrl }: Parts): FastifyPluginAsyncTypebox {
  async function showPayment(tenant: Tenant, customerId: string) {
    const { paymentDesk } = connectedStripe(stripe)
    const payment = await paymentDesk.readPayment(tenant, customerId)
    const { isConnected } = (await people.getSettings(manufacturerOfTenant(tenant))).stripe
    const isForCustomer = customerOfTenant(tenant) !== undefined
    return presentPaymentOfCustomer(payment, { canSave: isConnected, isForCustomer })
  }
  return async (routes) => {
    routes.get(
      '/invoices/:id/collection',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getInvoiceCollection',
          summary: 'What Stripe says of the money of an invoice, and what the customer can do',
          tags,
          params: IdParams,
          response: { 200: CollectionComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { paymentDesk } = connectedStripe(stripe)
        const tenant = tenantOf(request)
        const invoice = await billing.findInvoice(tenant, request.params.id)
        if (invoice === undefined) {
          throw billingErrors.invoice_not_found('Use the id of one of your invoices.')
        }
        const paying = await paymentDesk.readPayment(tenant, invoice.customerId)
        const told = await paymentDesk.readCollection(tenant, invoice.id)
        return presentCollection(told, paying, invoice.currency)
      },
    )

    routes.get(
      '/customers/:id/payment',
      {
        config: { right: 'customers:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getCustomerPayment',
          summary: 'How a customer pays: what is charged, or that an invoice is sent',
          tags,
          params: IdParams,
          response: { 200: PaymentOfCustomerComponent.ref, ...problemResponses },
        },
      },
      async (request) => await showPayment(tenantOf(request), request.params.id),
    )

    routes.post(
      '/customers/:id/payment-setup',
      {
        config: { right: 'payment_methods:write', tenants: 'customer_too' },
        schema: {
          operationId: 'openPaymentSetup',
          summary: "Stripe's page to save a payment method, which is charged from then on",
          description: 'Does what the bank asks for. Makes the customer at Stripe if it is not there.',
          tags,
          params: IdParams,
          body: OpenPageBody,
          response: { 200: StripePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { paymentDesk } = connectedStripe(stripe)
        const returnUrl = new URL(request.body.returnPath, publicUrl).href
        return await paymentDesk.openPaymentSetup(tenantOf(request), request.params.id, returnUrl)
      },
    )

    routes.post(
      '/customers/:id/payment-portal',
      {
        config: { right: 'payment_methods:write', tenants: 'customer_too' },
        schema: {
          operationId: 'openPaymentPortal',
          summary: "Stripe's portal of a customer: payment methods and invoices",
          tags,
          params: IdParams,
          body: OpenPageBody,
          response: { 200: StripePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { paymentDesk } = connectedStripe(stripe)
        const returnUrl = new URL(request.body.returnPath, publicUrl).href
        return await paymentDesk.openPaymentPortal(tenantOf(request), request.params.id, returnUrl)
      },
    )

    routes.put(
      '/customers/:id/stripe-customer',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'linkStripeCustomer',
          summary: 'Use a customer that is at Stripe already; the next invoice goes to that one',
          tags,
          params: IdParams,
          body: LinkCustomerBody,
          response: { 200: PaymentOfCustomerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { paymentDesk } = connectedStripe(stripe)
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await paymentDesk.linkCustomer(
          manufacturerId,
          id,
          request.body.stripeCustomerId,
          accessOf(request).actor,
        )
        return await showPayment(manufacturerId, id)
      },
    )
  }
}
