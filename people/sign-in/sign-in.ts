/**
 * Signing in: by a code that is mailed, by password, by a one-time link; and signing out.
 *
 * Only members can: who was not invited, has not opened his invitation or was removed is answered exactly like an address that
 * nobody has, in the same time, with the same rows written. A refusal has one code whatever is wrong. Mail goes out after the answer, so
 * that it takes no longer for a known address. Per address five codes and ten refusals in a quarter of an hour; what is over is
 * answered the same and does nothing.
 */
import { hashPassword } from 'better-auth/crypto'
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { AppError, generateId, MINUTE_MS, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'
import { issuesOfName, normaliseEmail, refuseInput } from '../input-check.ts'
import { findLinkOwner, useLink } from '../memberships/links.ts'
import type { Browser, Cookies, PeopleOptions, SignIn } from '../people-types.ts'
import { CODE_LIFETIME_MS, SIGN_IN_PATH, type AuthEngine } from './auth-engine.ts'
import { assertPassword } from './check-password.ts'
import { membershipsOfPerson } from './member-lookup.ts'
import { createThrottle } from './sign-in-throttle.ts'

const WINDOW_MS = 15 * MINUTE_MS
const CODES_PER_WINDOW = 5
const REFUSALS_PER_WINDOW = 10

/** What better-auth says of a wrong, old or worn-out code and of a wrong password: one answer for all. */
const refusedCodes: ReadonlySet<string> = new Set([
  'INVALID_OTP',
  'OTP_EXPIRED',
  'TOO_MANY_ATTEMPTS',
  'INVALID_EMAIL_OR_PASSWORD',
  'INVALID_EMAIL',
])

export function createSignIn(options: PeopleOptions, engine: AuthEngine): SignIn {
  const { ledger, clock, publicUrl } = options
  const codes = createThrottle(clock, CODES_PER_WINDOW, WINDOW_MS)
  const refusals = createThrottle(clock, REFUSALS_PER_WINDOW, WINDOW_MS)

  async function ask(path: string, body: object, browser: Browser): Promise<Response> {
    assertSameOrigin(browser)
    const headers = new Headers({ 'content-type': 'application/json', origin: publicUrl })
    if (browser.cookie !== undefined) headers.set('cookie', browser.cookie)
    if (browser.userAgent !== undefined) headers.set('user-agent', browser.userAgent)
    const url = `${publicUrl}${SIGN_IN_PATH}${path}`
    const answer = await engine.handler(
      new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }),
    )
    if (answer.ok) return answer
    const { code } = (await answer.json().catch(() => ({}))) as { code?: string }
    if (code !== undefined && refusedCodes.has(code)) throw refused()
    throw new Error(`better-auth answered ${answer.status} ${code ?? 'without a code'} at ${path}`)
  }

  async function signIn(path: string, email: string, body: object, browser: Browser): Promise<Cookies> {
    assertSameOrigin(browser)
    if (refusals.isOver(email)) throw refused()
    // Counted before the outcome is known, so that many at once are no more than many in a row.
    refusals.count(email)
    const answer = await ask(path, { ...body, email }, browser)
    refusals.forget(email)
    return answer.headers.getSetCookie()
  }

  return {
    async sendCode(given, browser) {
      assertSameOrigin(browser)
      const email = normaliseEmail(given)
      if (codes.isOver(email)) return
      codes.count(email)
      await ask('/email-otp/send-verification-otp', { email, type: 'sign-in' }, browser).catch(
        (error: unknown) => {
          // What is no address is answered like one that nobody has.
          if (!(error instanceof AppError && error.code === 'sign_in_refused')) throw error
        },
      )
    },

    withCode: (email, code, browser) =>
      signIn('/sign-in/email-otp', normaliseEmail(email), { otp: code }, browser),

    withPassword: (email, password, browser) =>
      signIn('/sign-in/email', normaliseEmail(email), { password }, browser),

    async withLink({ token, name, password }, browser) {
      assertSameOrigin(browser)
      if (name !== undefined) refuseInput(issuesOfName(name, '/name'))
      const passwordHash = await hashNewPassword(options, token, name, password)
      const { isNewcomer, ...body } = await ledger
        .transaction()
        .execute((transaction) => openLink(transaction, options, { token, name, passwordHash }))
      if (!isNewcomer) return []
      const { headers } = await engine.api.openSession({ body, headers: new Headers(), returnHeaders: true })
      return headers.getSetCookie()
    },

    async signOut(browser) {
      return (await ask('/sign-out', {}, browser)).headers.getSetCookie()
    },
  }
}

