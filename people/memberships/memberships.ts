/**
 * Who belongs to a tenant: list, invite, change a role, remove.
 *
 * A tenant is the installation, a manufacturer with all its customers' people, or one customer; each sees its own only (I12). Nobody
 * gives a role with a right that he lacks, nor touches a member who has one. A tenant that has an administrator keeps one. Who is
 * removed loses the open sessions of that membership at once: access is looked up with every request.
 */
import type { Kysely, SelectQueryBuilder, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import type { CustomerId, MembershipId, PersonId } from '../../core/index.ts'
import { holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'
import { issueUnless, refuseInput } from '../input-check.ts'
import { memberSorts } from '../list-sorts.ts'
import type { Member, People, PeopleOptions } from '../people-types.ts'
import { hasAll, rightsOfRole, roles, type Access, type Role } from '../rights.ts'
import { tenantOf } from '../tenant.ts'
import { inviteMember } from './invite-member.ts'
import { endLinks } from './links.ts'

const MAX_REASON_LENGTH = 500
const administrators: readonly string[] = ['installation_admin', 'manufacturer_admin', 'customer_owner']

export function membershipVerbs(
  options: PeopleOptions,
): Pick<People, 'listPeople' | 'invite' | 'changeRole' | 'removeMember'> {
  const { ledger, clock, sendMail } = options
  return {
    async listPeople(access, { role, customerId, state, text, ...page }) {
      let query = membersOf(ledger, access)
      if (role !== undefined) query = query.where('memberships.role', '=', role)
      if (customerId !== undefined) query = query.where('memberships.customer_id', '=', customerId)
      if (state !== undefined) {
        query = query.where('memberships.accepted_at', state === 'active' ? 'is not' : 'is', null)
      }
      if (text !== undefined) {
        query = query.where(holdsText(text, [memberSorts.by.name, 'people.email'], 'memberships.id'))
      }
      const { items, nextAfter } = await readSortedPage(query, memberSorts, page)
      return { items: items.map(toMember), nextAfter }
    },

    async invite(access, { email, name, role, customerId }) {
      const kind = kindOf(access)
      refuseInput(
        issueUnless(
          rolesOf(kind).includes(role),
          '/role',
          `Choose one of ${rolesOf(kind).join(', ')}; the others belong to another kind of tenant.`,
        ),
      )
      assertMayGive(access, role)
      return ledger.transaction().execute(async (transaction) => {
        const member = {
          email,
          name,
          role,
          manufacturerId: access.manufacturerId,
          customerId: access.customerId ?? customerId,
        }
        if (access.customerId !== undefined && customerId !== undefined && customerId !== access.customerId) {
          throw peopleErrors.customer_not_found('Leave the customer out; you invite people to your own.')
        }
        const invited = await inviteMember(transaction, options, access.actor, member)
        await sendMail(transaction, {
          template: role === 'installation_admin' ? 'admin_link' : 'invitation',
          to: invited.email,
          language: invited.language,
          manufacturerId: access.manufacturerId,
          data: { name, link: invited.link, inviter: access.actor.name },
        })
        return getMember(transaction, access, invited.membershipId)
      })
    },

    async changeRole(access, membershipId, role) {
      return ledger.transaction().execute(async (transaction) => {
        const member = await getMember(transaction, access, membershipId)
        const kind = member.customerId === undefined ? kindOf(access) : 'customer'
        refuseInput(
          issueUnless(
            roles[kind].some((each) => each === role),
            '/role',
            `Choose one of ${roles[kind].join(', ')}; the person belongs to that kind of tenant.`,
          ),
        )
        assertMayGive(access, member.role)
        assertMayGive(access, role)
        if (member.role === role) return member
        await tenantLedger(transaction, tenantOf(access))
          .updateTable('memberships')
          .set({ role })
          .where('id', '=', membershipId)
          .execute()
        await assertAdministratorStays(transaction, access, member)
        await recordChange(transaction, {
          manufacturerId: access.manufacturerId,
          actor: access.actor,
          action: 'membership.role_changed',
          subject: { kind: 'membership', id: membershipId },
          before: { email: member.email, role: member.role },
          after: { email: member.email, role },
          at: clock.now(),
        })
        return { ...member, role }
      })
    },

    async removeMember(access, membershipId, reason) {
      refuseInput(
        issueUnless(
          reason.trim() !== '' && reason.length <= MAX_REASON_LENGTH,
          '/reason',
          `Write why, in at most ${MAX_REASON_LENGTH} characters.`,
        ),
      )
      await ledger.transaction().execute(async (transaction) => {
        const member = await getMember(transaction, access, membershipId)
        assertMayGive(access, member.role)
        const now = clock.now()
        await tenantLedger(transaction, tenantOf(access))
          .updateTable('memberships')
          .set({ removed_at: now })
          .where('id', '=', membershipId)
          .execute()
        await assertAdministratorStays(transaction, access, member)
        await endLinks(transaction, membershipId, now)
        // Another membership of the person needs another choice, and none leaves nothing to be signed in to.
        await transaction.deleteFrom('sessions').where('active_membership_id', '=', membershipId).execute()
        await recordChange(transaction, {
          manufacturerId: access.manufacturerId,
          actor: access.actor,
          action: 'membership.removed',
          subject: { kind: 'membership', id: membershipId },
          before: { email: member.email, role: member.role },
          reason,
          at: now,
        })
      })
    },
  }
}

type Kind = keyof typeof roles

function kindOf({ manufacturerId, customerId }: Access): Kind {
  if (manufacturerId === undefined) return 'installation'
  return customerId === undefined ? 'manufacturer' : 'customer'
}

/** The roles that people of such a tenant may deal with: a manufacturer's also with those of its customers. */
function rolesOf(kind: Kind): readonly Role[] {
  return kind === 'manufacturer' ? [...roles.manufacturer, ...roles.customer] : roles[kind]
}

function assertMayGive(access: Access, role: Role): void {
  if (hasAll(access, rightsOfRole[role])) return
  throw peopleErrors.right_not_held(
    `Ask somebody who has every right of the role "${role}"; you do not have them all.`,
  )
}

/** A tenant in which somebody was administrator still has one after the change. */
async function assertAdministratorStays(
  transaction: Transaction<LedgerTables>,
  access: Access,
  before: Member,
): Promise<void> {
  if (!administrators.includes(before.role) || before.state !== 'active') return
  const tenant = before.customerId === undefined ? access : { ...access, customerId: before.customerId }
  const left = await membersOf(transaction, tenant)
    .where('memberships.role', '=', before.role)
    .where('memberships.accepted_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  if (left === undefined) {
    throw peopleErrors.last_administrator(
      `Make somebody else "${before.role}" first, and wait until he has signed in.`,
    )
  }
}

function membersOf(ledger: Kysely<LedgerTables>, tenant: Pick<Access, 'manufacturerId' | 'customerId'>) {
  return tenantLedger(ledger, tenantOf(tenant))
    .selectFrom('memberships')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select([
      'memberships.id',
      'memberships.person_id',
      'memberships.invited_name',
      'people.name',
      'people.email',
      'memberships.role',
      'memberships.customer_id',
      'memberships.invited_at',
      'memberships.accepted_at',
      'people.last_sign_in_at',
    ])
    .where('memberships.removed_at', 'is', null)
}

type MemberRow =
  ReturnType<typeof membersOf> extends SelectQueryBuilder<infer _Tables, infer _From, infer Row> ? Row : never

/** @throws AppError `membership_not_found` */
async function getMember(
  ledger: Kysely<LedgerTables>,
  access: Access,
  membershipId: string,
): Promise<Member> {
  const row = await membersOf(ledger, access).where('memberships.id', '=', membershipId).executeTakeFirst()
  if (row === undefined) {
    throw peopleErrors.membership_not_found('Use the id of a membership that "GET /v1/people" lists.')
  }
  return toMember(row)
}

function toMember(row: MemberRow): Member {
  const isActive = row.accepted_at !== null
  return {
    membershipId: row.id as MembershipId,
    personId: row.person_id as PersonId,
    name: isActive ? row.name : row.invited_name,
    email: row.email,
    role: row.role as Role,
    customerId: (row.customer_id ?? undefined) as CustomerId | undefined,
    state: isActive ? 'active' : 'invited',
    invitedAt: row.invited_at,
    lastSignInAt: (isActive ? row.last_sign_in_at : null) ?? undefined,
  }
}
