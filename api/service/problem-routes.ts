import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject } from '../schema-parts.ts'
import type { ProblemPages } from './problem-pages.ts'

const HTML = 'text/html; charset=utf-8'

export function problemRoutes(pages: ProblemPages): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/problems',
      {
        schema: {
          operationId: 'listProblems',
          summary: 'All problem codes',
          tags: ['service'],
          security: [],
          response: { 200: closedObject({ codes: Type.Array(Type.String()) }) },
        },
      },
      () => ({ codes: [...pages.codes] }),
    )

    routes.get(
      '/problems/:code',
      {
        schema: {
          operationId: 'getProblemPage',
          summary: 'What a problem code means and what to do',
          tags: ['service'],
          security: [],
          params: closedObject({ code: Type.String({ maxLength: 64 }) }),
          response: {
            200: { content: { 'text/html': { schema: Type.String() } } },
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const page = pages.find(request.params.code)
        if (page === undefined) {
          throw apiErrors.problem_unknown('Use one of the codes that "/problems" lists.')
        }
        return reply.type(HTML).send(page)
      },
    )
  }
}
