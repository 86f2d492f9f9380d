/**
 * What a customer needs to pay through Stripe: where to save a payment method (Checkout in setup mode, which does what banks ask for),
 * where to manage it and see invoices (Stripe's customer portal), and what became of an invoice. Nothing here charges anybody: Stripe does, by
 * itself, once an invoice is finalized.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { recordChange } from '../../audit/index.ts'
import {
  generateId,
  type Actor,
  type CustomerId,
  type ManufacturerId,
  type Tenant,
} from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { billingErrors } from '../errors.ts'
import { findAtStripe, orUnreachable } from './ask-while-waited.ts'
import type { StripePusher } from './create-stripe-pusher.ts'
import { stripeErrors } from './errors.ts'
import { lookAtCustomer, type SavedPaymentMethod } from './look-at-customer.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'

export type CustomerPayment = {
  readonly collectionMethod: 'charge_automatically' | 'send_invoice'
  /** What Stripe calls the customer; undefined before anything went there. */
  readonly stripeCustomerId: string | undefined
  readonly paymentMethod: SavedPaymentMethod | undefined
}

export type InvoiceCollection = {
  readonly status: LedgerTables['stripe_payment_states']['status']
  readonly collectedMinor: bigint
  readonly refundedMinor: bigint
  readonly remainingMinor: bigint
  readonly attemptCount: number
  readonly nextAttemptAt: number | undefined
  readonly problem: { readonly kind: 'failed' | 'requires_action'; readonly code: string } | undefined
  /** A payment is under way that takes days. */
  readonly isProcessing: boolean
  readonly dispute: 'open' | 'won' | 'lost' | undefined
  readonly disputedMinor: bigint
  /** Stripe's page where the customer pays. */
  readonly payUrl: string | undefined
  readonly refunds: readonly {
    readonly id: string
    readonly amountMinor: bigint
    readonly status: LedgerTables['stripe_refunds']['status']
    readonly createdAt: number
  }[]
  readonly checkedAt: number
}

export type PaymentDesk = {
  /** @throws AppError `customer_not_found` */
  readPayment(tenant: Tenant, customerId: string): Promise<CustomerPayment>
  /** Undefined before the invoice was finalized at Stripe. */
  readCollection(tenant: Tenant, invoiceId: string): Promise<InvoiceCollection | undefined>
  /**
   * A page of Stripe where the customer saves a payment method, which is charged from then on.
   * @param returnUrl where the page leads back to, whether something was saved or not
   * @throws AppError `customer_not_found`, `stripe_not_configured`, `stripe_unreachable`
   */
  openPaymentSetup(tenant: Tenant, customerId: string, returnUrl: string): Promise<{ readonly url: string }>
  /** Stripe's portal of the customer. @throws as `openPaymentSetup` */
  openPaymentPortal(tenant: Tenant, customerId: string, returnUrl: string): Promise<{ readonly url: string }>
  /**
   * Uses a customer that is at Stripe already.
   * @throws AppError `customer_not_found`, `stripe_customer_unknown`, `stripe_customer_taken`, `stripe_not_configured`,
   * `stripe_unreachable`
   */
  linkCustomer(
    manufacturerId: ManufacturerId,
    customerId: string,
    stripeCustomerId: string,
    actor: Actor,
  ): Promise<void>
}

type Owned = {
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  readonly currency: string
  readonly language: 'en' | 'de'
}

