/** API keys of a manufacturer: what each may do, until when, and when it was last used. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ApiPeople } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import {
  closedObject,
  GeneratedIdText,
  Instant,
  presentPage,
  readInstant,
  readPage,
  withExample,
} from '../schema-parts.ts'
import {
  ApiKeyComponent,
  ApiKeyPageComponent,
  Name,
  NewApiKeyComponent,
  presentApiKey,
  Scopes,
  ApiKeyQuery,
} from './people-schemas.ts'

export function apiKeyRoutes(people: ApiPeople): FastifyPluginAsyncTypebox {
  return async (routes) => {
    const tags = ['api keys']

    routes.get(
      '/api-keys',
      {
        config: { right: 'keys:read' },
        schema: {
          operationId: 'listApiKeys',
          summary:
            'API keys, ended ones too, in order of id unless asked otherwise; never the keys themselves',
          tags,
          querystring: ApiKeyQuery,
          response: { 200: ApiKeyPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(await people.listApiKeys(accessOf(request), readPage(request.query)), presentApiKey),
    )

    routes.post(
      '/api-keys',
      {
        config: { right: 'keys:write' },
        schema: {
          operationId: 'createApiKey',
          summary: 'Makes an API key with some of the rights that the caller has',
          tags,
          body: withExample(
            closedObject({ label: Name, scopes: Scopes, expiresAt: Type.Optional(Instant) }),
            {
              label: 'Site office',
              scopes: ['devices:read', 'usage:read'],
              expiresAt: '2027-12-31T00:00:00Z',
            },
          ),
          response: { 201: NewApiKeyComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { label, scopes, expiresAt } = request.body
        const made = await people.createApiKey(accessOf(request), {
          label,
          scopes,
          ...(expiresAt === undefined ? {} : { expiresAt: readInstant(expiresAt, '/expiresAt') }),
        })
        return reply.code(201).send({ ...presentApiKey(made), key: made.key })
      },
    )

    routes.post(
      '/api-keys/:id/revoke',
      {
        config: { right: 'keys:write' },
        schema: {
          operationId: 'revokeApiKey',
          summary: 'Ends an API key at once and for good',
          tags,
          params: closedObject({ id: GeneratedIdText }),
          response: { 200: ApiKeyComponent.ref, ...problemResponses },
        },
      },
      async (request) => presentApiKey(await people.revokeApiKey(accessOf(request), request.params.id)),
    )
  }
}
