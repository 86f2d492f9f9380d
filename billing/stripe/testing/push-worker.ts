/**
 * A process that pushes, for the crash run: it does what it is told, and is killed. Told a number of statements, it kills itself
 * with SIGKILL at that statement of the ledger, counted from its start: between two steps, within one, wherever it falls.
 */
import type { Kysely, KyselyPlugin } from 'kysely'
import { pino } from 'pino'
import { secureRandomBytes, type InvoiceId } from '../../../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../../../db/index.ts'
import { connectStripe, followInvoice } from '../index.ts'

export type PushOrder = {
  readonly ledgerFile: string
  readonly port: number
  /** What the clock of the run is ahead of the machine's. */
  readonly offsetMs: number
  readonly dieAtStatement: number | undefined
}

export type PushDone = { readonly waiting: number; readonly nextAttemptAt: number | undefined }

let clockOffsetMs = 0
let left = Number.POSITIVE_INFINITY

const dying: KyselyPlugin = {
  transformQuery({ node }) {
    left -= 1
    if (left < 0) process.kill(process.pid, 'SIGKILL')
    return node
  },
  transformResult: async ({ result }) => result,
}

let connection: ReturnType<typeof connect> | undefined

function connect({ ledgerFile, port }: PushOrder) {
  const clock = { now: () => Date.now() + clockOffsetMs }
  const ledger = openSqliteThread<LedgerTables>(ledgerFile).withPlugin(dying)
  const move = (invoiceId: InvoiceId, change: { status: 'paid' | 'uncollectible'; paid_at?: number }) =>
    markInvoice(ledger, clock.now(), invoiceId, change)
  return connectStripe({
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    stripeOptions: {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      timeoutMs: 2_000,
      pace: { perEndpoint: 100_000, perAccount: 100_000 },
    },
    secretKey: new Uint8Array(32).fill(7),
    markPaid: (invoiceId, paidAt) => move(invoiceId, { status: 'paid', paid_at: paidAt }),
    markUncollectible: (invoiceId) => move(invoiceId, { status: 'uncollectible' }),
  })
}

async function markInvoice(
  ledger: Kysely<LedgerTables>,
  now: number,
  invoiceId: InvoiceId,
  change: { status: 'paid' | 'uncollectible'; paid_at?: number },
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    const { status } = await transaction
      .selectFrom('invoices')
      .select('status')
      .where('id', '=', invoiceId)
      .executeTakeFirstOrThrow()
    if (status !== 'issued' && status !== 'uncollectible') return
    await transaction.updateTable('invoices').set(change).where('id', '=', invoiceId).execute()
    await followInvoice(transaction, { invoiceId, now })
  })
}

process.on('message', (order: PushOrder) => {
  clockOffsetMs = order.offsetMs
  left = order.dieAtStatement ?? Number.POSITIVE_INFINITY
  connection ??= connect(order)
  const { pusher, inbox } = connection
  void (async () => {
    await inbox.processStripeEvents()
    const { waiting, nextAttemptAt } = await pusher.pushWaiting()
    process.send?.({ waiting, nextAttemptAt } satisfies PushDone)
  })()
})
