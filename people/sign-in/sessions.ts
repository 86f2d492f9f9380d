/**
 * What a session's cookie may do, and what its person sees and changes of himself.
 *
 * Access is looked up with every request, never kept in the cookie: who is removed or gets another role feels it with the next
 * request. A session remembers which of the person's memberships is the active one; if that one ended the session ended with it.
 */
import { hashPassword } from 'better-auth/crypto'
import { recordChange } from '../../audit/index.ts'
import {
  assertInvariant,
  MINUTE_MS,
  type CustomerId,
  type ManufacturerId,
  type MembershipId,
  type PersonId,
} from '../../core/index.ts'
import { peopleErrors } from '../errors.ts'
import { issuesOfName, refuseInput } from '../input-check.ts'
import type { Me, People, PeopleOptions, Place } from '../people-types.ts'
import { rights, rightsOfRole, type Access, type Role } from '../rights.ts'
import { sessionCookieName, type AuthEngine } from './auth-engine.ts'
import { assertPassword } from './check-password.ts'
import { membershipsOfPerson } from './member-lookup.ts'
import { writePassword } from './sign-in.ts'

/** A password is chosen shortly after the sign-in proved who it is. */
const FRESH_MS = 15 * MINUTE_MS

type SessionVerbs = Pick<
  People,
  'authenticateSession' | 'getMe' | 'updateMe' | 'setActiveMembership' | 'setPassword'
>

export function sessionVerbs(options: PeopleOptions, engine: AuthEngine | undefined): SessionVerbs {
  const { ledger, clock, publicUrl } = options
  const cookieName = sessionCookieName(publicUrl)
  return {
    async authenticateSession(cookie) {
      if (cookie === undefined || !hasCookie(cookie, cookieName)) return 'none'
      const found = await engine?.api.getSession({ headers: new Headers({ cookie }) })
      if (found === undefined || found === null) return 'ended'
      const { session, user } = found
      const membership = await membershipsOfPerson(ledger, user.id)
        .where('memberships.id', '=', session.activeMembershipId ?? '')
        .executeTakeFirst()
      if (membership === undefined) return 'ended'
      const role = membership.role as Role
      return {
        actor: { kind: 'person', id: user.id, name: user.name },
        manufacturerId: (membership.manufacturer_id ?? undefined) as ManufacturerId | undefined,
        customerId: (membership.customer_id ?? undefined) as CustomerId | undefined,
        rights: rightsOfRole[role],
        session: { id: session.id, membershipId: membership.id as MembershipId, role },
      }
    },

    getMe: (access) => getMe(options, access),

    async updateMe(access, change) {
      const personId = personIdOf(access)
      if (change.name !== undefined) refuseInput(issuesOfName(change.name, '/name'))
      const now = clock.now()
      await ledger.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom('people')
          .select(['name', 'language'])
          .where('id', '=', personId)
          .executeTakeFirstOrThrow()
        const after = { ...before, ...change }
        await transaction
          .updateTable('people')
          .set({ ...after, updated_at: new Date(now).toISOString() })
          .where('id', '=', personId)
          .execute()
        await recordChange(transaction, {
          manufacturerId: access.manufacturerId,
          actor: access.actor,
          action: 'person.changed',
          subject: { kind: 'person', id: personId },
          before,
          after,
          at: now,
        })
      })
      return getMe(options, access)
    },

    async setActiveMembership(access, membershipId) {
      const personId = personIdOf(access)
      assertInvariant(access.session !== undefined, 'A person acts in a session.')
      const membership = await membershipsOfPerson(ledger, personId)
        .where('memberships.id', '=', membershipId)
        .executeTakeFirst()
      if (membership === undefined) {
        throw peopleErrors.membership_not_found('Use the id of one of your own memberships.')
      }
      await ledger
        .updateTable('sessions')
        .set({ active_membership_id: membershipId })
        .where('id', '=', access.session.id)
        .execute()
    },

    async setPassword(access, password) {
      const personId = personIdOf(access)
      assertInvariant(access.session !== undefined, 'A person acts in a session.')
      const sessionId = access.session.id
      const session = await ledger
        .selectFrom('sessions')
        .innerJoin('people', 'people.id', 'sessions.person_id')
        .select(['sessions.created_at', 'people.name', 'people.email'])
        .where('sessions.id', '=', sessionId)
        .executeTakeFirstOrThrow()
      const now = clock.now()
      if (Date.parse(session.created_at) < now - FRESH_MS) {
        throw peopleErrors.session_too_old(
          'Sign in again with a code, then set the password within 15 minutes.',
        )
      }
      await assertPassword(password, [session.name, session.email])
      const hash = await hashPassword(password)
      await ledger.transaction().execute(async (transaction) => {
        await writePassword(transaction, personId, hash, options)
        await transaction
          .deleteFrom('sessions')
          .where('person_id', '=', personId)
          .where('id', '<>', sessionId)
          .execute()
        await recordChange(transaction, {
          manufacturerId: access.manufacturerId,
          actor: access.actor,
          action: 'person.password_set',
          subject: { kind: 'person', id: personId },
          at: now,
        })
      })
    },
  }
}

async function getMe({ ledger }: PeopleOptions, access: Access): Promise<Me> {
  const isPerson = access.actor.kind === 'person'
  const person = isPerson
    ? await ledger
        .selectFrom('people')
        .select(['id', 'name', 'email', 'language'])
        .where('id', '=', access.actor.id)
        .executeTakeFirstOrThrow()
    : undefined
  const memberships = (isPerson ? await membershipsOfPerson(ledger, access.actor.id).execute() : []).map(
    (row) => ({
      id: row.id as MembershipId,
      role: row.role as Role,
      manufacturer: toPlace(row.manufacturer_id, row.manufacturer_name),
      customer: toPlace(row.customer_id, row.customer_name),
    }),
  )
  const active = memberships.find(({ id }) => id === access.session?.membershipId)
  return {
    person: person && { ...person, id: person.id as PersonId },
    memberships,
    active: {
      membershipId: active?.id,
      role: active?.role,
      rights: rights.filter((right) => access.rights.has(right)),
      manufacturer: active?.manufacturer ?? (await placeOfKey(ledger, access)),
      customer: active?.customer,
    },
  }
}

async function placeOfKey(
  ledger: PeopleOptions['ledger'],
  { manufacturerId }: Access,
): Promise<Place | undefined> {
  if (manufacturerId === undefined) return undefined
  return ledger
    .selectFrom('manufacturers')
    .select(['id', 'name'])
    .where('id', '=', manufacturerId)
    .executeTakeFirst()
}

function toPlace(id: string | null, name: string | null): Place | undefined {
  return id === null || name === null ? undefined : { id, name }
}

/** @throws AppError `person_needed` */
function personIdOf({ actor }: Access): string {
  if (actor.kind === 'person') return actor.id
  throw peopleErrors.person_needed('Sign in: an API key is nobody, it has neither name nor password.')
}

function hasCookie(header: string, name: string): boolean {
  return header.split(';').some((pair) => pair.trimStart().startsWith(`${name}=`))
}
