/**
 * Roles, and what each may do. The only place that knows.
 *
 * A right is `what:read` or `what:write`; API keys carry rights as their scopes, in the same words. A role says what
 * somebody may do, a tenant (`Access`) with whose data: neither is enough alone. Write does not imply read.
 */
import {
  systemActor,
  type Actor,
  type CustomerId,
  type ManufacturerId,
  type MembershipId,
} from '../core/index.ts'

export const rights = [
  'devices:read',
  'devices:write',
  'holds:write',
  'catalogue:read',
  'catalogue:write',
  'customers:read',
  'customers:write',
  'usage:read',
  'bills:read',
  'bills:write',
  'payment_methods:write',
  'people:read',
  'people:write',
  'keys:read',
  'keys:write',
  'settings:read',
  'settings:write',
  'webhooks:read',
  'webhooks:write',
  'audit:read',
  'mails:read',
  'mails:write',
  'jobs:read',
  'jobs:write',
  'installation:read',
  'installation:write',
] as const

export type Right = (typeof rights)[number]

export const roles = {
  installation: ['installation_admin'],
  manufacturer: ['manufacturer_admin', 'operator', 'finance', 'auditor'],
  customer: ['customer_owner', 'customer_member'],
} as const

export type Role = (typeof roles)[keyof typeof roles][number]

/** A run of a job is for every manufacturer at once, so only the installation begins one. */
const ofManufacturer = rights.filter((right) => !right.startsWith('installation:') && right !== 'jobs:write')
const ofCustomer = ['devices:read', 'catalogue:read', 'customers:read', 'usage:read', 'bills:read'] as const

export const rightsOfRole: Readonly<Record<Role, ReadonlySet<Right>>> = {
  installation_admin: new Set([
    'installation:read',
    'installation:write',
    'people:read',
    'people:write',
    'audit:read',
    'mails:read',
    'mails:write',
    'jobs:read',
    'jobs:write',
  ]),
  manufacturer_admin: new Set(ofManufacturer),
  operator: new Set([
    'devices:read',
    'devices:write',
    'holds:write',
    'catalogue:read',
    'customers:read',
    'usage:read',
    'jobs:read',
  ]),
  finance: new Set([
    'devices:read',
    'catalogue:read',
    'catalogue:write',
    'customers:read',
    'customers:write',
    'usage:read',
    'bills:read',
    'bills:write',
    'payment_methods:write',
    'settings:read',
    'audit:read',
    'mails:read',
    'mails:write',
    'jobs:read',
  ]),
  auditor: new Set(ofManufacturer.filter((right) => right.endsWith(':read'))),
  customer_owner: new Set([...ofCustomer, 'payment_methods:write', 'people:read', 'people:write']),
  customer_member: new Set(ofCustomer),
}

/** What a request may do, and with whose data. Without a manufacturer it is about the installation. */
export type Access = {
  readonly actor: Actor
  readonly manufacturerId: ManufacturerId | undefined
  /** Set for a customer's people: then nothing but this customer's data. */
  readonly customerId: CustomerId | undefined
  readonly rights: ReadonlySet<Right>
  /** Set for a person's browser. */
  readonly session?: { readonly id: string; readonly membershipId: MembershipId; readonly role: Role }
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(rightsOfRole, text)
}

export function isRight(text: string): text is Right {
  return rights.some((right) => right === text)
}

/** For a part of ours that acts for a manufacturer: the demo, a command. */
export function systemAccess(part: string, manufacturerId: ManufacturerId): Access {
  return {
    actor: systemActor(part),
    manufacturerId,
    customerId: undefined,
    rights: rightsOfRole.manufacturer_admin,
  }
}

/** For a part of ours that acts for the installation, which makes manufacturers. */
export function installationAccess(part: string): Access {
  return {
    actor: systemActor(part),
    manufacturerId: undefined,
    customerId: undefined,
    rights: rightsOfRole.installation_admin,
  }
}

/** Nobody gives away what he does not have. */
export function hasAll(access: Access, wanted: Iterable<Right>): boolean {
  return [...wanted].every((right) => access.rights.has(right))
}
