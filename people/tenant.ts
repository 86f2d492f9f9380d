import { assertInvariant, type ManufacturerId } from '../core/index.ts'
import type { Access } from './rights.ts'

/** The whole manufacturer that somebody acts for; who may is decided before. */
export function manufacturerIdOf({ manufacturerId, customerId }: Access): ManufacturerId {
  assertInvariant(
    manufacturerId !== undefined && customerId === undefined,
    'Only a whole manufacturer gets as far as this.',
  )
  return manufacturerId
}
