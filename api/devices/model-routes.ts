/** Models: which registers the devices of a kind have and how each behaves. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ModelId } from '../../core/index.ts'
import { meteringErrors } from '../../metering/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, ModelIdText, presentPage, readPage } from '../schema-parts.ts'
import {
  ModelComponent,
  ModelPageComponent,
  ModelVersionsComponent,
  presentModel,
  PutModelBody,
  ModelListQuery,
} from './device-schemas.ts'

const ModelParams = closedObject({ id: ModelIdText })

export function modelRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.put(
      '/models/:id',
      {
        config: { right: 'catalogue:write' },
        schema: {
          operationId: 'putModel',
          summary:
            'Add a model, or its next version if its registers changed; the same content again does nothing',
          tags: ['models'],
          params: ModelParams,
          body: PutModelBody,
          response: { 200: ModelComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const model = await metering.by(accessOf(request).actor).registerModel({
          id: request.params.id as ModelId,
          manufacturerId: manufacturerOf(request),
          name: request.body.name,
          registers: request.body.registers.map(({ maxPerHour, modulus, display, ...register }) => ({
            ...register,
            maxPerHour: BigInt(maxPerHour),
            ...(modulus !== undefined && { modulus: BigInt(modulus) }),
            ...(display !== undefined && { display: { ...display, factor: BigInt(display.factor) } }),
          })),
          ...(request.body.eventTypes !== undefined && { eventTypes: request.body.eventTypes }),
        })
        return presentModel(model)
      },
    )

    routes.get(
      '/models/:id',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'getModel',
          summary: 'The newest version of a model',
          tags: ['models'],
          params: ModelParams,
          response: { 200: ModelComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const model = await metering.findModel(manufacturerOf(request), request.params.id as ModelId)
        if (model === undefined) throw unknownModel(request.params.id)
        return presentModel(model)
      },
    )

    routes.get(
      '/models',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'listModels',
          summary: 'Models, each with its newest version, in order of id unless asked otherwise',
          tags: ['models'],
          querystring: ModelListQuery,
          response: { 200: ModelPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await metering.listModels(manufacturerOf(request), readPage(request.query)),
          presentModel,
        ),
    )

    routes.get(
      '/models/:id/versions',
      {
        config: { right: 'catalogue:read' },
        schema: {
          operationId: 'listModelVersions',
          summary:
            'Every version of a model, oldest first; a device stays with the one it was registered with',
          tags: ['models'],
          params: ModelParams,
          response: { 200: ModelVersionsComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { id } = request.params
        const versions = await metering.listModelVersions(manufacturerOf(request), id as ModelId)
        if (versions.length === 0) throw unknownModel(id)
        return { items: versions.map(presentModel) }
      },
    )
  }
}

function unknownModel(id: string): Error {
  return meteringErrors.model_unknown(`Use the id of one of your models; "${id}" is not one.`)
}
