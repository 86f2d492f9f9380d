/** How far each document has come on its way to Stripe, for the manufacturer's people, and taking up what was parked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import { billingErrors } from '../../billing/index.ts'
import type { ApiBilling, ApiPeople, ApiStripe } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readNumberCursor, readPage } from '../schema-parts.ts'
import { connectedStripe } from './connected-stripe.ts'
import {
  InvoicePushComponent,
  LeftInvoicePageComponent,
  LeftQuery,
  ParkedQuery,
  presentLeftInvoice,
  presentStep,
  StepPageComponent,
  StepParams,
} from './stripe-schemas.ts'

const tags = ['stripe']

export function pushRoutes(
  stripe: ApiStripe | undefined,
  billing: ApiBilling,
  people: ApiPeople,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/invoices/:id/push',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'getInvoicePush',
          summary:
            'Every step of an invoice, its credit notes and its customer to Stripe, the first one first',
          tags,
          params: IdParams,
          response: { 200: InvoicePushComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { pushDesk, dashboard } = connectedStripe(stripe)
        const manufacturerId = manufacturerOf(request)
        const invoice = await billing.findInvoice(manufacturerId, request.params.id)
        if (invoice === undefined) {
          throw billingErrors.invoice_not_found('Use the id of one of your invoices.')
        }
        const { stripeInvoiceId } = invoice
        const steps = await pushDesk.listSteps(manufacturerId, invoice.id)
        const { mode } = (await people.getSettings(manufacturerId)).stripe
        return {
          items: steps.map((step) => presentStep(step)),
          dashboardUrl:
            dashboard === undefined || stripeInvoiceId === undefined
              ? null
              : `${dashboard}${mode === 'live' ? '' : '/test'}/invoices/${stripeInvoiceId}`,
        }
      },
    )

    routes.get(
      '/stripe/parked',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'listParkedStripeSteps',
          summary: 'Steps to Stripe that need a person, the first one first',
          tags,
          querystring: ParkedQuery,
          response: { 200: StepPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { pushDesk } = connectedStripe(stripe)
        const { limit, after } = readPage(request.query)
        const found = await pushDesk.listParked(manufacturerOf(request), {
          limit: limit + 1,
          ...(after !== undefined && { after: BigInt(readNumberCursor(after)) }),
        })
        const items = found.slice(0, limit)
        const nextAfter = found.length > limit ? items.at(-1)?.id.toString() : undefined
        return presentPage({ items, nextAfter }, presentStep)
      },
    )

    routes.get(
      '/stripe/left-invoices',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'listStripeLeftInvoices',
          summary: 'Invoices that were not settled in an account of Stripe when another took its place',
          description:
            'They are open there as far as is known, and nothing is told to Stripe or asked of it about them: close them there, and record here what was paid.',
          tags,
          querystring: LeftQuery,
          response: { 200: LeftInvoicePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { accountDesk, dashboard } = connectedStripe(stripe)
        const { limit, after } = readPage(request.query)
        const found = await accountDesk.listLeft(manufacturerOf(request), {
          limit: limit + 1,
          ...(after !== undefined && { after }),
        })
        const items = found.slice(0, limit)
        const nextAfter = found.length > limit ? items.at(-1)?.invoiceId : undefined
        return presentPage({ items, nextAfter }, (left) => presentLeftInvoice(left, dashboard))
      },
    )

    routes.post(
      '/stripe/steps/:id/retry',
      {
        config: { right: 'bills:write' },
        schema: {
          operationId: 'retryStripeStep',
          summary: 'Take a parked step up again, prepared anew',
          description:
            "Where Stripe's customer was deleted there, another one is made first. What became of it is in the steps of the invoice.",
          tags,
          params: StepParams,
          response: {
            202: Type.Null({ description: 'Taken up; the steps of the invoice tell how it ends' }),
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { pushDesk } = connectedStripe(stripe)
        await pushDesk.retry(manufacturerOf(request), BigInt(request.params.id), accessOf(request).actor)
        return reply.code(202).send(null)
      },
    )
  }
}
