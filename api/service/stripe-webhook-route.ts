/**
 * Where Stripe reports to. Not behind an API key: the signature over the raw bytes is the proof, so the body is handed
 * on exactly as it came, never parsed here. Answers 204 only after the handler has taken the event, else Stripe
 * sends it again.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ManufacturerId } from '../../core/index.ts'
import type { StripeWebhooks } from '../api-options.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, GeneratedIdText } from '../schema-parts.ts'

export function stripeWebhookRoute(
  webhooks: StripeWebhooks,
  requestsPerMinutePerAddress: number,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)

    routes.post(
      '/webhooks/stripe/:manufacturerId',
      {
        config: { rateLimit: { max: requestsPerMinutePerAddress } },
        schema: {
          operationId: 'receiveStripeWebhook',
          summary: 'Takes events from Stripe, signed',
          tags: ['webhooks'],
          security: [],
          params: closedObject({ manufacturerId: GeneratedIdText }),
          headers: Type.Object({ 'stripe-signature': Type.String({ minLength: 1, maxLength: 4_096 }) }),
          response: { 204: Type.Null({ description: 'Taken' }), ...problemResponses },
        },
      },
      async (request, reply) => {
        const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        await webhooks.receiveStripe(
          request.params.manufacturerId as ManufacturerId,
          rawBody,
          request.headers['stripe-signature'],
        )
        return reply.code(204).send(null)
      },
    )
  }
}
