/** The manufacturer's table of tax rates. A row is never changed: the next one replaces it from its day on, or it ends. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { taxErrors, type StoredTaxRate } from '../../billing/index.ts'
import type { ManufacturerId } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage } from '../schema-parts.ts'
import {
  AddTaxRateBody,
  EndTaxRateBody,
  presentTaxRate,
  TaxRateComponent,
  TaxRatePageComponent,
  TaxRateQuery,
} from './tax-rate-schemas.ts'

export function taxRateRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/tax-rates',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'listTaxRates',
          summary: 'Tax rates, in order of place, category and first day unless asked otherwise',
          tags: ['tax rates'],
          querystring: TaxRateQuery,
          response: { 200: TaxRatePageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listTaxRates(manufacturerOf(request), readPage(request.query)),
          presentTaxRate,
        ),
    )

    routes.post(
      '/tax-rates',
      {
        config: { right: 'catalogue:write', keepsAnswer: true },
        schema: {
          operationId: 'addTaxRate',
          summary: 'Add a tax rate; it replaces the one of its place and category from its first day on',
          tags: ['tax rates'],
          body: AddTaxRateBody,
          response: { 201: TaxRateComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { actor } = accessOf(request)
        const manufacturerId = manufacturerOf(request)
        const rate = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).addTaxRate(manufacturerId, request.body),
          (madeId) => getTaxRate(billing, manufacturerId, madeId),
        )
        reply.code(201).header('location', `/v1/tax-rates/${rate.id}`)
        return presentTaxRate(rate)
      },
    )

    routes.get(
      '/tax-rates/:id',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'getTaxRate',
          summary: 'One tax rate',
          tags: ['tax rates'],
          params: IdParams,
          response: { 200: TaxRateComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentTaxRate(await getTaxRate(billing, manufacturerOf(request), request.params.id)),
    )

    routes.post(
      '/tax-rates/:id/end',
      {
        config: { right: 'catalogue:write', keepsAnswer: true },
        schema: {
          operationId: 'endTaxRate',
          summary: 'End a tax rate, on its first day to take it back; again on the same day changes nothing',
          tags: ['tax rates'],
          params: IdParams,
          body: EndTaxRateBody,
          response: { 200: TaxRateComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = billing.by(accessOf(request).actor)
        return presentTaxRate(
          await changes.endTaxRate(manufacturerOf(request), request.params.id, request.body.to),
        )
      },
    )
  }
}

async function getTaxRate(
  billing: ApiBilling,
  manufacturerId: ManufacturerId,
  id: string,
): Promise<StoredTaxRate> {
  const rate = await billing.findTaxRate(manufacturerId, id)
  if (rate === undefined) {
    throw taxErrors.tax_rate_not_found(`Use the id of one of your tax rates; "${id}" is not one.`)
  }
  return rate
}
