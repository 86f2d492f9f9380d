import type { Actor } from '../core/index.ts'
import type { BillingOptions, OnMade } from './billing-types.ts'

/** What every verb of billing is given: the options of `createBilling` with their defaults filled in. */
export type BillingContext = Required<BillingOptions>

/** What a changing verb is given besides: in whose name the change stands in the audit trail, and whom it tells what it made. */
export type ChangingContext = BillingContext & { readonly actor: Actor; readonly onMade: OnMade }
