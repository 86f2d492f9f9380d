/**
 * What a bill would be. Nothing is stored, so the right to read bills is enough. A customer previews its own contracts under the
 * tariffs that they have at some time; a document that nobody published is for the manufacturer's people.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiBilling } from '../api-options.ts'
import { accessOf, tenantOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { BillPreviewComponent, presentPreview, PreviewBody, readBillChoice } from './preview-schemas.ts'

export function previewRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.post(
      '/previews',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'previewBill',
          summary: 'The bill of any period of a contract, under its tariff or another one; nothing is stored',
          description:
            'With nothing overridden it is the live bill or the draft, line for line. A customer may name only tariffs that its contracts have at some time, and no document.',
          tags: ['contracts'],
          body: PreviewBody,
          response: { 200: BillPreviewComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { contractId, tariff } = request.body
        if (tariff?.document !== undefined && accessOf(request).customerId !== undefined) {
          throw apiErrors.access_denied(
            'Name one of your tariffs: a document is for the manufacturer’s people.',
          )
        }
        const choice = readBillChoice(request.body)
        return presentPreview(await billing.previewBill(tenantOf(request), contractId, choice))
      },
    )
  }
}
