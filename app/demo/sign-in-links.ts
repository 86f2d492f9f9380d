/** One-time links into the demo, one for each role: whoever opens one is signed in as somebody who has it. */
import type { Role } from '../../people/index.ts'
import type { Usance } from '../create-usance.ts'
import type { DemoState } from './demo-state.ts'

const visitors: readonly (readonly [role: Role, name: string, what: string])[] = [
  ['customer_owner', 'Mara Spree', 'the customer: what it costs now'],
  ['manufacturer_admin', 'Jo Berg', 'the manufacturer: everything'],
  ['operator', 'Ole Vik', 'operator: the fleet and its holds'],
  ['finance', 'Kim Lund', 'finance: tariffs, contracts, bills'],
  ['auditor', 'Ada Frei', 'auditor: reads everything, changes nothing'],
  ['installation_admin', 'Ina Host', 'administrator of the installation'],
]

export type DemoLink = { readonly what: string; readonly url: string }

/** Links that were made before and not used are worth nothing afterwards. */
export async function makeSignInLinks(
  { people, addresses }: Pick<Usance, 'people' | 'addresses'>,
  { manufacturerId, customers }: DemoState,
): Promise<readonly DemoLink[]> {
  const links: DemoLink[] = []
  for (const [role, name, what] of visitors) {
    const customerId = role === 'customer_owner' ? customers[0]?.customerId : undefined
    const link = await people.createSignInLink({
      email: `${role.replaceAll('_', '.')}@demo.example`,
      name,
      role,
      ...(role === 'installation_admin' ? {} : { manufacturerId }),
      ...(customerId === undefined ? {} : { customerId }),
    })
    // The port may be known only now.
    links.push({ what, url: addresses.httpUrl + new URL(link).pathname + new URL(link).search })
  }
  return links
}
