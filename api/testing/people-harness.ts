/**
 * People that exist in memory only: two keys, and sessions whose cookie names the role outright ("as=finance"). What is tested with it
 * is who gets through; `people/` tests how anybody comes by a key or a cookie.
 */
import type { ApiKeyId, CustomerId, ManufacturerId, MembershipId } from '../../core/index.ts'
import { isRole, rightsOfRole, roles, systemAccess, type Access, type Role } from '../../people/index.ts'
import type { ApiPeople } from '../index.ts'

export const OWN_KEY = 'usk_own'
export const OTHER_KEY = 'usk_other'

const manufacturerOfKey = new Map([
  [OWN_KEY, 'man_own' as ManufacturerId],
  [OTHER_KEY, 'man_other' as ManufacturerId],
])

/** What is not answered here needs a store. */
const needsStore = () => Promise.reject(new Error('Pass real people to test this.'))

export function createPeopleHarness(): ApiPeople {
  return {
    signIn: {
      sendCode: needsStore,
      withCode: needsStore,
      withPassword: needsStore,
      withLink: needsStore,
      signOut: needsStore,
    },
    async authenticateApiKey(key) {
      const manufacturerId = manufacturerOfKey.get(key)
      if (manufacturerId === undefined) return undefined
      const actor = { kind: 'api_key', id: 'key_1' as ApiKeyId, name: 'console' } as const
      return { ...systemAccess('harness', manufacturerId), actor }
    },
    async authenticateSession(cookie = '') {
      const role = /\bas=(\w+)/.exec(cookie)?.[1]
      if (role === undefined) return 'none'
      return isRole(role) ? accessOfRole(role) : 'ended'
    },
    getMe: needsStore,
    updateMe: needsStore,
    setActiveMembership: needsStore,
    setPassword: needsStore,
    listPeople: needsStore,
    invite: needsStore,
    changeRole: needsStore,
    removeMember: needsStore,
    createApiKey: needsStore,
    listApiKeys: needsStore,
    revokeApiKey: needsStore,
    listManufacturers: needsStore,
    createManufacturer: needsStore,
    getSettings: needsStore,
    updateSettings: needsStore,
    connectStripe: needsStore,
    findLedgerSetup: needsStore,
  }
}

function accessOfRole(role: Role): Access {
  const isOfInstallation = roles.installation.some((each) => each === role)
  const isOfCustomer = roles.customer.some((each) => each === role)
  return {
    actor: { kind: 'person', id: 'per_1', name: 'Jo Berg' },
    manufacturerId: isOfInstallation ? undefined : ('man_own' as ManufacturerId),
    customerId: isOfCustomer ? ('cust_1' as CustomerId) : undefined,
    rights: rightsOfRole[role],
    session: { id: 'ses_1', membershipId: 'mem_1' as MembershipId, role },
  }
}
