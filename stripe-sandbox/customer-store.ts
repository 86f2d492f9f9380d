/** Finding customers: a deleted one is there for the documents that it has, and missing for everything new. */
import type { SandboxState, StoredCustomer } from './sandbox-state.ts'
import { resourceMissing } from './stripe-failure.ts'

/** A deleted one as well. @throws StripeFailure `resource_missing` */
export function getCustomer(
  state: SandboxState,
  id: string,
  param: string,
  status: 400 | 404,
): StoredCustomer {
  const stored = state.customers.get(id)
  if (stored === undefined) throw resourceMissing('customer', id, param, status)
  return stored
}

/** @throws StripeFailure `resource_missing`, also for one that was deleted */
export function getLivingCustomer(
  state: SandboxState,
  id: string,
  param: string,
  status: 400 | 404,
): StoredCustomer {
  const stored = getCustomer(state, id, param, status)
  if (stored.isDeleted) throw resourceMissing('customer', id, param, status)
  return stored
}
