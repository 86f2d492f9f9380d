/** Invoices, and the billing run that makes them. A customer's people see the invoices of their customer. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors } from '../../billing/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage, readPeriod } from '../schema-parts.ts'
import {
  BillingForecastComponent,
  BillingRunComponent,
  InvoiceComponent,
  InvoicePageComponent,
  InvoiceQuery,
  presentBillingRun,
  presentForecast,
  presentInvoice,
  presentInvoiceSummary,
} from './ledger-schemas.ts'

const RECENT_INVOICES = 20
/** A run reads the usage of every contract. */
const ANSWER_WITHIN_MS = 600_000

export function invoiceRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/invoices',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listInvoices',
          summary: 'Invoices without their lines, the newest first unless asked otherwise',
          description: 'With `from` and `to` those that were issued in that span.',
          tags: ['invoices'],
          querystring: InvoiceQuery,
          response: { 200: InvoicePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const issued = readPeriod({ from, to })
        const page = await billing.listInvoices(tenantOf(request), {
          ...query,
          ...(issued !== undefined && { issued }),
        })
        return presentPage(page, presentInvoiceSummary)
      },
    )

    routes.get(
      '/invoices/:id',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getInvoice',
          summary: 'One invoice with its lines and why each says what it says',
          tags: ['invoices'],
          params: IdParams,
          response: { 200: InvoiceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const invoice = await billing.findInvoice(tenantOf(request), request.params.id)
        if (invoice === undefined) {
          throw billingErrors.invoice_not_found(
            `Use the id of one of your invoices; "${request.params.id}" is not one.`,
          )
        }
        return presentInvoice(invoice)
      },
    )

    routes.get(
      '/billing-run',
      {
        config: { right: 'bills:read' },
        handlerTimeout: ANSWER_WITHIN_MS,
        schema: {
          operationId: 'forecastBillingRun',
          summary: 'What the next billing run would do: what is ready, what waits and why',
          tags: ['invoices'],
          response: { 200: BillingForecastComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { items } = await billing.listInvoices(manufacturerId, { limit: RECENT_INVOICES })
        return presentForecast(await billing.forecastBilling(manufacturerId), items)
      },
    )

    routes.post(
      '/billing-run',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        handlerTimeout: ANSWER_WITHIN_MS,
        schema: {
          operationId: 'runBilling',
          summary: 'Bill every period that has ended and can be billed; again changes nothing',
          tags: ['invoices'],
          response: { 200: BillingRunComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = billing.by(accessOf(request).actor)
        return presentBillingRun(await changes.runBilling({ manufacturerId: manufacturerOf(request) }))
      },
    )
  }
}
