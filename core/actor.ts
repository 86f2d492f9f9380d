/**
 * Who does something, and whose data it is about: the two things that every change carries and every query is kept within.
 *
 * A tenant is a manufacturer, or one customer of a manufacturer. What lies outside the tenant reads as absent (I12).
 */
import type { CustomerId, ManufacturerId } from './ids.ts'

/** Named in the audit trail for ever: `id` is a person's, a key's, or the word of a part of ours (`billing_run`). */
export type Actor = {
  readonly kind: 'person' | 'api_key' | 'system'
  readonly id: string
  /** As people know it, at the time: "Jo Berg", "console key". */
  readonly name: string
}

export function systemActor(part: string): Actor {
  return { kind: 'system', id: part, name: part }
}

export type CustomerTenant = { readonly manufacturerId: ManufacturerId; readonly customerId: CustomerId }

/** A bare manufacturer's id is the whole manufacturer. */
export type Tenant = ManufacturerId | CustomerTenant

export function manufacturerOfTenant(tenant: Tenant): ManufacturerId {
  return typeof tenant === 'string' ? tenant : tenant.manufacturerId
}

export function customerOfTenant(tenant: Tenant): CustomerId | undefined {
  return typeof tenant === 'string' ? undefined : tenant.customerId
}
