/** PDF and XML of issued invoices and credit notes, for whoever may read them, and another try for what could not be rendered. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams } from '../schema-parts.ts'

const PDF = 'application/pdf'
const XML = 'application/xml'

const response = (description: string, mediaType: string) => ({
  200: {
    description,
    content: { [mediaType]: { schema: Type.String(mediaType === PDF ? { format: 'binary' } : {}) } },
  },
  ...problemResponses,
})

const kinds = [
  {
    kind: 'invoice',
    path: '/invoices',
    name: 'Invoice',
    said: 'An invoice',
    of: 'an invoice',
    tag: 'invoices',
  },
  {
    kind: 'credit_note',
    path: '/credit-notes',
    name: 'CreditNote',
    said: 'A credit note',
    of: 'a credit note',
    tag: 'credit notes',
  },
] as const

const SAME_BYTES =
  'The same bytes whenever it is asked for. Made within seconds of the issue; until then `document_not_rendered`.'

export function documentRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    for (const { kind, path, name, said, of, tag } of kinds) {
      routes.get(
        `${path}/:id/pdf`,
        {
          config: { right: 'bills:read', tenants: 'customer_too' },
          schema: {
            operationId: `get${name}Pdf`,
            summary: `${said} as PDF, in the language of its customer`,
            description: SAME_BYTES,
            tags: [tag],
            params: IdParams,
            response: response('The PDF', PDF),
          },
        },
        async (request, reply) => {
          const { number, pdf } = await billing.readDocument(tenantOf(request), kind, request.params.id)
          return send(reply, `${number}.pdf`, PDF, Buffer.from(pdf))
        },
      )

      routes.get(
        `${path}/:id/xml`,
        {
          config: { right: 'bills:read', tenants: 'customer_too' },
          schema: {
            operationId: `get${name}Xml`,
            summary: `${said} as XML of EN 16931 (UBL 2.1), for bookkeeping`,
            description: SAME_BYTES,
            tags: [tag],
            params: IdParams,
            response: response('The XML', XML),
          },
        },
        async (request, reply) => {
          const { number, xml } = await billing.readDocument(tenantOf(request), kind, request.params.id)
          return send(reply, `${number}.xml`, `${XML}; charset=utf-8`, Buffer.from(xml, 'utf8'))
        },
      )

      routes.post(
        `${path}/:id/document/retry`,
        {
          config: { right: 'bills:write' },
          schema: {
            operationId: `retry${name}Document`,
            summary: `Let PDF and XML of ${of} be made again after that failed`,
            tags: [tag],
            params: IdParams,
            response: { 204: Type.Null({ description: 'Done' }), ...problemResponses },
          },
        },
        async (request, reply) => {
          const changes = billing.by(accessOf(request).actor)
          await changes.retryDocument(manufacturerOf(request), kind, request.params.id)
          return reply.code(204).send(null)
        },
      )
    }
  }
}

function send(reply: FastifyReply, name: string, type: string, bytes: Buffer) {
  // Numbers are letters, digits, spaces and ./_#-; only the slash means something in a file's name.
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name.replaceAll('/', '-')}"`)
    .send(bytes)
}
