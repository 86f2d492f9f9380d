/** A ledger, the sandbox, and everything that speaks between them, with a clock that tests move. For tests only. */
import { pino } from 'pino'
import type { Kysely, Transaction } from 'kysely'
import { Stripe } from 'stripe'
import {
  HOUR_MS,
  MINUTE_MS,
  secureRandomBytes,
  type InvoiceId,
  type ManufacturerId,
} from '../../../core/index.ts'
import type { LedgerTables } from '../../../db/index.ts'
import {
  startStripeSandbox,
  type Fault,
  type FaultRequest,
  type StripeSandbox,
  type StripeSandboxOptions,
} from '../../../stripe-sandbox/index.ts'
import { readRecordedMoney, readSettlement } from '../../payments/read-payments.ts'
import { settlementOf } from '../../payments/settlement.ts'
import { connectStripe, createSecretStore, followInvoice, type StripeConnection } from '../index.ts'
import {
  aCreditNote,
  aCustomer,
  aLedger,
  anIssuedInvoice,
  issuedAt,
  manufacturerId,
  type InvoiceWish,
  type TestLedger,
} from './ledger-fixture.ts'

export const apiKey = 'sk_test_sandbox'
export const webhookSecret = 'whsec_sandbox'
const secretKey = new Uint8Array(32).fill(7)
const log = pino({ level: 'silent' })

export type StripeWorld = {
  readonly test: TestLedger
  readonly sandbox: StripeSandbox
  readonly now: () => number
  /** Moves the clock of everybody. */
  pass(durationMs: number): void
  /** What happens to requests from now on. */
  setFault(fault: (request: FaultRequest) => Fault | undefined): void
  /** Paid here, as Stripe said. */
  readonly paid: [InvoiceId, number][]
  readonly problems: [InvoiceId, string][]
  connect(ledger?: Kysely<LedgerTables>): StripeConnection
  setKey(manufacturer: ManufacturerId, key: string, secret?: string): Promise<void>
  issue(wish: InvoiceWish): Promise<InvoiceId>
  credit(id: string, invoiceId: InvoiceId, totalMinor: bigint): Promise<void>
  setStatus(invoiceId: InvoiceId, status: 'void' | 'uncollectible'): Promise<void>
  /** After something about the invoice was changed in the ledger. */
  follow(invoiceId: InvoiceId): Promise<void>
  /** Our customer, there already, is this one at Stripe. */
  link(customerId: string, stripeCustomerId: string): Promise<void>
  /** What is open of it, or so much of it, as a person records it. */
  payOutside(invoiceId: InvoiceId, amountMinor?: bigint): Promise<void>
  /** The last of its recorded payments bounced. */
  takeBack(invoiceId: InvoiceId): Promise<void>
  /** Runs and lets 20 minutes pass until nothing waits. */
  drain(connection?: StripeConnection): Promise<void>
  /** A client beside the pusher: a person at Stripe's dashboard. */
  aPerson(): Stripe
  documentsOf(invoiceId: InvoiceId): readonly Stripe.Invoice[]
  /** "step generation state" of each step of the invoice, or of all. */
  steps(invoiceId?: InvoiceId): Promise<readonly string[]>
  /** [step, state, problem] of each step of which something is said. */
  problemsOf(subjectId: string): Promise<readonly unknown[]>
  close(): Promise<void>
}

const noFault = () => undefined

