/** Hands the mails of `people/` to the outbox of `mail/`, in the transaction of their cause. */
import type { Transaction } from 'kysely'
import { assertInvariant, type Clock } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { enqueueMail, type MailInput } from '../mail/index.ts'
import { LINK_LIFETIME_DAYS, type PeopleMail, type PeopleOptions } from '../people/index.ts'

export function createPeopleMail(
  clock: Clock,
  publicUrl: string,
  onEnqueued: () => void,
): PeopleOptions['sendMail'] {
  return async (transaction, mail) => {
    await enqueueMail(transaction, await toInput(transaction, mail, clock.now(), publicUrl))
    onEnqueued()
  }
}

async function toInput(
  transaction: Transaction<LedgerTables>,
  { template, to, language, manufacturerId, data }: PeopleMail,
  at: number,
  publicUrl: string,
): Promise<MailInput> {
  const member = (name: string) => {
    const value = data[name]
    assertInvariant(value !== undefined, `A mail of people/ has its ${name}.`)
    return value
  }
  const address = { address: to, ...(data['name'] === undefined ? {} : { name: data['name'] }) }
  const envelope = { to: address, language, manufacturerId, at }
  if (template === 'sign_in_code') {
    return { ...envelope, template, data: { code: member('code'), validMinutes: Number(member('minutes')) } }
  }
  const path = member('link').slice(publicUrl.length)
  if (template === 'admin_link')
    return { ...envelope, template, data: { path, validDays: LINK_LIFETIME_DAYS } }
  const inviterName = member('inviter')
  const organisationName = await nameOf(transaction, manufacturerId)
  return {
    ...envelope,
    template,
    data: { inviterName, organisationName, path, validDays: LINK_LIFETIME_DAYS },
  }
}

async function nameOf(
  transaction: Transaction<LedgerTables>,
  manufacturerId: PeopleMail['manufacturerId'],
): Promise<string> {
  if (manufacturerId === undefined) return 'Usance'
  const { name } = await transaction
    .selectFrom('manufacturers')
    .select('name')
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
  return name
}
