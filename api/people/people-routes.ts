/** Who belongs to the caller's tenant: the installation, a manufacturer with its customers' people, or one customer. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { CustomerId } from '../../core/index.ts'
import type { ApiPeople } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, GeneratedIdText, presentPage, readPage, withExample } from '../schema-parts.ts'
import {
  Email,
  MemberComponent,
  MemberPageComponent,
  Name,
  presentMember,
  RoleText,
  MemberQuery,
} from './people-schemas.ts'

const MembershipParams = closedObject({ membershipId: GeneratedIdText })

export function peopleRoutes(people: ApiPeople): FastifyPluginAsyncTypebox {
  return async (routes) => {
    const write = { right: 'people:write', tenants: 'any' } as const
    const tags = ['people']

    routes.get(
      '/people',
      {
        config: { right: 'people:read', tenants: 'any' },
        schema: {
          operationId: 'listPeople',
          summary: 'Members, in order of their membership unless asked otherwise',
          tags,
          querystring: MemberQuery,
          response: { 200: MemberPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(await people.listPeople(accessOf(request), readPage(request.query)), presentMember),
    )

    routes.post(
      '/people',
      {
        config: write,
        schema: {
          operationId: 'invitePerson',
          summary: 'Mails an invitation, or a new link to somebody who has not come yet',
          tags,
          body: withExample(
            closedObject({
              email: Email,
              name: Name,
              role: RoleText,
              customerId: Type.Optional(GeneratedIdText),
            }),
            { email: 'kim@nordbohr.example', name: 'Kim Lund', role: 'operator' },
          ),
          response: { 201: MemberComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { customerId, ...invitation } = request.body
        const member = await people.invite(accessOf(request), {
          ...invitation,
          ...(customerId === undefined ? {} : { customerId: customerId as CustomerId }),
        })
        return reply.code(201).send(presentMember(member))
      },
    )

    routes.patch(
      '/people/:membershipId',
      {
        config: write,
        schema: {
          operationId: 'changeRole',
          summary: 'Gives a member another role',
          tags,
          params: MembershipParams,
          body: withExample(closedObject({ role: RoleText }), { role: 'finance' }),
          response: { 200: MemberComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { membershipId } = request.params
        return presentMember(await people.changeRole(accessOf(request), membershipId, request.body.role))
      },
    )

    routes.post(
      '/people/:membershipId/remove',
      {
        config: write,
        schema: {
          operationId: 'removeMember',
          summary: "Ends a membership and its sessions; the person's traces stay",
          tags,
          params: MembershipParams,
          body: withExample(closedObject({ reason: Type.String({ minLength: 1, maxLength: 500 }) }), {
            reason: 'Left the company.',
          }),
          response: { 204: Type.Null(), ...problemResponses },
        },
      },
      async (request, reply) => {
        await people.removeMember(accessOf(request), request.params.membershipId, request.body.reason)
        return reply.code(204).send(null)
      },
    )
  }
}
