/** The audit trail: who changed what, when and why. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiOffice } from '../api-options.ts'
import { problemResponses } from '../problem-schema.ts'
import { presentPage, readPage, readSpan } from '../schema-parts.ts'
import { AuditPageComponent, AuditQuery, presentEntry } from './office-schemas.ts'
import { whoseOffice } from './whose.ts'

export function auditRoutes(office: ApiOffice): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/audit',
      {
        config: { right: 'audit:read', tenants: 'any' },
        schema: {
          operationId: 'listAuditEntries',
          summary: 'Who changed what, when and why, the newest first unless asked otherwise',
          tags: ['office'],
          querystring: AuditQuery,
          response: { 200: AuditPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const page = await office.searchEntries(whoseOffice(request), { ...query, ...readSpan({ from, to }) })
        return presentPage(page, presentEntry)
      },
    )
  }
}
