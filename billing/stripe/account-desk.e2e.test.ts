/** Connecting accounts at Stripe, one after the other: each is a sandbox of its own. */
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secureRandomBytes, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import {
  startStripeSandbox,
  type Fault,
  type FaultRequest,
  type StripeSandbox,
} from '../../stripe-sandbox/index.ts'
import { connectStripe, type StripeConnection } from './index.ts'
import { createSecretStore } from './secrets.ts'
import { createStripeClients } from './stripe-client.ts'
import { aManufacturer, manufacturerId } from './testing/ledger-fixture.ts'
import { apiKey, aStripeWorld, webhookSecret, type StripeWorld } from './testing/stripe-world.ts'

const log = pino({ level: 'silent' })
const secretKey = new Uint8Array(32).fill(7)
const wish = { amountsMinor: [1_000n], totalMinor: 1_000n }
const otherKey = 'sk_test_other'
const other = { apiKey: otherKey, webhookSecret }
let world: StripeWorld
let before: StripeConnection
/** The account that takes the place of the first. */
let sandbox: StripeSandbox
let fault: ReturnType<typeof failing> | undefined
let after: StripeConnection

/** Nothing is collected by itself. */
beforeEach(async () => {
  fault = undefined
  world = await aStripeWorld({ collectionDelayMs: 600_000 })
  before = world.connect()
  sandbox = await startStripeSandbox({
    host: '127.0.0.1',
    port: 0,
    clock: { now: world.now },
    randomBytes: secureRandomBytes,
    log,
    apiKey: otherKey,
    collectionDelayMs: 600_000,
    webhookRetryMs: 1,
    fault: (request) => fault?.(request),
  })
  after = connectStripe({ ...partsOf(sandbox), ...noMarks })
})
afterEach(async () => {
  await sandbox.close()
  await world.close()
})

const failing =
  (end: string) =>
  ({ path }: FaultRequest): Fault | undefined =>
    path.endsWith(end) ? { kind: 'error_before' } : undefined

const noMarks = { markPaid: () => Promise.resolve(), markUncollectible: () => Promise.resolve() }

const partsOf = ({ host, port }: { readonly host: string; readonly port: number }) => ({
  ledger: world.test.ledger,
  clock: { now: world.now },
  randomBytes: secureRandomBytes,
  log,
  secretKey,
  stripeOptions: { host, port, protocol: 'http' as const, timeoutMs: 5_000 },
})

const connect = (
  connection: StripeConnection,
  credentials: { readonly apiKey: string; readonly webhookSecret: string },
  isConfirmed = false,
  manufacturer = manufacturerId,
) => connection.accountDesk.connectAccount(manufacturer, credentials, { allowLiveKey: true, isConfirmed })

const unconfirmed = (sentence: string) => ({
  code: 'stripe_connection_unconfirmed',
  message: `Confirm that you want this. ${sentence}`,
})

async function account() {
  return await world.test.ledger
    .selectFrom('manufacturers')
    .select(['stripe_mode', 'stripe_account_id'])
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
}

/** As if the account so far were another one than the sandbox says of itself. */
async function isCalled(stripe_account_id: string | null): Promise<void> {
  await world.test.ledger
    .updateTable('manufacturers')
    .set({ stripe_account_id })
    .where('id', '=', manufacturerId)
    .execute()
}

/** "number status" of what the other account has. */
const there = () => sandbox.inspect().invoices.map(({ number, status }) => `${number} ${status}`)

async function aFinalized(id: string): Promise<InvoiceId> {
  const invoiceId = await world.issue({ ...wish, id })
  await before.pusher.pushWaiting()
  return invoiceId
}

