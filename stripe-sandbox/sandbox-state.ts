/**
 * Everything that the sandbox remembers, in memory and, when a file is named, in that file after every change.
 *
 * The file is written whole (to a temporary name, then renamed) before the answer is sent, which suits a demo and a
 * test, not thousands of invoices.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Stripe } from 'stripe'

/** The customer is never expanded here. */
export type SandboxInvoice = Stripe.Invoice & { readonly customer: string }

/** `invoice.lines` is left empty here; answers show the first page of `lines`. */
export type StoredInvoice = {
  readonly invoice: SandboxInvoice
  readonly lines: readonly Stripe.InvoiceLineItem[]
}

export type StoredAnswer = {
  readonly fingerprint: string
  readonly status: number
  readonly body: string
  readonly storedAt: number
}

/** A request that changed something: not a replay, not a refusal. */
export type Mutation = {
  readonly operation: string
  readonly path: string
  readonly idempotencyKey: string | undefined
}

export type SandboxState = {
  readonly customers: Map<string, Stripe.Customer>
  readonly invoices: Map<string, StoredInvoice>
  readonly events: Map<string, Stripe.Event>
  readonly answers: Map<string, StoredAnswer>
  readonly mutations: Mutation[]
}

type StateFile = {
  readonly customers: [string, Stripe.Customer][]
  readonly invoices: [string, StoredInvoice][]
  readonly events: [string, Stripe.Event][]
  readonly answers: [string, StoredAnswer][]
  readonly mutations: Mutation[]
}

export function loadState(file: string | undefined): SandboxState {
  const kept: Partial<StateFile> =
    file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StateFile) : {}
  return {
    customers: new Map(kept.customers),
    invoices: new Map(kept.invoices),
    events: new Map(kept.events),
    answers: new Map(kept.answers),
    mutations: kept.mutations ?? [],
  }
}

export function saveState(state: SandboxState, file: string): void {
  const content: StateFile = {
    customers: [...state.customers],
    invoices: [...state.invoices],
    events: [...state.events],
    answers: [...state.answers],
    mutations: state.mutations,
  }
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 })
  renameSync(temporary, file)
}
