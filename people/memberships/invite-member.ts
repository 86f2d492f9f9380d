/**
 * Makes a person, if nobody has the address yet, and a membership that waits for its link to be opened.
 *
 * Somebody who was invited and has not come gets a new link, with the role of the new invitation; the older link ends. Until the
 * link is opened the inviter sees the name that he wrote himself: whether the address is known elsewhere is none of his business. So
 * the mail is in the tenant's language also for somebody who has chosen one, since its subject is in the list of mails; to a newcomer the
 * tenant's language is the first guess at his own.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  generateId,
  type Actor,
  type Clock,
  type CustomerId,
  type ManufacturerId,
  type MembershipId,
  type RandomBytes,
} from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'
import { issuesOfEmail, issuesOfName, issueUnless, normaliseEmail, refuseInput } from '../input-check.ts'
import type { Language } from '../people-types.ts'
import { roles, type Role } from '../rights.ts'
import { tenantOf } from '../tenant.ts'
import { createLink } from './links.ts'

export type NewMember = {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly manufacturerId: ManufacturerId | undefined
  readonly customerId: CustomerId | undefined
}

export type InviteContext = {
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly publicUrl: string
}

/** @throws AppError `people_input_invalid`, `customer_not_found`, `member_exists` unless `mayExist` */
export async function inviteMember(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, publicUrl }: InviteContext,
  actor: Actor,
  { role, manufacturerId, customerId, ...input }: NewMember,
  { mayExist }: { readonly mayExist: boolean } = { mayExist: false },
): Promise<{
  readonly membershipId: MembershipId
  readonly email: string
  readonly link: string
  /** What the tenant writes in. */
  readonly language: Language
}> {
  const email = normaliseEmail(input.email)
  const isCustomerRole = isAmong(roles.customer, role)
  refuseInput([
    ...issuesOfEmail(email, '/email'),
    ...issuesOfName(input.name, '/name'),
    ...issueUnless(
      isCustomerRole === (customerId !== undefined),
      '/customerId',
      isCustomerRole
        ? "Name the customer that the person belongs to; the role is one of a customer's."
        : "Leave the customer out; the role is not one of a customer's.",
    ),
  ])
  if (customerId !== undefined) await assertCustomer(transaction, manufacturerId, customerId)
  const now = clock.now()
  const language = await findLanguage(transaction, actor, manufacturerId, customerId)
  const personId = await findOrAddPerson(transaction, { email, name: input.name, language, randomBytes, now })
  const own = tenantLedger(transaction, tenantOf({ manufacturerId, customerId }))
  const known = await own
    .selectFrom('memberships')
    .select(['id', 'accepted_at', 'role'])
    .where('person_id', '=', personId)
    .where('customer_id', 'is', customerId ?? null)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  if (known !== undefined && known.accepted_at !== null && !mayExist) {
    throw peopleErrors.member_exists('Change the role of the membership that the person has.')
  }
  const membershipId = (known?.id as MembershipId | undefined) ?? generateId('membership', randomBytes)
  const invited = { role, invited_name: input.name, invited_at: now }
  if (known === undefined) {
    await own
      .insertInto('memberships')
      .values({
        id: membershipId,
        person_id: personId,
        manufacturer_id: manufacturerId ?? null,
        customer_id: customerId ?? null,
        ...invited,
      })
      .execute()
  } else if (known.accepted_at === null) {
    await own.updateTable('memberships').set(invited).where('id', '=', membershipId).execute()
  }
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'membership.invited',
    subject: { kind: 'membership', id: membershipId },
    after: { email, name: input.name, role, customerId: customerId ?? null },
    at: now,
  })
  const link = await createLink(transaction, { membershipId, publicUrl, randomBytes, now })
  return { membershipId, email, link, language }
}

async function findOrAddPerson(
  transaction: Transaction<LedgerTables>,
  {
    email,
    name,
    language,
    randomBytes,
    now,
  }: {
    readonly email: string
    readonly name: string
    readonly language: Language
    readonly randomBytes: RandomBytes
    readonly now: number
  },
): Promise<string> {
  const known = await transaction
    .selectFrom('people')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirst()
  if (known !== undefined) return known.id
  const id = generateId('person', randomBytes)
  const written = new Date(now).toISOString()
  await transaction
    .insertInto('people')
    .values({ id, email, name, language, created_at: written, updated_at: written })
    .execute()
  return id
}

/** The customer's language, the manufacturer's first one, or for the installation that of whoever invites. */
async function findLanguage(
  transaction: Transaction<LedgerTables>,
  actor: Actor,
  manufacturerId: ManufacturerId | undefined,
  customerId: CustomerId | undefined,
): Promise<Language> {
  if (customerId !== undefined) {
    const customer = await tenantLedger(transaction, tenantOf({ manufacturerId, customerId }))
      .selectFrom('customers')
      .select('language')
      .where('id', '=', customerId)
      .executeTakeFirstOrThrow()
    return customer.language
  }
  if (manufacturerId !== undefined) {
    const manufacturer = await transaction
      .selectFrom('manufacturers')
      .select('languages')
      .where('id', '=', manufacturerId)
      .executeTakeFirstOrThrow()
    return (JSON.parse(manufacturer.languages) as Language[])[0] ?? 'en'
  }
  const inviter = await transaction
    .selectFrom('people')
    .select('language')
    .where('id', '=', actor.id)
    .executeTakeFirst()
  return inviter?.language ?? 'en'
}

async function assertCustomer(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  customerId: CustomerId,
): Promise<void> {
  const row = await tenantLedger(transaction, tenantOf({ manufacturerId, customerId }))
    .selectFrom('customers')
    .select('id')
    .where('id', '=', customerId)
    .executeTakeFirst()
  if (row === undefined) throw peopleErrors.customer_not_found('Use the id of one of your customers.')
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.includes(name)
}