describe('another account', () => {
  it('is refused with all that would come of it, and nothing has changed', async () => {
    await aFinalized('inv_1')
    await isCalled('acct_before')
    await world.issue({ ...wish, id: 'inv_2' })
    await world.issue({ ...wish, id: 'inv_3', currency: 'CHF', amountsMinor: [250n], totalMinor: 250n })
    const steps = await world.steps()
    await expect(connect(after, other)).rejects.toMatchObject(
      unconfirmed(
        'The key is of acct_sandbox in test mode, and connected is acct_before in test mode. ' +
          'Customers that are made anew and have to save again what is charged: 1. ' +
          'Open invoices that stay in the account before, to be closed there by hand since nobody here learns any more that they are paid: 1. ' +
          'Issued invoices that go to Stripe at once: 2, over CHF\u00A02.50 and €10.00.',
      ),
    )
    expect(await account()).toEqual({ stripe_mode: 'test', stripe_account_id: 'acct_before' })
    expect((await before.secrets.getStripeCredentials(manufacturerId)).apiKey).toBe(apiKey)
    expect(await world.steps()).toEqual(steps)
  })

  it('gets what was not finalized, from a new draft of a new customer', async () => {
    const { id } = await world.aPerson().customers.create({})
    await world.aPerson().customers.createBalanceTransaction(id, { amount: 5, currency: 'eur' })
    await world.link('cust_inv_1', id)
    const invoiceId = await world.issue({ ...wish, id: 'inv_1' })
    await before.pusher.pushWaiting()
    expect((await world.steps(invoiceId)).slice(-2)).toEqual([
      'add_lines 1 done',
      'finalize_invoice 1 parked',
    ])
    await isCalled('acct_before')
    await connect(after, other, true)
    expect(await after.paymentDesk.readPayment(manufacturerId, 'cust_inv_1')).toMatchObject({
      stripeCustomerId: undefined,
    })
    expect((await after.pusher.pushWaiting()).finalized).toEqual([invoiceId])
    expect(there()).toEqual(['NR-inv_1 open'])
    expect(sandbox.inspect().invoices).toMatchObject([{ total: 1_000, lines: { data: [{ amount: 1_000 }] } }])
    expect(await after.accountDesk.listLeft(manufacturerId, { limit: 10 })).toEqual([])
  })

  it('gets nothing that was finalized in the one before, whatever becomes of it here', async () => {
    const open = await aFinalized('inv_1')
    const late = await aFinalized('inv_2')
    await isCalled('acct_before')
    await connect(after, other, true)
    const steps = await world.steps()
    await world.payOutside(open)
    await world.credit('crn_1', late, 300n)
    await world.setStatus(late, 'uncollectible')
    await after.pusher.pushWaiting()
    await after.sweeper.sweep()
    expect(await world.steps()).toEqual(steps)
    expect(there()).toEqual([])
    expect(world.documentsOf(open)).toMatchObject([{ status: 'open' }])
    expect(await after.accountDesk.listLeft(manufacturerId, { limit: 10 })).toMatchObject([
      { invoiceId: open, number: 'NR-inv_1', accountId: 'acct_before', mode: 'test', status: 'open' },
      { invoiceId: late, status: 'open', leftAt: world.now() },
    ])
    expect(await after.accountDesk.listLeft(manufacturerId, { limit: 1, after: open })).toMatchObject([
      { invoiceId: late },
    ])
    expect(await after.paymentDesk.readCollection(manufacturerId, late)).toMatchObject({
      status: 'gone',
      payUrl: undefined,
    })
  })

  it('leaves what was being finalized, since Stripe may have done it', async () => {
    const invoiceId = await world.issue({ ...wish, id: 'inv_1' })
    world.setFault(failing('/finalize'))
    await before.pusher.pushWaiting()
    await isCalled('acct_before')
    await connect(after, other, true)
    await after.pusher.pushWaiting()
    expect(there()).toEqual([])
    expect(await after.accountDesk.listLeft(manufacturerId, { limit: 10 })).toMatchObject([{ invoiceId }])
    expect(await world.problemsOf(invoiceId)).toEqual([
      ['finalize_invoice', 'superseded', expect.stringContaining('Another Stripe account was connected')],
    ])
  })

  it('counts the money that the one before had collected', async () => {
    const invoiceId = await aFinalized('inv_1')
    const [document] = world.documentsOf(invoiceId)
    await world.aPerson().invoices.pay(document?.id ?? '')
    await before.inbox.lookAtInvoices([{ invoiceId, manufacturerId, stripeInvoiceId: document?.id ?? '' }])
    await isCalled('acct_before')
    await connect(after, other, true)
    expect(await after.accountDesk.listLeft(manufacturerId, { limit: 10 })).toEqual([])
    expect(await after.paymentDesk.readCollection(manufacturerId, invoiceId)).toMatchObject({
      status: 'paid',
      collectedMinor: 1_000n,
    })
  })

  it('makes its own customer for who saves a card', async () => {
    await aFinalized('inv_1')
    await isCalled('acct_before')
    await connect(after, other, true)
    await after.paymentDesk.openPaymentSetup(manufacturerId, 'cust_inv_1', 'https://usance.example/app')
    expect(sandbox.inspect().customers).toHaveLength(1)
  })

  it('is known by a customer that it never had, where no key says whose it is', async () => {
    await aFinalized('inv_1')
    await isCalled(null)
    // Stripe does not say it, of neither key.
    world.setFault(failing('/v1/account'))
    fault = failing('/v1/account')
    await expect(connect(after, other)).rejects.toMatchObject({ code: 'stripe_connection_unconfirmed' })
  })

  it('has nothing sent to the one before by a run that began earlier', async () => {
    const secrets = createSecretStore(partsOf(sandbox))
    const clients = createStripeClients(secrets, partsOf(world.sandbox).stripeOptions)
    const early = await clients.getClient(manufacturerId)
    await early.customers.list()
    clients.retire(manufacturerId)
    await expect(early.customers.list()).rejects.toMatchObject({ type: 'StripeConnectionError' })
    await (await clients.getClient(manufacturerId)).customers.list()
  })

  it('leaves documents of other manufacturers alone (I12)', async () => {
    const foreign = 'man_other' as ManufacturerId
    await aManufacturer(world.test.ledger, foreign, 'OTHER')
    await world.setKey(foreign, apiKey)
    const theirs = await world.issue({ ...wish, id: 'inv_9', manufacturerId: foreign })
    await before.pusher.pushWaiting()
    await world.issue({ ...wish, id: 'inv_8', manufacturerId: foreign })
    const steps = await world.steps()
    await isCalled('acct_before')
    await connect(after, other, true)
    expect(await world.steps()).toEqual(steps)
    expect(await before.accountDesk.listLeft(foreign, { limit: 10 })).toEqual([])
    expect(await before.paymentDesk.readCollection(foreign, theirs)).toMatchObject({ status: 'open' })
  })
})

