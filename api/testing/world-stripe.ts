/**
 * The connection to Stripe of the world: the real one over the world's ledger, so whose documents a caller sees is decided as it is
 * elsewhere. Only what would leave the process is answered here.
 */
import { pino } from 'pino'
import type { Kysely, Transaction } from 'kysely'

import { connectStripe, followInvoice, pushProblems } from '../../billing/index.ts'
import { secureRandomBytes, type Clock, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { ApiStripe } from '../index.ts'

type WorldStripe = {
  readonly api: ApiStripe
  readonly follow: (transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) => Promise<[]>
  readonly saveCard: (customerId: string) => Promise<void>
  readonly fail: (invoiceId: string) => Promise<string>
  readonly leave: (invoiceId: string) => Promise<void>
}

const refused = pushProblems.say('refused_with_code', {
  stripeCode: 'customer_tax_location_invalid',
  stripeMessage: 'The customer has no address.',
})
const saved = { id: 'pm_1', kind: 'card', brand: 'visa', last4: '0341', expiresOn: '2027-04' }

export function createWorldStripe(ledger: Kysely<LedgerTables>, clock: Clock): WorldStripe {
  const { pushDesk, paymentDesk, accountDesk } = connectStripe({
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    secretKey: new Uint8Array(32).fill(7),
    stripeOptions: {},
    markPaid: () => Promise.resolve(),
    markUncollectible: () => Promise.resolve(),
  })
  const api: ApiStripe = {
    pushDesk,
    accountDesk,
    paymentDesk: {
      ...paymentDesk,
      async openPaymentSetup(tenant, customerId) {
        await paymentDesk.readPayment(tenant, customerId)
        return { url: 'https://checkout.stripe.com/c/pay/cs_test_1' }
      },
      async openPaymentPortal(tenant, customerId) {
        await paymentDesk.readPayment(tenant, customerId)
        return { url: 'https://billing.stripe.com/p/session/test_1' }
      },
      async linkCustomer(manufacturerId, customerId, stripeCustomerId) {
        await paymentDesk.readPayment(manufacturerId, customerId)
        await ledger
          .updateTable('stripe_customers')
          .set({ stripe_customer_id: stripeCustomerId })
          .where('customer_id', '=', customerId)
          .execute()
      },
    },
    dashboard: 'https://dashboard.stripe.com',
  }
  return {
    api,
    async follow(transaction, invoiceId) {
      await followInvoice(transaction, { invoiceId, now: clock.now(), isNew: true })
      return []
    },
    async saveCard(customerId) {
      await ledger
        .insertInto('stripe_customers')
        .values({
          customer_id: customerId,
          stripe_customer_id: 'cus_1',
          adopted_at: clock.now(),
          payment_method: JSON.stringify(saved),
        })
        .execute()
    },
    async leave(invoiceId) {
      await ledger
        .insertInto('stripe_left_invoices')
        .values({
          invoice_id: invoiceId,
          stripe_invoice_id: 'in_1',
          account_id: 'acct_1',
          mode: 'test',
          status: 'open',
          left_at: clock.now(),
        })
        .execute()
    },
    async fail(invoiceId) {
      const now = clock.now()
      await ledger
        .insertInto('stripe_payment_states')
        .values({
          invoice_id: invoiceId,
          status: 'open',
          collected_minor: 0n,
          refunded_minor: 0n,
          remaining_minor: 490n,
          attempt_count: 1n,
          next_attempt_at: now + 86_400_000,
          problem: 'failed',
          problem_code: 'insufficient_funds',
          dispute: null,
          disputed_minor: 0n,
          pay_url: 'https://invoice.stripe.com/i/acct_1/test_1',
          checked_at: now,
        })
        .execute()
      const { id } = await ledger
        .updateTable('outbox_steps')
        .set({
          state: 'parked',
          problem: refused.sentence,
          problem_reason: JSON.stringify(refused.reason),
        })
        .where('invoice_id', '=', invoiceId)
        .where('step', '=', 'create_invoice')
        .returning('id')
        .executeTakeFirstOrThrow()
      return id.toString()
    },
  }
}
