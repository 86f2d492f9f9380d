import { assertInvariant, type ManufacturerId } from '../core/index.ts'
import { installationTenant, type LedgerTenant } from '../db/index.ts'
import type { Access } from './rights.ts'

/** The whole manufacturer that somebody acts for; who may is decided before. */
export function manufacturerIdOf({ manufacturerId, customerId }: Access): ManufacturerId {
  assertInvariant(
    manufacturerId !== undefined && customerId === undefined,
    'Only a whole manufacturer gets as far as this.',
  )
  return manufacturerId
}

/** With whose data somebody acts: the installation's, a whole manufacturer's, or that of one customer. */
export function tenantOf({
  manufacturerId,
  customerId,
}: Pick<Access, 'manufacturerId' | 'customerId'>): LedgerTenant {
  if (manufacturerId === undefined) {
    assertInvariant(customerId === undefined, 'A customer has a manufacturer.')
    return installationTenant
  }
  return customerId === undefined ? manufacturerId : { manufacturerId, customerId }
}
