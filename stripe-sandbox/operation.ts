/**
 * What an endpoint is: a check of the parameters and, apart from it, the work. Only what happens in the work is kept
 * under an idempotency key; a request that the check refuses may be corrected and sent again with the same key.
 */
import type { Stripe } from 'stripe'
import type { FormTree } from './form-decoding.ts'
import type { SandboxState, StoredCustomer, StoredInvoice } from './sandbox-state.ts'
import type { SearchIndex } from './search-index.ts'

type EventType = Stripe.Event['type']

/** What an event of this type is about. */
export type EventObject<Type extends EventType = EventType> = Extract<
  Stripe.Event,
  { readonly type: Type }
>['data']['object']

export type SandboxContext = {
  readonly state: SandboxState
  /** What search sees, which lags behind. */
  readonly searchable: {
    readonly invoices: SearchIndex<StoredInvoice>
    readonly customers: SearchIndex<StoredCustomer>
  }
  readonly settings: SandboxSettings
  /** Milliseconds since 1970 on the sandbox's own clock. */
  readonly nowMs: () => number
  /** Whole seconds since 1970, as in all objects. */
  readonly nowSecond: () => number
  readonly newId: (prefix: string) => string
  /** Where the sandbox is reached, without a slash at the end. */
  readonly url: () => string
  /** Records an event about `object` and has it delivered. */
  readonly emit: <Type extends EventType>(type: Type, object: EventObject<Type>) => void
  /** Has `work` done when the sandbox's clock reaches this instant; forgotten at a restart. */
  readonly schedule: (atMs: number, work: () => void) => void
}

export type SandboxSettings = {
  /** Customers are created with a card that works. */
  readonly newCustomersPay: boolean
  /** From finalizing with `auto_advance` to the first attempt to collect. */
  readonly collectionDelayMs: number
  /** From receiving a meter event to its counting. */
  readonly meterLagMs: number
  /** What is wrong with a meter event is found out after the lag, and not told to its sender. */
  readonly meterRejectsLater: boolean
}

export type Operation = {
  readonly name: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for one path segment. */
  readonly path: string
  /**
   * `id` and `subId` are the first and the second `{id}` of the path.
   *
   * @throws StripeFailure when the parameters are wrong. The function that it returns does the work.
   */
  prepare(context: SandboxContext, form: FormTree, id: string, subId: string): () => object
}

export const API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion
