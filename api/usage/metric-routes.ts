/** Billable quantities of devices: metrics over registers and usage events. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { Clock, DeviceId } from '../../core/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { getDevice } from '../devices/device-routes.ts'
import { problemResponses } from '../problem-schema.ts'
import { readInstant } from '../schema-parts.ts'
import { MetricResultsComponent, presentMetric, ReadMetricsBody } from './metric-schemas.ts'

export function metricRoutes(metering: ApiMetering, clock: Clock): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.post(
      '/usage/metrics',
      {
        config: { right: 'usage:read' },
        schema: {
          operationId: 'readMetrics',
          summary: 'Metrics of devices over spans, in the order asked and all of the same moment',
          description:
            '`estimatedQuantity` is how much of `quantity` rests on long steps, placed times or ends that a rule set; `excludedQuantity` is what `max` and `unique_days` of a register left out because it is estimated; `openSessions` may yet end in the span and are in no quantity.',
          tags: ['usage'],
          body: ReadMetricsBody,
          response: { 200: MetricResultsComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const now = clock.now()
        const queries = request.body.queries.map(({ deviceId, metric, from, to, cutoffAt }, index) => {
          const instant = (text: string | undefined, member: string) =>
            text === undefined ? now : readInstant(text, `/queries/${index}/${member}`)
          return {
            deviceId: deviceId as DeviceId,
            metric,
            from: instant(from, 'from'),
            to: instant(to, 'to'),
            cutoffAt: instant(cutoffAt, 'cutoffAt'),
          }
        })
        for (const deviceId of new Set(queries.map((query) => query.deviceId))) {
          await getDevice(metering, manufacturerOf(request), deviceId)
        }
        const results = await metering.readMetrics(queries)
        return { results: results.map(presentMetric) }
      },
    )
  }
}
