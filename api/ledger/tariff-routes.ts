/** Tariffs and their versions. A version is published once and never changed; the next one supersedes it from its date on. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors } from '../../billing/index.ts'
import type { ManufacturerId } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage } from '../schema-parts.ts'
import {
  CreateTariffBody,
  presentTariff,
  presentTariffDocuments,
  PublishVersionBody,
  readVersionDates,
  TariffDocumentsComponent,
  TariffPageComponent,
  TariffQuery,
} from './tariff-schemas.ts'

export function tariffRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  async function readTariff(manufacturerId: ManufacturerId, id: string) {
    const tariff = await getTariff(billing, manufacturerId, id)
    return presentTariffDocuments(tariff, await billing.listTariffVersions(manufacturerId, id))
  }

  return async (routes) => {
    routes.get(
      '/tariffs',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'listTariffs',
          summary: 'Tariffs with the dates of their versions, in order of id unless asked otherwise',
          tags: ['tariffs'],
          querystring: TariffQuery,
          response: { 200: TariffPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listTariffs(manufacturerOf(request), readPage(request.query)),
          presentTariff,
        ),
    )

    routes.post(
      '/tariffs',
      {
        config: { right: 'catalogue:write', keepsAnswer: true },
        schema: {
          operationId: 'createTariff',
          summary: 'Add a tariff with its first version',
          tags: ['tariffs'],
          body: CreateTariffBody,
          response: { 201: TariffDocumentsComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const manufacturerId = manufacturerOf(request)
        const { name, document } = request.body
        const { actor } = accessOf(request)
        const input = { name, ...readVersionDates(request.body), document }
        const tariffId = await makeOnce<string>(
          request,
          async (onMade) => (await billing.by(actor, onMade).publishTariff(manufacturerId, input)).tariffId,
          (madeId) => Promise.resolve(madeId),
        )
        reply.code(201).header('location', `/v1/tariffs/${tariffId}`)
        return readTariff(manufacturerId, tariffId)
      },
    )

    routes.get(
      '/tariffs/:id',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'getTariff',
          summary: 'One tariff with the documents of its versions, oldest first',
          tags: ['tariffs'],
          params: IdParams,
          response: { 200: TariffDocumentsComponent.ref, ...problemResponses },
        },
      },
      async (request) => readTariff(manufacturerOf(request), request.params.id),
    )

    routes.post(
      '/tariffs/:id/versions',
      {
        config: { right: 'catalogue:write', keepsAnswer: true },
        schema: {
          operationId: 'publishTariffVersion',
          summary: 'Publish the next version of a tariff; the same again changes nothing',
          tags: ['tariffs'],
          params: IdParams,
          body: PublishVersionBody,
          response: { 201: TariffDocumentsComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const manufacturerId = manufacturerOf(request)
        const { id: tariffId, name } = await getTariff(billing, manufacturerId, request.params.id)
        await billing.by(accessOf(request).actor).publishTariff(manufacturerId, {
          tariffId,
          name,
          ...readVersionDates(request.body),
          document: request.body.document,
        })
        reply.code(201)
        return readTariff(manufacturerId, tariffId)
      },
    )
  }
}

async function getTariff(billing: ApiBilling, manufacturerId: ManufacturerId, id: string) {
  const tariff = await billing.findTariff(manufacturerId, id)
  if (tariff === undefined) {
    throw billingErrors.tariff_not_found(`Use the id of one of your tariffs; "${id}" is not one.`)
  }
  return tariff
}
