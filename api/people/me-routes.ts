/** Who is signed in, as what; his own name, language and password. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ApiPeople } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, GeneratedIdText, withExample } from '../schema-parts.ts'
import { LanguageText, MeComponent, Name, presentMe } from './people-schemas.ts'

export function meRoutes(people: ApiPeople): FastifyPluginAsyncTypebox {
  return async (routes) => {
    const config = { right: 'signed_in', tenants: 'any' } as const
    const tags = ['me']

    routes.get(
      '/me',
      {
        config,
        schema: {
          operationId: 'getMe',
          summary: 'Who calls, with which memberships and rights',
          tags,
          response: { 200: MeComponent.ref, ...problemResponses },
        },
      },
      async (request) => presentMe(await people.getMe(accessOf(request))),
    )

    routes.patch(
      '/me',
      {
        config,
        schema: {
          operationId: 'updateMe',
          summary: 'Changes the own name or language',
          tags,
          body: withExample(
            closedObject(
              { name: Type.Optional(Name), language: Type.Optional(LanguageText) },
              { minProperties: 1 },
            ),
            { language: 'de' },
          ),
          response: { 200: MeComponent.ref, ...problemResponses },
        },
      },
      async (request) => presentMe(await people.updateMe(accessOf(request), request.body)),
    )

    routes.post(
      '/me/active-membership',
      {
        config,
        schema: {
          operationId: 'setActiveMembership',
          summary: 'Acts in another of the own memberships from the next request on',
          tags,
          body: withExample(closedObject({ membershipId: GeneratedIdText }), { membershipId: 'mem_1' }),
          response: { 204: Type.Null(), ...problemResponses },
        },
      },
      async (request, reply) => {
        await people.setActiveMembership(accessOf(request), request.body.membershipId)
        return reply.code(204).send(null)
      },
    )

    routes.put(
      '/me/password',
      {
        config,
        schema: {
          operationId: 'setPassword',
          summary: 'Sets the own password, shortly after signing in, and ends the other sessions',
          tags,
          body: withExample(closedObject({ password: Type.String({ minLength: 1, maxLength: 128 }) }), {
            password: 'seven drills under one tarpaulin',
          }),
          response: { 204: Type.Null(), ...problemResponses },
        },
      },
      async (request, reply) => {
        await people.setPassword(accessOf(request), request.body.password)
        return reply.code(204).send(null)
      },
    )
  }
}