/** Mails the code if it is for somebody who may sign in. */
export async function mailCode(
  { ledger, sendMail }: PeopleOptions,
  email: string,
  code: string,
): Promise<void> {
  const person = await ledger
    .selectFrom('people')
    .select(['id', 'name', 'language'])
    .where('email', '=', email)
    .executeTakeFirst()
  if (person === undefined) return
  const membership = await membershipsOfPerson(ledger, person.id).limit(1).executeTakeFirst()
  if (membership === undefined) return
  await ledger.transaction().execute((transaction) =>
    sendMail(transaction, {
      template: 'sign_in_code',
      to: email,
      language: person.language,
      // Never a manufacturer's mail: the code opens everything the person has, elsewhere too.
      manufacturerId: undefined,
      data: { name: person.name, code, minutes: String(CODE_LIFETIME_MS / MINUTE_MS) },
    }),
  )
}

/** Writes the person's only password, or the new one in place of the old. */
export async function writePassword(
  transaction: Transaction<LedgerTables>,
  personId: string,
  password: string,
  { randomBytes, clock }: PeopleOptions,
): Promise<void> {
  const written = new Date(clock.now()).toISOString()
  await transaction
    .insertInto('accounts')
    .values({
      id: generateId('account', randomBytes),
      person_id: personId,
      account_id: personId,
      provider_id: 'credential',
      password,
      created_at: written,
      updated_at: written,
    })
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'provider_id']).doUpdateSet({ password, updated_at: written }),
    )
    .execute()
}

/** Judges and hashes outside the transaction: both take long. A weak password leaves the link as it is. */
async function hashNewPassword(
  { ledger }: PeopleOptions,
  token: string,
  name: string | undefined,
  password: string | undefined,
): Promise<string | undefined> {
  if (password === undefined) return undefined
  const person = await findLinkOwner(ledger, token)
  // The link does not open anything, which is said when it is used.
  if (person === undefined) return undefined
  await assertPassword(password, [person.email, person.name, name ?? ''])
  return hashPassword(password)
}

/**
 * Accepts the membership. Only who has no other becomes signed in, names himself and sets a password by it: an inviter must not
 * get into what a person has elsewhere by reading the mail that he caused.
 */
async function openLink(
  transaction: Transaction<LedgerTables>,
  options: PeopleOptions,
  input: {
    readonly token: string
    readonly name: string | undefined
    readonly passwordHash: string | undefined
  },
): Promise<{ personId: string; membershipId: string; isNewcomer: boolean }> {
  const now = options.clock.now()
  const membershipId = await useLink(transaction, input.token, now)
  const membership = await transaction
    .selectFrom('memberships')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select([
      'memberships.person_id',
      'memberships.manufacturer_id',
      'memberships.role',
      'memberships.accepted_at',
      'people.name',
      'people.email',
    ])
    .where('memberships.id', '=', membershipId)
    .where('memberships.removed_at', 'is', null)
    .executeTakeFirst()
  if (membership === undefined) {
    throw peopleErrors.link_expired('Ask whoever invited you for another link; the membership was ended.')
  }
  const personId = membership.person_id
  const isNewcomer = !(await hasOtherMemberships(transaction, personId, membershipId))
  const name = isNewcomer ? (input.name ?? membership.name) : membership.name
  const passwordHash = isNewcomer ? input.passwordHash : undefined
  await transaction
    .updateTable('people')
    .set({ name, is_email_verified: 1, updated_at: new Date(now).toISOString() })
    .where('id', '=', personId)
    .execute()
  if (passwordHash !== undefined) await writePassword(transaction, personId, passwordHash, options)
  await transaction
    .updateTable('memberships')
    .set((all) => ({ accepted_at: all.fn.coalesce('accepted_at', all.val(now)) }))
    .where('id', '=', membershipId)
    .execute()
  await recordChange(transaction, {
    manufacturerId: (membership.manufacturer_id ?? undefined) as ManufacturerId | undefined,
    actor: { kind: 'person', id: personId, name },
    action: membership.accepted_at === null ? 'membership.accepted' : 'person.link_used',
    subject: { kind: 'membership', id: membershipId },
    after: { email: membership.email, name, role: membership.role, setPassword: passwordHash !== undefined },
    at: now,
  })
  return { personId, membershipId, isNewcomer }
}

/** Any that was ever accepted, ended or not. */
async function hasOtherMemberships(
  transaction: Transaction<LedgerTables>,
  personId: string,
  membershipId: string,
): Promise<boolean> {
  const other = await transaction
    .selectFrom('memberships')
    .select('id')
    .where('person_id', '=', personId)
    .where('id', '<>', membershipId)
    .where('accepted_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

/** Our own pages only: a foreign one could sign its reader in as somebody else. */
function assertSameOrigin({ isSameOrigin }: Browser): void {
  if (isSameOrigin) return
  throw peopleErrors.origin_foreign(
    'Send this from a page of this server; if it was, set USANCE_PUBLIC_URL to the address in the browser.',
  )
}

function refused() {
  return peopleErrors.sign_in_refused(
    'Ask for a new code, or check the password. After many attempts wait a quarter of an hour.',
  )
}
