/**
 * Connecting a manufacturer's Stripe account. What happens to documents by that is said first and has to be confirmed: what was issued
 * before goes to Stripe at once, and of an account that is left customers are forgotten while its open invoices stay there
 * (`leave-account.ts`). Another key of the same account is entered without a word.
 */
import type { Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { AppError, formatMoney, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { stripeErrors } from './errors.ts'
import { leaveAccount, readBacklog, readLeaving, type Backlog, type Leaving } from './leave-account.ts'
import { findAccountId, isCustomerUnknown, modeOf, type KeyOwner } from './own-account.ts'
import { assertCredentials, type SecretStore, type StripeCredentials } from './secrets.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'

/** Perhaps collected there; what is gone was perhaps only not found. */
const openThere = ['draft', 'open', 'uncollectible', 'gone'] as const

export type LeftInvoice = {
  readonly invoiceId: InvoiceId
  readonly number: string
  readonly stripeInvoiceId: string
  readonly accountId: string | undefined
  readonly mode: 'test' | 'live'
  /** What Stripe said of it at last; undefined where it was being finalized and did not answer. */
  readonly status: (typeof openThere)[number] | undefined
  readonly leftAt: number
}

export type AccountDesk = {
  /**
   * Stores key and webhook secret; `alsoInTransaction` runs in the same transaction.
   * @throws AppError `stripe_connection_unconfirmed` where something would come of it that nobody confirmed; as
   * `SecretStore.setStripeCredentials`
   */
  connectAccount(
    manufacturerId: ManufacturerId,
    credentials: StripeCredentials,
    options: {
      readonly allowLiveKey: boolean
      readonly isConfirmed: boolean
      readonly alsoInTransaction?: (transaction: Transaction<LedgerTables>) => Promise<void>
    },
  ): Promise<void>
  /** Invoices that were not settled in an account when it was left, by id; at most `limit`, after the invoice `after`. */
  listLeft(
    manufacturerId: ManufacturerId,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly LeftInvoice[]>
}

export function createAccountDesk(
  { ledger, clock }: StripeParts,
  secrets: SecretStore,
  clients: StripeClients,
): AccountDesk {
  /** What is connected so far; undefined before anything was. */
  async function readConnected(manufacturerId: ManufacturerId): Promise<KeyOwner | undefined> {
    const row = await ledger
      .selectFrom('manufacturers')
      .select(['stripe_mode', 'stripe_account_id'])
      .where('id', '=', manufacturerId)
      .executeTakeFirst()
    if (row === undefined || row.stripe_mode === null) return undefined
    const accountId =
      row.stripe_account_id ??
      (await findAccountId(await ignoringSetUp(() => clients.getClient(manufacturerId))))
    return { mode: row.stripe_mode, accountId }
  }

  async function isLeft(
    manufacturerId: ManufacturerId,
    before: KeyOwner,
    next: KeyOwner,
    stripe: Stripe | undefined,
  ): Promise<boolean> {
    if (before.mode !== next.mode) return true
    if (before.accountId !== undefined && next.accountId !== undefined) {
      return before.accountId !== next.accountId
    }
    const known = await ledger
      .selectFrom('stripe_customers')
      .innerJoin('customers', 'customers.id', 'stripe_customers.customer_id')
      .select('stripe_customer_id')
      .where('customers.manufacturer_id', '=', manufacturerId)
      .orderBy('adopted_at', 'desc')
      .executeTakeFirst()
    return known !== undefined && (await isCustomerUnknown(stripe, known.stripe_customer_id))
  }

  return {
    async connectAccount(manufacturerId, credentials, { allowLiveKey, isConfirmed, alsoInTransaction }) {
      assertCredentials(credentials, allowLiveKey)
      const { apiKey } = credentials
      const stripe = await ignoringSetUp(async () => clients.connect(manufacturerId, apiKey))
      const next = { mode: modeOf(apiKey), accountId: await findAccountId(stripe) }
      const before = await readConnected(manufacturerId)
      const left = before && (await isLeft(manufacturerId, before, next, stripe)) ? before : undefined
      await secrets.setStripeCredentials(manufacturerId, credentials, {
        allowLiveKey,
        ...(next.accountId !== undefined && { accountId: next.accountId }),
        async alsoInTransaction(transaction) {
          if (!isConfirmed && (before === undefined || left !== undefined)) {
            const leaving = left === undefined ? undefined : await readLeaving(transaction, manufacturerId)
            assertNothingComesOfIt(await readBacklog(transaction, manufacturerId), { left, leaving, next })
          }
          if (left !== undefined) await leaveAccount(transaction, manufacturerId, left, clock.now())
          await alsoInTransaction?.(transaction)
        },
      })
      if (left !== undefined) clients.retire(manufacturerId)
    },

    async listLeft(manufacturerId, { limit, after = '' }) {
      const rows = await tenantLedger(ledger, manufacturerId)
        .selectFrom('stripe_left_invoices as past')
        .innerJoin('invoices', 'invoices.id', 'past.invoice_id')
        .selectAll('past')
        .select('invoices.number')
        .where('past.invoice_id', '>', after)
        .where((where) => where.or([where('past.status', 'is', null), where('past.status', 'in', openThere)]))
        .orderBy('past.invoice_id')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        invoiceId: row.invoice_id as InvoiceId,
        number: row.number ?? '',
        stripeInvoiceId: row.stripe_invoice_id,
        accountId: row.account_id ?? undefined,
        mode: row.mode,
        status: openThere.find((each) => each === row.status),
        leftAt: row.left_at,
      }))
    },
  }
}

type Change = {
  readonly left: KeyOwner | undefined
  readonly leaving: Leaving | undefined
  readonly next: KeyOwner
}

/** @throws AppError `stripe_connection_unconfirmed`, which says all that would come of it */
function assertNothingComesOfIt(backlog: Backlog, { left, leaving, next }: Change): void {
  const { customers = 0, openInvoices = 0 } = leaving ?? {}
  if (customers + openInvoices + backlog.invoices === 0) return
  const sums = backlog.totals.map((total) => formatMoney(total, 'en')).join(' and ')
  throw stripeErrors.stripe_connection_unconfirmed(
    [
      'Confirm that you want this.',
      ...(left === undefined ? [] : [`The key is of ${saidOf(next)}, and connected is ${saidOf(left)}.`]),
      ...(customers === 0
        ? []
        : [`Customers that are made anew and have to save again what is charged: ${customers}.`]),
      ...(openInvoices === 0
        ? []
        : [
            `Open invoices that stay in the account before, to be closed there by hand since nobody here learns any more that they are paid: ${openInvoices}.`,
          ]),
      ...(backlog.invoices === 0
        ? []
        : [`Issued invoices that go to Stripe at once: ${backlog.invoices}, over ${sums}.`]),
    ].join(' '),
  )
}

function saidOf({ mode, accountId }: KeyOwner): string {
  return accountId === undefined ? `an account in ${mode} mode` : `${accountId} in ${mode} mode`
}

/** A key that cannot be used is no reason against entering another. */
async function ignoringSetUp<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.kind === 'precondition') return undefined
    throw error
  }
}
