/**
 * What Stripe is to be told next about a customer, an invoice and its credit notes: pure, from what the ledger says and what Stripe was
 * told. Whoever changes one of these asks again in the same transaction (`follow-documents.ts`), so the answer never depends on who
 * asked first.
 *
 * - An invoice goes draft → lines → finalized. Paid elsewhere before there is a draft, it does not go at all; void before it is
 *   finalized, its draft is deleted.
 * - Finalized, Stripe learns that it is void, was paid elsewhere, or is written off; each once. What Stripe collected of a void one is
 *   given back.
 * - Credit notes follow once the invoice is finalized, one at a time: how one is split depends on those before it.
 */
import { isSideStep, type CustomerStepName, type StepName, type StepState } from './outbox-steps.ts'

export type ChainStep = {
  readonly id: bigint
  readonly step: StepName
  readonly state: StepState
  readonly generation: bigint
  readonly attempts: bigint
}

export type InvoiceFacts = {
  readonly status: 'issued' | 'paid' | 'void' | 'uncollectible'
  /** Paid, and not by Stripe alone. */
  readonly isPaidOutside: boolean
  readonly hasLines: boolean
  /** A draft or more is at Stripe, its id adopted. */
  readonly hasDraft: boolean
  /** Stripe asks for nothing any more. */
  readonly isSettledThere: boolean
  /** Money that Stripe collected and has not given back, and did not fail to. */
  readonly isCollected: boolean
  /** The invoice's own chain, oldest first. */
  readonly chain: readonly ChainStep[]
  /** The credit notes in the order of their issue. */
  readonly creditNotes: readonly { readonly id: string; readonly chain: readonly ChainStep[] }[]
}

export function wantedInvoiceStep(invoice: InvoiceFacts): StepName | undefined {
  const { status, chain } = invoice
  const isDone = (step: StepName) => chain.some((each) => each.step === step && each.state === 'done')
  if (isDone('delete_draft')) return undefined
  if (!isDone('finalize_invoice')) {
    if (status === 'void') return invoice.hasDraft ? 'delete_draft' : undefined
    if (!invoice.hasDraft) return invoice.isPaidOutside ? undefined : 'create_invoice'
    return invoice.hasLines && !isDone('add_lines') ? 'add_lines' : 'finalize_invoice'
  }
  if (status === 'void') {
    if (invoice.isCollected) return 'refund_payment'
    const isEnded = invoice.isSettledThere || isDone('void_invoice') || isDone('refund_payment')
    return isEnded ? undefined : 'void_invoice'
  }
  if (invoice.isPaidOutside) return isDone('pay_out_of_band') ? undefined : 'pay_out_of_band'
  const isGivenUp = status === 'uncollectible' && !invoice.isSettledThere
  if (isGivenUp && !isDone('mark_uncollectible')) return 'mark_uncollectible'
  return undefined
}

/** The credit note whose turn it is. */
export function wantedCreditNote({ status, chain, creditNotes }: InvoiceFacts): string | undefined {
  const isFinalized = chain.some(({ step, state }) => step === 'finalize_invoice' && state === 'done')
  if (!isFinalized || status === 'void') return undefined
  const open = creditNotes.filter((note) => stateOf(note) !== 'done' && stateOf(note) !== 'parked')
  return open.some((note) => stateOf(note) === 'waiting') ? undefined : open[0]?.id
}

function stateOf({ chain }: { readonly chain: readonly ChainStep[] }): StepState | undefined {
  return chain.findLast(({ state }) => state !== 'superseded')?.state
}

export type CustomerFacts = {
  readonly isKnown: boolean
  /** Name, address and so on differ from what Stripe was last told. */
  readonly isChanged: boolean
  readonly chain: readonly ChainStep[]
}

export function wantedCustomerStep({ isKnown, isChanged }: CustomerFacts): CustomerStepName | undefined {
  if (!isKnown) return 'create_customer'
  return isChanged ? 'update_customer' : undefined
}

export type Decision = {
  /** A step that is no longer wanted and was never sent, or one that is parked and overtaken. */
  readonly supersede: bigint | undefined
  readonly insert: StepName | undefined
}

const nothing: Decision = { supersede: undefined, insert: undefined }

/**
 * A step whose outcome is unknown is left to end first; one that is parked and still wanted stays parked until a person takes it up again.
 * A customer's step that is not wanted any more is left alone too: it does no harm.
 */
export function decide(chain: readonly ChainStep[], wanted: StepName | undefined): Decision {
  const open = chain.findLast(
    ({ step, state }) => !isSideStep(step) && (state === 'waiting' || state === 'parked'),
  )
  if (open === undefined) return { supersede: undefined, insert: wanted }
  if (open.step === wanted) return nothing
  if (open.state === 'waiting' && open.attempts > 0n) return nothing
  return { supersede: open.id, insert: wanted }
}

export function nextGeneration(chain: readonly ChainStep[], step: StepName): bigint {
  return (
    chain.reduce(
      (most, each) => (each.step === step && each.generation > most ? each.generation : most),
      0n,
    ) + 1n
  )
}
