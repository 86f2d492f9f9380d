/**
 * Builds people/ on an open ledger with its schema in place. Without the installation's secret key everything is there but
 * signing in, which says which setting is missing.
 */
import { apiKeyVerbs } from './api-keys/api-keys.ts'
import { peopleErrors } from './errors.ts'
import { firstLinkVerbs } from './memberships/first-links.ts'
import { membershipVerbs } from './memberships/memberships.ts'
import type { People, PeopleOptions, SignIn } from './people-types.ts'
import { settingsVerbs } from './settings/manufacturer-settings.ts'
import { createAuthEngine, type AuthEngine } from './sign-in/auth-engine.ts'
import { membershipsOfPerson } from './sign-in/member-lookup.ts'
import { sessionVerbs } from './sign-in/sessions.ts'
import { createSignIn, mailCode } from './sign-in/sign-in.ts'

export function createPeople(options: PeopleOptions): People {
  const working = new Set<Promise<unknown>>()
  const engine = options.secretKey && openEngine(options, options.secretKey, working)
  return {
    signIn: engine === undefined ? refusingSignIn : createSignIn(options, engine),
    ...sessionVerbs(options, engine),
    ...membershipVerbs(options),
    ...apiKeyVerbs(options),
    ...settingsVerbs(options),
    ...firstLinkVerbs(options),
    async close() {
      await Promise.allSettled(working)
    },
  }
}

function openEngine(
  options: PeopleOptions,
  secretKey: Uint8Array,
  working: Set<Promise<unknown>>,
): AuthEngine {
  const { ledger, clock, log } = options
  return createAuthEngine(options, {
    secretKey,
    findFirstMembership: async (personId) =>
      (await membershipsOfPerson(ledger, personId).limit(1).executeTakeFirst())?.id,
    async onSession(personId) {
      const now = clock.now()
      await ledger.updateTable('people').set({ last_sign_in_at: now }).where('id', '=', personId).execute()
      await ledger.deleteFrom('sessions').where('expires_at', '<', new Date(now).toISOString()).execute()
    },
    mailCode: (email, code) => mailCode(options, email, code),
    inBackground(work) {
      const settled = work.catch((error: unknown) => {
        log.error({ err: error }, 'a code could not be mailed')
      })
      working.add(settled)
      void settled.finally(() => working.delete(settled))
    },
  })
}

async function refuse(): Promise<never> {
  throw peopleErrors.sign_in_not_configured(
    'Set USANCE_SECRET_KEY to 32 random bytes in base 64; "usance init" makes one.',
  )
}

const refusingSignIn: SignIn = {
  sendCode: refuse,
  withCode: refuse,
  withPassword: refuse,
  withLink: refuse,
  signOut: refuse,
}
