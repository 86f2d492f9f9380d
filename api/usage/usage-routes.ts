/** How far a device's register advanced. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { Clock } from '../../core/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { DeviceParams, getDevice } from '../devices/device-routes.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { readInstant } from '../schema-parts.ts'
import { cutIntoSteps } from './cut-into-steps.ts'
import { presentUsage, UsageComponent, UsageQuery } from './usage-schemas.ts'

export function usageRoutes(metering: ApiMetering, clock: Clock): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/devices/:id/usage',
      {
        config: { right: 'usage:read' },
        schema: {
          operationId: 'getUsage',
          summary: 'Exact usage of one register, in one piece or in steps of an hour or a civil day',
          tags: ['usage'],
          params: DeviceParams,
          querystring: UsageQuery,
          response: { 200: UsageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { register, from, to, step = 'none', timeZone } = request.query
        const span = {
          from: readInstant(from, '/from'),
          to: to === undefined ? clock.now() : readInstant(to, '/to'),
        }
        if (step !== 'day' && timeZone !== undefined) {
          const detail = 'Send "timeZone" only with "step=day"; hours are those of UTC.'
          throw apiErrors.usage_query_invalid(detail, { issues: [{ detail, pointer: '/timeZone' }] })
        }
        const steps = cutIntoSteps(span, step, timeZone)
        const device = await getDevice(metering, manufacturerOf(request), request.params.id)
        const usage = await metering.readUsage(
          steps.map((period) => ({ deviceId: device.id, register, ...period })),
        )
        return presentUsage(usage, { step, timeZone })
      },
    )
  }
}
