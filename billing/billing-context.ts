import type { BillingOptions } from './billing-types.ts'

/** What every verb of billing is given: the options of `createBilling` with their defaults filled in. */
export type BillingContext = Required<BillingOptions>
