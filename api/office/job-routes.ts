/**
 * Jobs of the server: when each ran, how it ended, when it runs next. They are the installation's: it begins runs and reads what they did; a
 * manufacturer sees that and when they run.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ApiOffice } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { pageInMemory } from '../page-in-memory.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, presentPage, readPage } from '../schema-parts.ts'
import { JobListComponent, presentJob, JobQuery, jobSorts } from './office-schemas.ts'
import { whoseOffice } from './whose.ts'

export function jobRoutes(office: ApiOffice): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/jobs',
      {
        config: { right: 'jobs:read', tenants: 'any' },
        schema: {
          operationId: 'listJobs',
          summary: 'Every job with its last and its next run',
          tags: ['office'],
          querystring: JobQuery,
          response: { 200: JobListComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const isOfInstallation = whoseOffice(request) === undefined
        const { state, ...query } = readPage(request.query)
        const jobs = (await office.listJobs()).filter(
          ({ isRunning, lastOutcome }) =>
            state === undefined || (state === 'running' ? isRunning : lastOutcome === 'failed'),
        )
        return presentPage(pageInMemory(jobs, jobSorts, query), (job) => presentJob(job, isOfInstallation))
      },
    )

    routes.post(
      '/jobs/:name/run',
      {
        config: { right: 'jobs:write', tenants: 'installation' },
        schema: {
          operationId: 'runJob',
          summary: 'Begin a run of a job now, for every manufacturer at once',
          tags: ['office'],
          params: closedObject({ name: Type.String({ pattern: '^[a-z][a-z_]{0,63}$' }) }),
          response: {
            202: Type.Null({ description: 'Begun; the list of jobs tells how it ends' }),
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { actor } = accessOf(request)
        await office.runJob({ actor, manufacturerId: undefined }, request.params.name)
        return reply.code(202).send(null)
      },
    )
  }
}
