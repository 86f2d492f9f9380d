/** The fleet at a glance, what a device sent, and when it ran. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { DAY_MS, type Clock } from '../../core/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import { pageInMemory } from '../page-in-memory.ts'
import { problemResponses } from '../problem-schema.ts'
import { presentPage, readInstant, readPage } from '../schema-parts.ts'
import { DeviceParams, getDevice, SILENT_AFTER_MS } from './device-routes.ts'
import {
  FleetComponent,
  presentReading,
  presentSession,
  ReadingPageComponent,
  ReadingQuery,
  runTimeOf,
  SessionQuery,
  SessionsComponent,
  sessionSorts,
} from './fleet-schemas.ts'

const MAX_SESSION_SPAN_MS = 92 * DAY_MS
/** Sessions come in large pages: a chart shows them all. */
const MAX_SESSIONS = 1_000

export function fleetRoutes(
  metering: ApiMetering,
  billing: ApiBilling,
  clock: Clock,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/fleet',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'getFleet',
          summary: 'How many devices are in which state, and what is open',
          tags: ['devices'],
          response: { 200: FleetComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const silentSince = clock.now() - SILENT_AFTER_MS
        const [counts, customers] = await Promise.all([
          metering.countFleet({ manufacturerId, silentSince }),
          billing.countCustomers(manufacturerId),
        ])
        return { ...counts, customers }
      },
    )

    routes.get(
      '/devices/:id/readings',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listReadings',
          summary: 'What a device sent, newest in sequence first, with how each reading ended',
          tags: ['devices'],
          params: DeviceParams,
          querystring: ReadingQuery,
          response: { 200: ReadingPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = request.query
        const page = await metering.listReadings(manufacturerOf(request), request.params.id, {
          ...readPage(query),
          ...(from !== undefined && { from: readInstant(from, '/from') }),
          ...(to !== undefined && { to: readInstant(to, '/to') }),
        })
        return presentPage(page, presentReading)
      },
    )

    routes.get(
      '/devices/:id/sessions',
      {
        config: { right: 'usage:read' },
        schema: {
          operationId: 'listSessions',
          summary: 'When a device ran: spans in which a register advanced without a pause',
          description: 'Pauses shorter than a quarter of an hour may not show.',
          tags: ['usage'],
          params: DeviceParams,
          querystring: SessionQuery,
          response: { 200: SessionsComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const device = await getDevice(metering, manufacturerId, request.params.id)
        const from = readInstant(request.query.from, '/from')
        const to = request.query.to === undefined ? clock.now() : readInstant(request.query.to, '/to')
        if (to - from > MAX_SESSION_SPAN_MS) {
          throw apiErrors.usage_steps_too_many('Ask for at most 92 days at once.')
        }
        const model = await metering.findModel(manufacturerId, device.modelId)
        const register = request.query.register ?? runTimeOf(model?.registers ?? []) ?? ''
        const sessions = await metering.readSessions({ deviceId: device.id, register, from, to })
        const { after, limit = MAX_SESSIONS, sort } = request.query
        const page = pageInMemory(sessions, sessionSorts, {
          limit,
          ...(after !== undefined && { after }),
          ...(sort !== undefined && { sort }),
        })
        return presentPage(page, presentSession)
      },
    )
  }
}
