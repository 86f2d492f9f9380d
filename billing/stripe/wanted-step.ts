/**
 * What Stripe is to be told next about a customer, an invoice and its credit notes: pure, from what the ledger says and what Stripe was
 * told. Whoever changes one of these asks again in the same transaction (`follow-documents.ts`), so the answer never depends on who
 * asked first.
 *
 * - An invoice goes draft → lines → finalized. Paid elsewhere before there is a draft, it does not go at all; void before it is
 *   finalized, its draft is deleted. A draft that was given up is made anew from the beginning.
 * - Finalized, Stripe learns of each part that was paid elsewhere before it collects the rest, and that the invoice is void, was paid
 *   elsewhere, or is written off; each once.
 * - What Stripe collected of a void one is given back; since nothing is voided on which money came, it is then written off there.
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
  /** A payment is recorded here that Stripe was not told of one by one. */
  readonly hasUntoldPayment: boolean
  /** Finalized with the word not to collect by itself. */
  readonly isHeld: boolean
  readonly hasLines: boolean
  /** A draft or more is at Stripe, its id adopted. */
  readonly hasDraft: boolean
  /** Written off there: nothing opens it again. */
  readonly isGivenUpThere: boolean
  /** Stripe asks for nothing any more. */
  readonly isSettledThere: boolean
  /** Money that Stripe collected and has not given back, and did not fail to. */
  readonly isCollected: boolean
  /** Money that Stripe collected or was told of, given back or not. */
  readonly hasMoneyThere: boolean
  /** The invoice's own chain, oldest first. */
  readonly chain: readonly ChainStep[]
  /** The credit notes in the order of their issue. */
  readonly creditNotes: readonly { readonly id: string; readonly chain: readonly ChainStep[] }[]
}

export function wantedInvoiceStep(invoice: InvoiceFacts): StepName | undefined {
  const { status } = invoice
  const chain = sinceLastDraft(invoice.chain)
  const isDone = (step: StepName) => chain.some((each) => each.step === step && each.state === 'done')
  if (isDone('delete_draft')) return undefined
  if (!isDone('finalize_invoice')) {
    if (status === 'void') return invoice.hasDraft ? 'delete_draft' : undefined
    if (!invoice.hasDraft) {
      const isCleared = !invoice.chain.some(
        ({ step, state }) => step === 'delete_spare_draft' && state === 'waiting',
      )
      return invoice.isPaidOutside || !isCleared ? undefined : 'create_invoice'
    }
    return invoice.hasLines && !isDone('add_lines') ? 'add_lines' : 'finalize_invoice'
  }
  if (status === 'void') {
    if (invoice.isCollected) return 'refund_payment'
    if (invoice.isSettledThere) return undefined
    const last = invoice.hasMoneyThere ? 'mark_uncollectible' : 'void_invoice'
    return isDone(last) ? undefined : last
  }
  const isToldPaid = isDone('pay_out_of_band')
  if (invoice.isPaidOutside) {
    const isKnownThere = isToldPaid || (invoice.isSettledThere && !invoice.hasUntoldPayment)
    return isKnownThere ? undefined : 'pay_out_of_band'
  }
  if (status === 'paid' || invoice.isSettledThere || isToldPaid) return undefined
  if (invoice.hasUntoldPayment) return 'report_payment'
  if (status === 'uncollectible') return isDone('mark_uncollectible') ? undefined : 'mark_uncollectible'
  const isGivenUp = invoice.isGivenUpThere || isDone('mark_uncollectible')
  return invoice.isHeld && !isGivenUp && !isDone('start_collection') ? 'start_collection' : undefined
}

/** What was said of a draft that was given up says nothing of the next. */
function sinceLastDraft(chain: readonly ChainStep[]): readonly ChainStep[] {
  const last = chain.findLastIndex(({ step, state }) => step === 'create_invoice' && state === 'done')
  return chain.slice(Math.max(0, last))
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
 * A step that may have been sent is left to end first; one that is parked and still wanted stays parked until a person takes it up again.
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
