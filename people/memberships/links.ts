/**
 * One-time links: 256 random bits, stored as their SHA-256, good for one use within seven days.
 *
 * The page that the link leads to sends the token in a POST, so nothing that merely fetches the address (a mail scanner, a preview)
 * uses it up. Using it is one UPDATE that only one caller can win.
 */
import { createHash } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { DAY_MS, encodeBase32, type RandomBytes } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'

const TOKEN_BYTES = 32
export const LINK_LIFETIME_DAYS = 7
const LIFETIME_MS = LINK_LIFETIME_DAYS * DAY_MS

/** Returns the address with the token in it. Links of the membership that were not used yet end. */
export async function createLink(
  transaction: Transaction<LedgerTables>,
  {
    membershipId,
    publicUrl,
    randomBytes,
    now,
  }: {
    readonly membershipId: string
    readonly publicUrl: string
    readonly randomBytes: RandomBytes
    readonly now: number
  },
): Promise<string> {
  const token = encodeBase32(randomBytes(TOKEN_BYTES))
  await endLinks(transaction, membershipId, now)
  await transaction
    .insertInto('sign_in_links')
    .values({
      token_hash: hashToken(token),
      membership_id: membershipId,
      created_at: now,
      expires_at: now + LIFETIME_MS,
    })
    .execute()
  return `${publicUrl}/app/welcome?token=${token}`
}

/** What is not used yet can no longer be. */
export async function endLinks(
  transaction: Transaction<LedgerTables>,
  membershipId: string,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('sign_in_links')
    .set({ expires_at: now })
    .where('membership_id', '=', membershipId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
}

/**
 * Uses the link up and returns its membership.
 * @throws AppError `link_unknown`, `link_used`, `link_expired`
 */
export async function useLink(
  transaction: Transaction<LedgerTables>,
  token: string,
  now: number,
): Promise<string> {
  const token_hash = hashToken(token)
  const used = await transaction
    .updateTable('sign_in_links')
    .set({ used_at: now })
    .where('token_hash', '=', token_hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('membership_id')
    .executeTakeFirst()
  if (used !== undefined) return used.membership_id
  const known = await transaction
    .selectFrom('sign_in_links')
    .select('used_at')
    .where('token_hash', '=', token_hash)
    .executeTakeFirst()
  if (known === undefined) {
    throw peopleErrors.link_unknown('Open the whole link as it was sent, or ask for another one.')
  }
  if (known.used_at !== null) {
    throw peopleErrors.link_used('Sign in with your e-mail address; a link can be used once.')
  }
  throw peopleErrors.link_expired('Ask whoever invited you for another link; one is good for seven days.')
}

/** Whose link it is, whether it can still be used or not. */
export async function findLinkOwner(
  ledger: Kysely<LedgerTables>,
  token: string,
): Promise<{ readonly name: string; readonly email: string } | undefined> {
  return ledger
    .selectFrom('sign_in_links')
    .innerJoin('memberships', 'memberships.id', 'sign_in_links.membership_id')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select(['people.name', 'people.email'])
    .where('sign_in_links.token_hash', '=', hashToken(token))
    .executeTakeFirst()
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
