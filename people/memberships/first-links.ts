/** Links that are printed instead of mailed: for the installation's first administrator, for the demo and for tests. */
import { assertInvariant, systemActor } from '../../core/index.ts'
import { peopleErrors } from '../errors.ts'
import type { People, PeopleOptions } from '../people-types.ts'
import { inviteMember } from './invite-member.ts'
import { endLinks } from './links.ts'

export function firstLinkVerbs(options: PeopleOptions): Pick<People, 'initialise' | 'createSignInLink'> {
  const { ledger, clock } = options
  return {
    async initialise({ email, name, isAgain }) {
      return ledger.transaction().execute(async (transaction) => {
        const waiting = await transaction
          .selectFrom('memberships')
          .select('id')
          .where('role', '=', 'installation_admin')
          .where('removed_at', 'is', null)
          .execute()
        if (waiting.length > 0 && !isAgain) {
          throw peopleErrors.already_initialised(
            'Open the link that was printed. If it is lost and nobody has signed in, print another one with --again.',
          )
        }
        const visitor = await transaction
          .selectFrom('people')
          .select('id')
          .where('last_sign_in_at', 'is not', null)
          .limit(1)
          .executeTakeFirst()
        if (visitor !== undefined) {
          throw peopleErrors.already_initialised(
            'Ask an administrator for an invitation: people have signed in to this installation.',
          )
        }
        for (const { id } of waiting) await endLinks(transaction, id, clock.now())
        const { link } = await inviteMember(transaction, options, systemActor('init'), {
          email,
          name,
          role: 'installation_admin',
          manufacturerId: undefined,
          customerId: undefined,
        })
        return link
      })
    },

    async createSignInLink({ email, name, role, manufacturerId, customerId }) {
      assertInvariant(
        (role === 'installation_admin') === (manufacturerId === undefined),
        'A role of the installation has no manufacturer, every other one has.',
      )
      return ledger.transaction().execute(async (transaction) => {
        const { link } = await inviteMember(
          transaction,
          options,
          systemActor('sign_in_link'),
          { email, name, role, manufacturerId, customerId },
          { mayExist: true },
        )
        return link
      })
    },
  }
}
