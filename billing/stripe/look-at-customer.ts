/** How a customer pays at Stripe, and the wish to pay by what was just saved. */
import type { Kysely, Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { MINUTE_MS, type CustomerId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { insertSteps, type NewStep } from './outbox-steps.ts'

/** What Stripe charges by default, as far as a person has to know it again. */
export type SavedPaymentMethod = {
  readonly id: string
  /** 'card', 'sepa_debit' and so on. */
  readonly kind: string
  readonly brand: string | undefined
  readonly last4: string | undefined
  readonly expiresOn: string | undefined
}

export type OurCustomer = {
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  readonly stripeCustomerId: string
}

export async function findOurCustomer(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  stripeCustomerId: string,
): Promise<OurCustomer | undefined> {
  const row = await ledger
    .selectFrom('stripe_customers')
    .innerJoin('customers', 'customers.id', 'stripe_customers.customer_id')
    .select('customers.id')
    .where('stripe_customer_id', '=', stripeCustomerId)
    .where('customers.manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  return row && { manufacturerId, customerId: row.id as CustomerId, stripeCustomerId }
}

/** Asks what is charged by default and notes it; nothing for a customer that was deleted there. */
export async function lookAtCustomer(
  ledger: Kysely<LedgerTables>,
  stripe: Stripe,
  { customerId, stripeCustomerId }: OurCustomer,
  now: number,
): Promise<void> {
  const customer = await stripe.customers.retrieve(stripeCustomerId, {
    expand: ['invoice_settings.default_payment_method'],
  })
  const method = customer.deleted === true ? null : (customer.invoice_settings.default_payment_method ?? null)
  const saved = method === null || typeof method === 'string' ? undefined : toSaved(method)
  await ledger
    .updateTable('stripe_customers')
    .set({ payment_method: saved === undefined ? null : JSON.stringify(saved), checked_at: now })
    .where('customer_id', '=', customerId)
    .where('stripe_customer_id', '=', stripeCustomerId)
    .execute()
}

function toSaved({ id, type, card, sepa_debit }: Stripe.PaymentMethod): SavedPaymentMethod {
  return {
    id,
    kind: type,
    brand: card?.brand,
    last4: card?.last4 ?? sepa_debit?.last4 ?? undefined,
    expiresOn: card === undefined ? undefined : `${card.exp_year}-${String(card.exp_month).padStart(2, '0')}`,
  }
}

/** Of wishes from before it was noted, `savedAt` is missing. */
type WishCall = {
  readonly id: string
  readonly body: { readonly invoice_settings: { readonly default_payment_method: string } }
  readonly savedAt?: number
}

/** True when the known wish is the same one or a newer one. */
function isSettledBy({ id, body, savedAt = 0 }: WishCall, known: Partial<WishCall>): boolean {
  if (known.id !== id) return false
  const isSame =
    known.body?.invoice_settings.default_payment_method === body.invoice_settings.default_payment_method
  return isSame || (known.savedAt ?? 0) > savedAt
}

/** The requests of a step are over by then. */
const CALL_OVER_MS = 2 * MINUTE_MS

/**
 * What somebody saved last in Checkout is charged from now on; once for each. `savedAt` is Stripe's time in milliseconds: events come late and in
 * any order. It ends the wishes before it, whatever became of them, so that none of them wins by being sent later; if a call for one may
 * still be under way, this one waits until it is over.
 */
export async function wishPaymentMethod(
  transaction: Transaction<LedgerTables>,
  { manufacturerId, customerId, stripeCustomerId }: OurCustomer,
  saved: { readonly id: string; readonly savedAt: number },
  now: number,
): Promise<void> {
  const call: WishCall = {
    id: stripeCustomerId,
    body: { invoice_settings: { default_payment_method: saved.id } },
    savedAt: saved.savedAt,
  }
  const known = await transaction
    .selectFrom('outbox_steps')
    .select(['generation', 'parameters'])
    .where('subject_id', '=', customerId)
    .where('step', '=', 'set_payment_method')
    .orderBy('generation', 'desc')
    .execute()
  if (known.some(({ parameters }) => isSettledBy(call, JSON.parse(parameters ?? '{}') as Partial<WishCall>)))
    return
  const ended = await transaction
    .updateTable('outbox_steps')
    .set({ state: 'superseded', done_at: now })
    .where('subject_id', '=', customerId)
    .where('step', '=', 'set_payment_method')
    .where('state', 'in', ['waiting', 'parked'])
    .returning('attempts')
    .execute()
  const isUnderWay = ended.some(({ attempts }) => attempts > 0n)
  const step: NewStep = {
    manufacturerId,
    customerId,
    invoiceId: undefined,
    creditNoteId: undefined,
    step: 'set_payment_method',
    generation: (known[0]?.generation ?? 0n) + 1n,
    call,
    nextAttemptAt: isUnderWay ? now + CALL_OVER_MS : now,
  }
  await insertSteps(transaction, [step], now)
}
