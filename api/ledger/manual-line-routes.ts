/** Lines that a person puts on a contract's next invoice. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors } from '../../billing/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage } from '../schema-parts.ts'
import {
  AddManualLineBody,
  ManualLineComponent,
  ManualLinePageComponent,
  ManualLineQuery,
  presentManualLine,
} from './manual-line-schemas.ts'

export function manualLineRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/manual-lines',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'listManualLines',
          summary: 'Lines that people put on invoices, the oldest first unless asked otherwise',
          tags: ['invoices'],
          querystring: ManualLineQuery,
          response: { 200: ManualLinePageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listManualLines(manufacturerOf(request), readPage(request.query)),
          presentManualLine,
        ),
    )

    routes.post(
      '/contracts/:id/manual-lines',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'addManualLine',
          summary: 'Put a line on the next invoice of the contract',
          description: 'It is on the live bill at once and, until it is invoiced, can be removed.',
          tags: ['contracts', 'invoices'],
          params: IdParams,
          body: AddManualLineBody,
          response: { 201: ManualLineComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { actor } = accessOf(request)
        const manufacturerId = manufacturerOf(request)
        const input = { ...request.body, amountMinor: BigInt(request.body.amountMinor) }
        const line = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).addManualLine(manufacturerId, request.params.id, input),
          async (madeId) => {
            const made = await billing.findManualLine(manufacturerId, madeId)
            if (made === undefined) throw billingErrors.manual_line_not_found('Ask for the list of lines.')
            return made
          },
        )
        reply.code(201)
        return presentManualLine(line)
      },
    )

    routes.post(
      '/manual-lines/:id/remove',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'removeManualLine',
          summary: 'Remove a line that no invoice has yet; again changes nothing',
          tags: ['invoices'],
          params: IdParams,
          response: { 200: ManualLineComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = billing.by(accessOf(request).actor)
        return presentManualLine(await changes.removeManualLine(manufacturerOf(request), request.params.id))
      },
    )
  }
}
