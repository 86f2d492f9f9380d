/** Who belongs to a tenant, and as what: inviting, giving another role, ending. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type Colleague = Schemas['Member']
export type Role = Colleague['role']

const named = (membershipId: string) => ({ path: { membershipId } })

export const peopleQuery = (
  filter: { readonly customerId?: string },
  after: string | undefined,
  limit = 25,
) =>
  queryOptions({
    queryKey: ['people', filter, after, limit],
    queryFn: ({ signal }) => {
      const query = { ...filter, ...given({ after }), limit }
      return bodyOf(server.GET('/v1/people', { params: { query }, signal }))
    },
  })

/** Also mails a new link to somebody who has not come yet. */
export const invitePerson = (person: BodyOf<'invitePerson'>) =>
  bodyOf(server.POST('/v1/people', { body: person }))

export const changeRole = (membershipId: string, role: Role) =>
  bodyOf(server.PATCH('/v1/people/{membershipId}', { params: named(membershipId), body: { role } }))

export const removePerson = (membershipId: string, reason: string) =>
  bodyOf(server.POST('/v1/people/{membershipId}/remove', { params: named(membershipId), body: { reason } }))
