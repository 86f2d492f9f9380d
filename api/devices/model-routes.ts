/** Models: which registers the devices of a kind have and how each behaves. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ModelId } from '../../core/index.ts'
import { meteringErrors } from '../../metering/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, ModelIdText } from '../schema-parts.ts'
import { ModelComponent, presentModel, PutModelBody } from './device-schemas.ts'

const ModelParams = closedObject({ id: ModelIdText })

export function modelRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.put(
      '/models/:id',
      {
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
        const model = await metering.registerModel({
          id: request.params.id as ModelId,
          manufacturerId: manufacturerOf(request),
          name: request.body.name,
          registers: request.body.registers.map(({ maxPerHour, modulus, ...register }) => ({
            ...register,
            maxPerHour: BigInt(maxPerHour),
            ...(modulus !== undefined && { modulus: BigInt(modulus) }),
          })),
        })
        return presentModel(model)
      },
    )

    routes.get(
      '/models/:id',
      {
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
        if (model === undefined) {
          throw meteringErrors.model_unknown(
            `Use the id of one of your models; "${request.params.id}" is not one.`,
          )
        }
        return presentModel(model)
      },
    )
  }
}