export function createPaymentDesk(
  { ledger, clock, randomBytes }: StripeParts,
  clients: StripeClients,
  pusher: Pick<StripePusher, 'pushCustomer'>,
): PaymentDesk {
  async function open(
    tenant: Tenant,
    customerId: string,
    work: (stripe: Stripe, stripeCustomerId: string, customer: Owned) => Promise<{ url: string | null }>,
  ): Promise<{ readonly url: string }> {
    const customer = await findCustomer(ledger, tenant, customerId)
    const stripe = await clients.getClient(customer.manufacturerId)
    return await orUnreachable(async () => {
      const stripeCustomerId = await pusher.pushCustomer(customer.manufacturerId, customer.customerId)
      const { url } = await work(stripe, stripeCustomerId, customer)
      if (url === null) throw stripeErrors.stripe_unreachable('Try again in a minute.')
      return { url }
    })
  }
  /** A person who asks twice gets two pages: neither does anything by itself. */
  const once = () => ({ idempotencyKey: `usance:session:${generateId('payment', randomBytes)}` })

  return {
    async readPayment(tenant, customerId) {
      const customer = await findCustomer(ledger, tenant, customerId)
      const row = await ledger
        .selectFrom('customers')
        .leftJoin('stripe_customers', 'stripe_customers.customer_id', 'customers.id')
        .select(['collection_method', 'stripe_customer_id', 'payment_method'])
        .where('customers.id', '=', customer.customerId)
        .executeTakeFirstOrThrow()
      return {
        collectionMethod: row.collection_method,
        stripeCustomerId: row.stripe_customer_id ?? undefined,
        paymentMethod:
          row.payment_method === null ? undefined : (JSON.parse(row.payment_method) as SavedPaymentMethod),
      }
    },

    async readCollection(tenant, invoiceId) {
      const own = tenantLedger(ledger, tenant)
      const row = await own
        .selectFrom('stripe_payment_states')
        .selectAll('stripe_payment_states')
        .where('stripe_payment_states.invoice_id', '=', invoiceId)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const refunds = await own
        .selectFrom('stripe_refunds')
        .selectAll('stripe_refunds')
        .where('stripe_refunds.invoice_id', '=', invoiceId)
        .orderBy('stripe_refunds.created_at')
        .execute()
      return {
        status: row.status,
        collectedMinor: row.collected_minor,
        refundedMinor: row.refunded_minor,
        remainingMinor: row.remaining_minor,
        attemptCount: Number(row.attempt_count),
        nextAttemptAt: row.next_attempt_at ?? undefined,
        problem: row.problem === null ? undefined : { kind: row.problem, code: row.problem_code ?? '' },
        isProcessing: row.is_processing === 1n,
        dispute: row.dispute ?? undefined,
        disputedMinor: row.disputed_minor,
        payUrl: row.pay_url ?? undefined,
        refunds: refunds.map(({ id, amount_minor: amountMinor, status, created_at: createdAt }) => {
          return { id, amountMinor, status, createdAt }
        }),
        checkedAt: row.checked_at,
      }
    },

    openPaymentSetup: (tenant, customerId, returnUrl) =>
      open(tenant, customerId, (stripe, customer, { currency, language: locale }) =>
        stripe.checkout.sessions.create(
          {
            mode: 'setup',
            customer,
            currency: currency.toLowerCase(),
            locale,
            success_url: returnUrl,
            cancel_url: returnUrl,
          },
          once(),
        ),
      ),

    openPaymentPortal: (tenant, customerId, returnUrl) =>
      open(tenant, customerId, (stripe, customer, { language: locale }) =>
        stripe.billingPortal.sessions.create({ customer, return_url: returnUrl, locale }, once()),
      ),

    async linkCustomer(manufacturerId, customerId, stripeCustomerId, actor) {
      const customer = await findCustomer(ledger, manufacturerId, customerId)
      const stripe = await clients.getClient(manufacturerId)
      await orUnreachable(async () => {
        const found = await findAtStripe(stripe, stripeCustomerId)
        if (found === undefined) {
          throw stripeErrors.stripe_customer_unknown(
            `Use the id of a customer of your Stripe account; "${stripeCustomerId.slice(0, 60)}" is none.`,
          )
        }
      })
      await ledger.transaction().execute(async (transaction) => {
        const link = { stripe_customer_id: stripeCustomerId, adopted_at: clock.now(), details_hash: null }
        const before = await transaction
          .selectFrom('stripe_customers')
          .select('stripe_customer_id')
          .where('customer_id', '=', customer.customerId)
          .executeTakeFirst()
        if (before?.stripe_customer_id === stripeCustomerId) return
        await assertFree(transaction, stripeCustomerId)
        await transaction
          .insertInto('stripe_customers')
          .values({ ...link, customer_id: customer.customerId })
          .onConflict((conflict) =>
            conflict.column('customer_id').doUpdateSet({ ...link, payment_method: null, checked_at: null }),
          )
          .execute()
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'customer.stripe_linked',
          subject: { kind: 'customer', id: customer.customerId },
          before: { stripeCustomerId: before?.stripe_customer_id ?? null },
          after: { stripeCustomerId },
          at: clock.now(),
        })
      })
      await orUnreachable(() =>
        lookAtCustomer(ledger, stripe, { ...customer, stripeCustomerId }, clock.now()),
      )
    },
  }
}

/** @throws AppError `stripe_customer_taken`: two of our customers that are one there would pay for each other */
async function assertFree(transaction: Transaction<LedgerTables>, stripeCustomerId: string): Promise<void> {
  const taken = await transaction
    .selectFrom('stripe_customers')
    .select('customer_id')
    .where('stripe_customer_id', '=', stripeCustomerId)
    .executeTakeFirst()
  if (taken === undefined) return
  throw stripeErrors.stripe_customer_taken(
    'Use the id of a customer of your Stripe account that is linked to none of your customers yet.',
  )
}

/** @throws AppError `customer_not_found` */
async function findCustomer(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  customerId: string,
): Promise<Owned> {
  const row = await tenantLedger(ledger, tenant)
    .selectFrom('customers')
    .select(['customers.id', 'customers.manufacturer_id', 'customers.currency', 'customers.language'])
    .where('customers.id', '=', customerId)
    .executeTakeFirst()
  if (row === undefined) throw billingErrors.customer_not_found('Use the id of one of your customers.')
  const manufacturer = await ledger
    .selectFrom('manufacturers')
    .select('currency')
    .where('id', '=', row.manufacturer_id)
    .executeTakeFirstOrThrow()
  return {
    manufacturerId: row.manufacturer_id as ManufacturerId,
    customerId: row.id as CustomerId,
    currency: row.currency ?? manufacturer.currency,
    language: row.language,
  }
}
