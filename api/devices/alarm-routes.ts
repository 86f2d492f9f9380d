/** Alarms: what an operator has to look at. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, presentPage, readPage } from '../schema-parts.ts'
import {
  AcknowledgeAlarmBody,
  AlarmPageComponent,
  NumberText,
  presentAlarm,
  AlarmQuery,
} from './access-schemas.ts'

export function alarmRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/alarms',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listAlarms',
          summary: 'Alarms, the newest first unless asked otherwise',
          tags: ['devices'],
          querystring: AlarmQuery,
          response: { 200: AlarmPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { state, ...query } = request.query
        const page = await metering.listAlarms(manufacturerOf(request), {
          ...readPage(query),
          withAcknowledged: state === 'all',
        })
        return presentPage(page, presentAlarm)
      },
    )

    routes.post(
      '/alarms/:id/acknowledge',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'acknowledgeAlarm',
          summary: 'Close an alarm in the name of whoever looked at it; the first name stands',
          tags: ['devices'],
          params: closedObject({ id: NumberText }),
          body: AcknowledgeAlarmBody,
          response: { 204: Type.Null({ description: 'Done' }), ...problemResponses },
        },
      },
      async (request, reply) => {
        await metering
          .by(accessOf(request).actor)
          .acknowledgeAlarm(manufacturerOf(request), Number(request.params.id), request.body.by)
        return reply.code(204).send(null)
      },
    )
  }
}
