/**
 * Compares the ledger with what the sandbox has, after everything has come to rest: one sentence for each promise that was broken. It looks
 * at the sandbox's objects themselves, not at anything that the pusher noted, except for what it must explain.
 */
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import type { LedgerTables } from '../../../db/index.ts'
import type { StripeSandbox } from '../../../stripe-sandbox/index.ts'

type Contents = ReturnType<StripeSandbox['inspect']>

export async function auditStripe(
  ledger: Kysely<LedgerTables>,
  contents: Contents,
): Promise<readonly string[]> {
  return [
    ...(await findWrongDocuments(ledger, contents)),
    ...(await findWrongCreditNotes(ledger, contents)),
    ...(await findUnbalanced(ledger, contents)),
    ...(await findUntold(ledger, contents)),
    ...(await findUnexplained(ledger, contents)),
    ...(await findOpenSteps(ledger)),
  ]
}

/** I10: once each, finalized, with our number and total; a void one is void, given back, or not there. */
async function findWrongDocuments(ledger: Kysely<LedgerTables>, { invoices }: Contents): Promise<string[]> {
  const ours = await ledger
    .selectFrom('invoices')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .select(['invoices.id', 'number', 'status', 'total_minor', 'stripe_invoice_id'])
    .execute()
  const byInvoice = Map.groupBy(invoices, ({ metadata }) => metadata?.['invoice_id'] ?? 'nobody')
  const wrong = invoices
    .filter(({ status }) => status === 'draft')
    .map(({ id, metadata }) => `${id} of ${metadata?.['invoice_id']} is still a draft`)
  for (const { id, number, status, total_minor: totalMinor, stripe_invoice_id: adopted } of ours) {
    const found = byInvoice.get(id) ?? []
    const say = found.map((each) => `${each.id} ${each.status} ${each.total}`).join(', ')
    if (status === 'void' && found.length === 0) continue
    const isPaidElsewhere = status === 'paid' && adopted === null
    if (isPaidElsewhere && found.length === 0) continue
    const [only, ...others] = found
    if (only === undefined || others.length > 0) {
      wrong.push(`${id} (${status}) is ${found.length} times at Stripe: ${say}`)
      continue
    }
    if (BigInt(only.total) !== totalMinor || only.number !== number || only.id !== adopted) {
      wrong.push(
        `${id} (${status}, ${number}, ${totalMinor}, ${adopted}) is at Stripe as ${say}, ${only.number}`,
      )
    }
    const wanted = {
      void: ['void', 'paid', 'uncollectible'],
      paid: ['paid'],
      issued: ['open', 'paid'],
      uncollectible: ['uncollectible', 'paid'],
      draft: [],
    }[status]
    if (!wanted.some((each) => each === only.status)) wrong.push(`${id} is ${status}, but at Stripe ${say}`)
  }
  return wrong
}

async function findWrongCreditNotes(
  ledger: Kysely<LedgerTables>,
  { creditNotes }: Contents,
): Promise<string[]> {
  const ours = await ledger
    .selectFrom('credit_notes')
    .innerJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'credit_notes.invoice_id')
    .select(['credit_notes.id', 'total_minor', 'stripe_invoice_id'])
    .where('issued_at', 'is not', null)
    .execute()
  const byNote = Map.groupBy(creditNotes, ({ metadata }) => metadata?.['credit_note_id'] ?? 'nobody')
  const wrong = ours.flatMap(({ id, total_minor: totalMinor, stripe_invoice_id: invoice }) => {
    const found = byNote.get(id) ?? []
    const [only] = found
    const isRight =
      found.length === 1 &&
      only !== undefined &&
      BigInt(only.total) === totalMinor &&
      only.invoice === invoice
    return isRight
      ? []
      : [`${id} of ${totalMinor} is at Stripe as ${found.map(({ total }) => total).join(', ')}`]
  })
  const known = new Set(ours.map(({ id }) => id))
  return [
    ...wrong,
    ...[...byNote.keys()].filter((id) => !known.has(id)).map((id) => `the credit note ${id} is not ours`),
  ]
}

/**
 * Invoiced = collected − refunded + paid elsewhere + credited + open + written off, for each document, by the sandbox's own numbers: what it says was paid and it
 * did not collect came elsewhere. What a credit note gave back out of band is money that came elsewhere and goes elsewhere.
 */
