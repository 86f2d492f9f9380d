import type { FastifyRequest } from 'fastify'

import { assertInvariant, type ManufacturerId } from '../../core/index.ts'
import { accessOf } from '../authenticate.ts'

/** The manufacturer whose office it is, or undefined for the installation's; customers have no right to any. */
export function whoseOffice(request: FastifyRequest): ManufacturerId | undefined {
  const { manufacturerId, customerId } = accessOf(request)
  assertInvariant(customerId === undefined, 'No customer has a right to the office.')
  return manufacturerId
}