describe('the other mode', () => {
  it('is another account, also where Stripe cannot be asked whose key it is', async () => {
    await aFinalized('inv_1')
    const live = { apiKey: 'sk_live_other', webhookSecret }
    await expect(connect(before, live)).rejects.toMatchObject(
      unconfirmed(
        'The key is of an account in live mode, and connected is acct_sandbox in test mode. ' +
          'Customers that are made anew and have to save again what is charged: 1. ' +
          'Open invoices that stay in the account before, to be closed there by hand since nobody here learns any more that they are paid: 1.',
      ),
    )
    await connect(before, live, true)
    expect(await account()).toEqual({ stripe_mode: 'live', stripe_account_id: null })
    expect(await before.accountDesk.listLeft(manufacturerId, { limit: 10 })).toMatchObject([
      { mode: 'test', accountId: 'acct_sandbox' },
    ])
  })
})

describe('another key of the same account', () => {
  it('is entered without a word, and everything goes on', async () => {
    await aFinalized('inv_1')
    await world.issue({ ...wish, id: 'inv_2' })
    const steps = await world.steps()
    await connect(before, { apiKey, webhookSecret: 'whsec_next' })
    expect(await account()).toEqual({ stripe_mode: 'test', stripe_account_id: 'acct_sandbox' })
    expect(await world.steps()).toEqual(steps)
    expect((await before.pusher.pushWaiting()).finalized).toEqual(['inv_2'])
  })

  it('is entered while Stripe cannot be reached', async () => {
    await aFinalized('inv_1')
    await sandbox.close()
    await connect(after, { apiKey: 'sk_test_rolled', webhookSecret })
    expect(await account()).toEqual({ stripe_mode: 'test', stripe_account_id: null })
  })
})

describe('the first account', () => {
  const fresh = 'man_fresh' as ManufacturerId
  const first = { apiKey, webhookSecret }

  it('is connected without a word before anything was issued', async () => {
    await aManufacturer(world.test.ledger, fresh, 'FRESH')
    await connect(before, first, false, fresh)
    expect((await before.secrets.getStripeCredentials(fresh)).apiKey).toBe(apiKey)
  })

  it('says first how many issued invoices go there and of which sum', async () => {
    await aManufacturer(world.test.ledger, fresh, 'FRESH')
    await world.issue({ ...wish, id: 'inv_1', manufacturerId: fresh })
    await world.issue({ ...wish, id: 'inv_2', manufacturerId: fresh })
    const gone = await world.issue({ ...wish, id: 'inv_3', manufacturerId: fresh })
    await world.setStatus(gone, 'void')
    await expect(connect(before, first, false, fresh)).rejects.toMatchObject(
      unconfirmed('Issued invoices that go to Stripe at once: 2, over €20.00.'),
    )
    await expect(before.secrets.getStripeCredentials(fresh)).rejects.toMatchObject({
      code: 'stripe_not_configured',
    })
    await connect(before, first, true, fresh)
    await before.pusher.pushWaiting()
    expect(world.sandbox.inspect().invoices.map(({ number }) => number)).toEqual(['NR-inv_1', 'NR-inv_2'])
  })
})
