/** What is held, what people decide about it, and the model version that a device is judged by. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { DeviceParams, getDevice } from '../devices/device-routes.ts'
import { DeviceComponent, presentDevice } from '../devices/device-schemas.ts'
import { problemResponses } from '../problem-schema.ts'
import { presentPage, readPage, readSpan, readNumberCursor } from '../schema-parts.ts'
import {
  DecideBody,
  DecisionComponent,
  DecisionPageComponent,
  DecisionQuery,
  DeviceHoldQuery,
  HoldPageComponent,
  HoldQuery,
  ModelVersionBody,
  presentDecision,
  presentHold,
  readDecision,
} from './decision-schemas.ts'

export function decisionRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/holds',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listHolds',
          summary:
            'What was set aside of all devices: never billed, never dropped; the newest first unless asked otherwise',
          description: 'With `from` and `to` what was set aside in that span.',
          tags: ['holds'],
          querystring: HoldQuery,
          response: { 200: HoldPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        if (request.query.deviceId !== undefined) {
          await getDevice(metering, manufacturerId, request.query.deviceId)
        }
        const { from, to, ...query } = readPage(request.query)
        const page = await metering.findHolds(manufacturerId, { ...query, ...readSpan({ from, to }) })
        return presentPage(page, presentHold)
      },
    )

    routes.get(
      '/devices/:id/holds',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listDeviceHolds',
          summary: 'What was set aside of one device, with the accepted points around it',
          tags: ['holds'],
          params: DeviceParams,
          querystring: DeviceHoldQuery,
          response: { 200: HoldPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id: deviceId } = await getDevice(metering, manufacturerId, request.params.id)
        const { from, to, ...query } = readPage(request.query)
        const page = await metering.findHolds(manufacturerId, {
          ...query,
          ...readSpan({ from, to }),
          deviceId,
        })
        return presentPage(page, presentHold)
      },
    )

    routes.post(
      '/devices/:id/decisions',
      {
        config: { right: 'holds:write' },
        schema: {
          operationId: 'decide',
          summary:
            'Release, reject or replace what is held, enter an exchange or a hand-over reading, or withdraw a decision',
          tags: ['holds'],
          params: DeviceParams,
          body: DecideBody,
          response: { 201: DecisionComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { decidedBy, reason } = request.body
        const record = await metering.by(accessOf(request).actor).decide({
          manufacturerId: manufacturerOf(request),
          deviceId: request.params.id,
          decision: readDecision(request.body),
          decidedBy,
          reason,
        })
        reply.code(201)
        return presentDecision(record)
      },
    )

    routes.get(
      '/devices/:id/decisions',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listDecisions',
          summary: 'Everything that people decided about a device, oldest first',
          tags: ['holds'],
          params: DeviceParams,
          querystring: DecisionQuery,
          response: { 200: DecisionPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { after, limit } = readPage(request.query)
        const found = await metering.listDecisions(manufacturerOf(request), request.params.id, {
          ...(after !== undefined && { after: readNumberCursor(after) }),
          limit: limit + 1,
        })
        const items = found.slice(0, limit)
        const nextAfter = found.length > limit ? items.at(-1)?.id.toString() : undefined
        return presentPage({ items, nextAfter }, presentDecision)
      },
    )

    routes.put(
      '/devices/:id/model-version',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'setModelVersion',
          summary: 'Judge a device by another version of its model, from its first reading on',
          tags: ['holds'],
          params: DeviceParams,
          body: ModelVersionBody,
          response: { 200: DeviceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { params, body } = request
        return presentDevice(
          await metering
            .by(accessOf(request).actor)
            .setModelVersion(manufacturerOf(request), params.id, body.version),
        )
      },
    )
  }
}
