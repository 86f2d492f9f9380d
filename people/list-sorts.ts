/** What the lists of people/ can be sorted by, and what each takes to choose from. */
import type { ListSorts, PageRequest } from '../db/index.ts'
import type { Role } from './rights.ts'

/** After every instant. */
const NEVER = Number.MAX_SAFE_INTEGER
/** Who has not come yet is shown as whoever invited him wrote him. */
const shownName =
  'lower(CASE WHEN memberships.accepted_at IS NULL THEN memberships.invited_name ELSE people.name END)'

export const memberSorts = {
  id: 'memberships.id',
  by: {
    id: 'memberships.id',
    name: shownName,
    email: 'lower(people.email)',
    role: 'memberships.role',
    invitedAt: 'memberships.invited_at',
  },
  usual: 'id',
} as const satisfies ListSorts

export const apiKeySorts = {
  id: 'api_keys.id',
  by: {
    id: 'api_keys.id',
    label: 'lower(api_keys.label)',
    createdAt: 'api_keys.created_at',
    expiresAt: `coalesce(api_keys.expires_at, ${NEVER})`,
    lastUsedAt: 'coalesce(api_keys.last_used_at, 0)',
  },
  usual: 'id',
} as const satisfies ListSorts

export const manufacturerSorts = {
  id: 'manufacturers.id',
  by: { id: 'manufacturers.id', name: 'lower(manufacturers.name)', createdAt: 'manufacturers.created_at' },
  usual: 'id',
} as const satisfies ListSorts

export type MemberQuery = PageRequest<typeof memberSorts> & {
  readonly role?: Role
  readonly customerId?: string
  readonly state?: 'invited' | 'active'
  /** Part of the name or e-mail address. */
  readonly text?: string
}

export type ApiKeyQuery = PageRequest<typeof apiKeySorts> & {
  /** Now. */
  readonly state?: 'active' | 'ended'
  /** Part of the label, or the id. */
  readonly text?: string
}

export type ManufacturerQuery = PageRequest<typeof manufacturerSorts> & {
  /** Part of the name, or the id. */
  readonly text?: string
}
