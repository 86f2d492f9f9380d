/**
 * What an endpoint is: a check of the parameters and, apart from it, the work. Only what happens in the work is kept
 * under an idempotency key; a request that the check refuses may be corrected and sent again with the same key.
 */
import type { Stripe } from 'stripe'
import type { FormTree } from './form-decoding.ts'
import type { SandboxState } from './sandbox-state.ts'

export type SandboxContext = {
  readonly state: SandboxState
  /** Whole seconds since 1970. */
  nowSecond(): number
  newId(prefix: string): string
  /** Records an event about `object` and has it delivered. */
  emit(type: Stripe.Event['type'], object: Stripe.Invoice | Stripe.Customer): void
  /** Has an open invoice collected a little later. */
  scheduleCollection(invoiceId: string): void
}

export type Operation = {
  readonly name: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for one path segment. */
  readonly path: string
  /** @throws StripeFailure when the parameters are wrong. The function that it returns does the work. */
  prepare(context: SandboxContext, form: FormTree, id: string): () => object
}

export const API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion
