/** Payments of an invoice that did not come through Stripe, and reminders of it. A customer's people see those of their invoices. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors, type Invoice } from '../../billing/index.ts'
import { assertInvariant, customerOfTenant, type Tenant } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams } from '../schema-parts.ts'
import {
  PaymentComponent,
  PaymentListComponent,
  PaymentParams,
  presentPayment,
  presentReminder,
  RecordPaymentBody,
  ReminderListComponent,
  ReversePaymentBody,
} from './payment-schemas.ts'

export function paymentRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/invoices/:id/payments',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listInvoicePayments',
          summary: 'Payments of an invoice that were recorded by hand, in the order of recording',
          description:
            'One that was taken back stays, with the reason. What Stripe collected is none of them.',
          tags: ['invoices'],
          params: IdParams,
          response: { 200: PaymentListComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        const { id } = await getInvoice(billing, tenant, request.params.id)
        const payments = await billing.listPayments(tenant, id)
        const isForCustomer = customerOfTenant(tenant) !== undefined
        return { items: payments.map((payment) => presentPayment(payment, isForCustomer)) }
      },
    )

    routes.post(
      '/invoices/:id/payments',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'recordInvoicePayment',
          summary: 'Record a payment that did not come through Stripe',
          description:
            'At most what is open. What settles the invoice makes it paid, and Stripe does not collect it any more.',
          tags: ['invoices'],
          params: IdParams,
          body: RecordPaymentBody,
          response: { 201: PaymentComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const manufacturerId = manufacturerOf(request)
        const { actor } = accessOf(request)
        const invoiceId = request.params.id
        const { amountMinor, ...body } = request.body
        const input = { ...body, amountMinor: BigInt(amountMinor) }
        const payment = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).recordPayment(manufacturerId, invoiceId, input),
          async (madeId) => {
            const made = await billing.listPayments(manufacturerId, invoiceId)
            return made.find(({ id }) => id === madeId)
          },
        )
        assertInvariant(payment !== undefined, 'A payment that was recorded is there: none is ever removed.')
        reply.code(201)
        return presentPayment(payment, false)
      },
    )

    routes.post(
      '/invoices/:id/payments/:paymentId/reverse',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'reverseInvoicePayment',
          summary: 'Take a recorded payment back; again for the same reason changes nothing',
          description: 'An invoice that it had settled is open again.',
          tags: ['invoices'],
          params: PaymentParams,
          body: ReversePaymentBody,
          response: { 200: PaymentComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { id, paymentId } = request.params
        const changes = billing.by(accessOf(request).actor)
        const { reason } = request.body
        return presentPayment(
          await changes.reversePayment(manufacturerOf(request), id, paymentId, reason),
          false,
        )
      },
    )

    routes.get(
      '/invoices/:id/reminders',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listInvoiceReminders',
          summary: 'Reminders that were mailed because an invoice was open after its due day',
          tags: ['invoices'],
          params: IdParams,
          response: { 200: ReminderListComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        const { id, currency } = await getInvoice(billing, tenant, request.params.id)
        const reminders = await billing.listReminders(tenant, id)
        return { items: reminders.map((reminder) => presentReminder(reminder, currency)) }
      },
    )
  }
}

async function getInvoice(billing: ApiBilling, tenant: Tenant, id: string): Promise<Invoice> {
  const invoice = await billing.findInvoice(tenant, id)
  if (invoice === undefined) {
    throw billingErrors.invoice_not_found(`Use the id of one of your invoices; "${id}" is not one.`)
  }
  return invoice
}