async function findUnbalanced(ledger: Kysely<LedgerTables>, contents: Contents): Promise<string[]> {
  const { invoices, invoicePayments, refunds, creditNotes } = contents
  const states = await ledger.selectFrom('stripe_payment_states').selectAll().execute()
  const stateOf = new Map(states.map((state) => [state.invoice_id, state]))
  const ours = await ledger.selectFrom('invoices').select(['id', 'status']).execute()
  const statusOf = new Map(ours.map(({ id, status }) => [id, status]))
  return invoices.flatMap((invoice) => {
    const ourId = invoice.metadata?.['invoice_id'] ?? ''
    const payments = paymentsOf(invoice, invoicePayments)
    const intents = new Set(payments.map(({ payment }) => payment.payment_intent))
    const collected = sum(payments.map(({ amount_paid }) => amount_paid ?? 0))
    const elsewhere = invoice.amount_paid - collected
    const refunded = sum(
      refunds
        .filter(({ payment_intent, status }) => intents.has(payment_intent ?? '') && status !== 'failed')
        .map(({ amount }) => amount),
    )
    const notes = creditNotes.filter((note) => note.invoice === invoice.id)
    const credited = sum(notes.map(({ total }) => total))
    const outOfBand = sum(notes.map(({ out_of_band_amount }) => out_of_band_amount ?? 0))
    const isVoid = invoice.status === 'void'
    const left = isVoid || invoice.status === 'paid' ? 0 : invoice.amount_remaining
    const isGivenBack =
      statusOf.get(ourId) === 'void' && (invoice.status === 'paid' || invoice.status === 'uncollectible')
    const wrong: string[] = []
    if (isGivenBack && collected !== refunded) {
      wrong.push(`${ourId} is void, and of ${collected} collected ${refunded} was given back`)
    } else if (!isVoid && !isGivenBack) {
      const accounted = collected - refunded + elsewhere - outOfBand + credited + left
      if (accounted !== invoice.total) {
        wrong.push(
          `${ourId}: ${invoice.total} invoiced, but ${collected} collected, ${refunded} refunded, ${elsewhere} elsewhere, ` +
            `${outOfBand} of it given back, ${credited} credited, ${left} open`,
        )
      }
    }
    const state = stateOf.get(ourId)
    const isNoted =
      state !== undefined &&
      state.collected_minor === BigInt(collected) &&
      state.refunded_minor === BigInt(refunded)
    if (!isNoted) {
      wrong.push(
        `${ourId}: noted are ${state?.collected_minor} collected and ${state?.refunded_minor} refunded, at Stripe ${collected} and ${refunded}`,
      )
    }
    return wrong
  })
}

/** What the sandbox collected itself. */
function paymentsOf(
  { id }: Stripe.Invoice,
  invoicePayments: Contents['invoicePayments'],
): Contents['invoicePayments'] {
  return invoicePayments.filter(
    ({ invoice, status, payment }) =>
      invoice === id && status === 'paid' && payment.payment_intent !== undefined,
  )
}

/**
 * Every cent that came elsewhere is known there, unless it came twice, was taken back, or its invoice never went. Where the payment that settled the
 * invoice came there before a credit note that was issued earlier, it counted for more, and the note gave that back out of band.
 */
async function findUntold(
  ledger: Kysely<LedgerTables>,
  { invoices, invoicePayments, creditNotes }: Contents,
): Promise<string[]> {
  const payments = await ledger
    .selectFrom('invoice_payments')
    .select(['invoice_id', 'amount_minor', 'reverses_id'])
    .execute()
  const parked = await ledger
    .selectFrom('outbox_steps')
    .select('invoice_id')
    .where('state', '=', 'parked')
    .execute()
  const hasParked = new Set(parked.map(({ invoice_id }) => invoice_id))
  const ofInvoice = Map.groupBy(payments, ({ invoice_id }) => invoice_id)
  return invoices.flatMap((invoice) => {
    const ourId = invoice.metadata?.['invoice_id'] ?? ''
    const recorded = ofInvoice.get(ourId) ?? []
    if (hasParked.has(ourId) || recorded.some(({ reverses_id }) => reverses_id !== null)) return []
    const recordedMinor = recorded.reduce((total, { amount_minor }) => total + amount_minor, 0n)
    const collected = sum(paymentsOf(invoice, invoicePayments).map(({ amount_paid }) => amount_paid ?? 0))
    const elsewhere = BigInt(invoice.amount_paid - collected)
    const givenBack = sum(
      creditNotes
        .filter((note) => note.invoice === invoice.id)
        .map(({ out_of_band_amount }) => out_of_band_amount ?? 0),
    )
    const isKnown = elsewhere - BigInt(givenBack) <= recordedMinor && recordedMinor <= elsewhere
    return isKnown ? [] : [`${ourId}: ${recordedMinor} came elsewhere, and Stripe knows of ${elsewhere}`]
  })
}

/** Every request that changed something was prepared: its key is a step's, or it deletes what a step says. */
async function findUnexplained(ledger: Kysely<LedgerTables>, { mutations }: Contents): Promise<string[]> {
  const steps = await ledger.selectFrom('outbox_steps').select(['idempotency_key', 'parameters']).execute()
  const keys = new Set(steps.map(({ idempotency_key }) => idempotency_key))
  const deleted = new Set(
    steps.flatMap(({ parameters }) => {
      const { id } = JSON.parse(parameters ?? '{}') as { readonly id?: string }
      return id === undefined ? [] : [`/v1/invoices/${id}`]
    }),
  )
  const seen = new Set<string>()
  return mutations.flatMap(({ operation, path, idempotencyKey }) => {
    if (operation === 'delete_invoice') return deleted.has(path) ? [] : [`${path} was deleted by nobody`]
    const key = idempotencyKey?.replace(/:(?:tax_id|attach)$/, '') ?? ''
    if (!keys.has(key)) return [`${operation} at ${path} with the key "${idempotencyKey}" has no step`]
    const once = `${idempotencyKey} ${operation}`
    if (seen.has(once)) return [`${once} was carried out twice`]
    seen.add(once)
    return []
  })
}

/** Somebody paid elsewhere what Stripe collected at the same time: only a person can give one of the two back. */
const paidTwice = /collected at Stripe and paid outside it as well/

async function findOpenSteps(ledger: Kysely<LedgerTables>): Promise<string[]> {
  const steps = await ledger
    .selectFrom('outbox_steps')
    .select(['subject_id', 'step', 'state', 'problem'])
    .where('state', 'in', ['waiting', 'parked'])
    .execute()
  return steps
    .filter(({ problem }) => problem === null || !paidTwice.test(problem))
    .map(({ subject_id, step, state, problem }) => `${subject_id} ${step} is ${state}: ${problem}`)
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