export async function aStripeWorld(options: Partial<StripeSandboxOptions> = {}): Promise<StripeWorld> {
  let now = issuedAt + HOUR_MS
  let fault: (request: FaultRequest) => Fault | undefined = noFault
  const clock = { now: () => now }
  const common = { clock, randomBytes: secureRandomBytes, log, secretKey }
  const test = await aLedger()
  const sandbox = await startStripeSandbox({
    host: '127.0.0.1',
    port: 0,
    clock,
    randomBytes: secureRandomBytes,
    log,
    apiKey,
    collectionDelayMs: 1,
    webhookRetryMs: 1,
    fault: (request) => fault(request),
    ...options,
  })
  const address = { host: sandbox.host, port: sandbox.port, protocol: 'http' } as const
  const paid: StripeWorld['paid'] = []
  const problems: StripeWorld['problems'] = []

  function changing(work: (transaction: Transaction<LedgerTables>) => Promise<unknown>): Promise<unknown> {
    return test.ledger.transaction().execute(work)
  }
  async function setStatus(
    invoiceId: InvoiceId,
    change: { status: 'paid' | 'void' | 'uncollectible'; paid_at?: number },
  ) {
    await changing(async (transaction) => {
      await transaction.updateTable('invoices').set(change).where('id', '=', invoiceId).execute()
      await followInvoice(transaction, { invoiceId, now })
    })
  }

  const world: StripeWorld = {
    test,
    sandbox,
    now: () => now,
    pass: (durationMs) => void (now += durationMs),
    setFault: (next) => void (fault = next),
    paid,
    problems,
    connect: (ledger = test.ledger) =>
      connectStripe({
        ...common,
        ledger,
        stripeOptions: { ...address, pace: { perEndpoint: 100_000, perAccount: 100_000 }, timeoutMs: 5_000 },
        billUrlOf: (invoiceId) => `https://usance.example/bills/${invoiceId}`,
        async markPaid(invoiceId, paidAt) {
          paid.push([invoiceId, paidAt])
          await setStatus(invoiceId, { status: 'paid', paid_at: paidAt })
        },
        markUncollectible: (invoiceId) => setStatus(invoiceId, { status: 'uncollectible' }),
        onPaymentProblem: async (_transaction, invoiceId, { code }) => void problems.push([invoiceId, code]),
      }),
    setKey: (manufacturer, key, secret = webhookSecret) =>
      createSecretStore({ ...common, ledger: test.ledger }).setStripeCredentials(
        manufacturer,
        { apiKey: key, webhookSecret: secret },
        { allowLiveKey: true },
      ),
    async issue(wish) {
      const invoiceId = await anIssuedInvoice(test.ledger, wish)
      await changing((transaction) => followInvoice(transaction, { invoiceId, now, isNew: true }))
      return invoiceId
    },
    async credit(id, invoiceId, totalMinor) {
      await aCreditNote(test.ledger, { id, invoiceId, totalMinor })
      await changing((transaction) => followInvoice(transaction, { invoiceId, now }))
    },
    setStatus: (invoiceId, status) => setStatus(invoiceId, { status }),
    async follow(invoiceId) {
      await changing((transaction) => followInvoice(transaction, { invoiceId, now }))
    },
    async link(customerId, stripeCustomerId) {
      await aCustomer(test.ledger, customerId)
      await test.ledger
        .insertInto('stripe_customers')
        .values({ customer_id: customerId, stripe_customer_id: stripeCustomerId, adopted_at: now })
        .execute()
    },
    async payOutside(invoiceId, amountMinor) {
      await changing(async (transaction) => {
        await recordPayment(transaction, invoiceId, amountMinor, now)
        await followInvoice(transaction, { invoiceId, now })
      })
    },
    async takeBack(invoiceId) {
      await changing(async (transaction) => {
        await reverseLast(transaction, invoiceId, now)
        await followInvoice(transaction, { invoiceId, now })
      })
    },
    async drain(connection = world.connect()) {
      for (let run = 0; run < 14; run += 1) {
        const { waiting } = await connection.pusher.pushWaiting()
        if (waiting === 0) return
        now += 20 * MINUTE_MS
      }
      const left = await test.ledger
        .selectFrom('outbox_steps')
        .select(['subject_id', 'step', 'generation', 'problem'])
        .where('state', '=', 'waiting')
        .execute()
      const said = left.map(({ subject_id, step, generation, problem }) =>
        [subject_id, step, generation, problem].join(' '),
      )
      throw new Error(`still waiting after fourteen runs: ${said.join('; ')}`)
    },
    aPerson: () => new Stripe(apiKey, { ...address, telemetry: false, maxNetworkRetries: 0 }),
    documentsOf: (invoiceId) =>
      sandbox.inspect().invoices.filter(({ metadata }) => metadata?.['invoice_id'] === invoiceId),
    async steps(invoiceId) {
      const rows = await test.ledger
        .selectFrom('outbox_steps')
        .selectAll()
        .$if(invoiceId !== undefined, (query) => query.where('invoice_id', '=', invoiceId ?? null))
        .orderBy('id')
        .execute()
      return rows.map(({ step, state, generation }) => `${step} ${generation} ${state}`)
    },
    async problemsOf(subjectId) {
      const rows = await test.ledger
        .selectFrom('outbox_steps')
        .select(['step', 'state', 'problem'])
        .where('subject_id', '=', subjectId)
        .where('problem', 'is not', null)
        .orderBy('id')
        .execute()
      return rows.map(({ step, state, problem }) => [step, state, problem])
    },
    async close() {
      await sandbox.close()
      await test.close()
    },
  }
  await world.setKey(manufacturerId, apiKey)
  return world
}

