/** What operators and newcomers ask for without an API key: health, metrics, the OpenAPI document, where to go. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Registry } from 'prom-client'
import { Type } from 'typebox'

import type { Readiness } from '../api-options.ts'
import { closedObject } from '../schema-parts.ts'

/** Asked every few seconds by machines: neither counted against an address nor logged one by one. */
const polled = { config: { rateLimit: false }, logLevel: 'warn' } as const

const ReadinessBody = closedObject({
  isReady: Type.Boolean(),
  checks: Type.Record(Type.String(), Type.String()),
})

/** `page` is the path of the page to begin with, undefined if none is served. */
export function serviceRoutes(
  readiness: () => Readiness,
  registry: Registry,
  page: string | undefined,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get('/', { schema: { hide: true } }, () => ({
      name: 'Usance',
      ...(page === undefined ? {} : { page }),
      openapi: '/openapi.json',
      docs: '/docs',
      api: '/v1',
      problems: '/problems',
      health: ['/health/live', '/health/ready'],
      metrics: '/metrics',
    }))

    routes.get('/openapi.json', { schema: { hide: true } }, () => routes.swagger())

    routes.get(
      '/health/live',
      {
        ...polled,
        schema: {
          operationId: 'getLiveness',
          summary: 'The process answers',
          tags: ['service'],
          security: [],
          response: { 200: closedObject({ isLive: Type.Literal(true) }) },
        },
      },
      () => ({ isLive: true as const }),
    )

    routes.get(
      '/health/ready',
      {
        ...polled,
        schema: {
          operationId: 'getReadiness',
          summary: 'Whether readings and requests are taken right now',
          tags: ['service'],
          security: [],
          response: { 200: ReadinessBody, 503: ReadinessBody },
        },
      },
      async (_request, reply) => {
        const { isReady, checks } = readiness()
        return reply.code(isReady ? 200 : 503).send({ isReady, checks: { ...checks } })
      },
    )

    routes.get(
      '/metrics',
      {
        ...polled,
        schema: {
          operationId: 'getMetrics',
          summary: 'Metrics in the text format of Prometheus',
          tags: ['service'],
          security: [],
          response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
        },
      },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    )
  }
}
