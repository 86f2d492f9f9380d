/**
 * Writes down what Stripe is to be told next, in the transaction of whatever changed: a document was issued, voided, written off, paid, a credit
 * note was made, Stripe answered. What it is, `wanted-step.ts` decides; a chain that had no step yet begins only where the
 * document is issued.
 */
import type { Transaction } from 'kysely'
import type { CreditNoteId, InvoiceId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import { closeStep, insertSteps, type NewStep, type StepName, type StepSubject } from './outbox-steps.ts'
import { readFollowedCustomers, readFollowedInvoices, type FollowedInvoice } from './push-facts.ts'
import {
  decide,
  nextGeneration,
  wantedCreditNote,
  wantedCustomerStep,
  wantedInvoiceStep,
  type ChainStep,
} from './wanted-step.ts'

type Following = { readonly invoiceId: InvoiceId; readonly now: number; readonly isNew?: boolean }

/** What is asked in one turn of one transaction is answered together. */
export const followInvoice = gatherCalls(
  async (transaction: Transaction<LedgerTables>, asked: readonly Following[]) => {
    const [{ now } = { now: 0 }] = asked
    const isNew = new Set(asked.filter((each) => each.isNew === true).map(({ invoiceId }) => invoiceId))
    const found = await readFollowedInvoices(transaction, [
      ...new Set(asked.map(({ invoiceId }) => invoiceId)),
    ])
    const followed = found.filter(
      ({ subject, facts }) =>
        facts.chain.length > 0 || (subject.invoiceId !== undefined && isNew.has(subject.invoiceId)),
    )
    const steps: NewStep[] = []
    for (const invoice of followed) steps.push(...(await stepsOf(transaction, invoice, now)))
    const begun = steps.filter(({ step }) => step === 'create_invoice')
    steps.unshift(...(await customerStepsOf(transaction, begun, now)))
    await insertSteps(transaction, steps, now)
    return asked.map(() => undefined)
  },
)

/** Brings what Stripe knows of a customer up to date, as documents do that are issued. */
export async function followCustomer(
  transaction: Transaction<LedgerTables>,
  subject: StepSubject,
  now: number,
): Promise<void> {
  await insertSteps(transaction, await customerStepsOf(transaction, [subject], now), now)
}

async function stepsOf(
  transaction: Transaction<LedgerTables>,
  { subject, facts }: FollowedInvoice,
  now: number,
): Promise<readonly NewStep[]> {
  const own = await takeStep(transaction, subject, facts.chain, wantedInvoiceStep(facts), now)
  const noteId = wantedCreditNote(facts)
  const note = facts.creditNotes.find(({ id }) => id === noteId)
  if (note === undefined) return own
  const ofNote = { ...subject, creditNoteId: note.id as CreditNoteId }
  return [...own, ...(await takeStep(transaction, ofNote, note.chain, 'create_credit_note', now))]
}

async function customerStepsOf(
  transaction: Transaction<LedgerTables>,
  subjects: readonly StepSubject[],
  now: number,
): Promise<readonly NewStep[]> {
  if (subjects.length === 0) return []
  const steps: NewStep[] = []
  for (const { subject, facts } of await readFollowedCustomers(transaction, subjects)) {
    steps.push(...(await takeStep(transaction, subject, facts.chain, wantedCustomerStep(facts), now)))
  }
  return steps
}

/** Ends what is not wanted any more; returns what is to be inserted. */
async function takeStep(
  transaction: Transaction<LedgerTables>,
  subject: StepSubject,
  chain: readonly ChainStep[],
  wanted: StepName | undefined,
  now: number,
): Promise<readonly NewStep[]> {
  const { supersede, insert } = decide(chain, wanted)
  if (supersede !== undefined) {
    const { state } = chain.find(({ id }) => id === supersede) ?? {}
    if (state === 'parked') await endParked(transaction, supersede, now)
    else await closeStep(transaction, supersede, { state: 'superseded', done_at: now })
  }
  return insert === undefined ? [] : [{ ...subject, step: insert, generation: nextGeneration(chain, insert) }]
}

async function endParked(transaction: Transaction<LedgerTables>, id: bigint, now: number): Promise<void> {
  await transaction
    .updateTable('outbox_steps')
    .set({ state: 'superseded', done_at: now })
    .where('id', '=', id)
    .where('state', '=', 'parked')
    .execute()
}