const actor = { actor_kind: 'system', actor_id: 'test', actor_name: 'test' } as const

/** As billing does it: the payment and the status in one transaction. */
async function recordPayment(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  wantedMinor: bigint | undefined,
  now: number,
): Promise<void> {
  const { openMinor } = await readSettlement(transaction, invoiceId)
  if (openMinor === 0n) throw new Error('payment_exceeds_open: nothing of the invoice is open')
  const amountMinor = wantedMinor === undefined || wantedMinor > openMinor ? openMinor : wantedMinor
  const { currency } = await transaction
    .selectFrom('invoices')
    .select('currency')
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  const earlier = await transaction
    .selectFrom('invoice_payments')
    .select('id')
    .where('invoice_id', '=', invoiceId)
    .execute()
  await transaction
    .insertInto('invoice_payments')
    .values({
      id: `pay_${earlier.length + 1}_${invoiceId}`,
      invoice_id: invoiceId,
      amount_minor: amountMinor,
      currency,
      received_on: '2026-11-02',
      method: 'cash',
      reference: null,
      reverses_id: null,
      reason: null,
      ...actor,
      created_at: now,
    })
    .execute()
  if (amountMinor < openMinor) return
  await transaction
    .updateTable('invoices')
    .set({ status: 'paid', paid_at: now })
    .where('id', '=', invoiceId)
    .execute()
}

/** As billing does it: an invoice of which something is open without the payment is open again. */
async function reverseLast(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  now: number,
): Promise<void> {
  const payments = await transaction
    .selectFrom('invoice_payments as payment')
    .leftJoin('invoice_payments as reversal', 'reversal.reverses_id', 'payment.id')
    .selectAll('payment')
    .where('payment.invoice_id', '=', invoiceId)
    .where('payment.reverses_id', 'is', null)
    .where('reversal.id', 'is', null)
    .orderBy('payment.id', 'desc')
    .execute()
  const [last] = payments
  if (last === undefined) throw new Error('payment_not_found: there is none')
  const of = { received_on: null, method: null, reverses_id: last.id, reason: 'It bounced.' }
  await transaction
    .insertInto('invoice_payments')
    .values({ ...last, ...of, id: `${last.id}_back`, created_at: now })
    .execute()
  const money = (await readRecordedMoney(transaction, [invoiceId])).get(invoiceId)
  const { status, total_minor: totalMinor } = await transaction
    .selectFrom('invoices')
    .select(['status', 'total_minor'])
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  if (status !== 'paid' || money === undefined) return
  if (settlementOf({ status: 'issued', totalMinor, ...money }).openMinor === 0n) return
  await transaction
    .updateTable('invoices')
    .set({ status: 'issued', paid_at: null })
    .where('id', '=', invoiceId)
    .execute()
}
