/** Pushes invoices to the sandbox without limits, killed in the middle, and with Stripe's live limits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { startChild } from '../child-calls.ts'
import type { Measured, MeasureContext } from '../run-measurement.ts'
import { fillInvoices } from './fill-invoices.ts'
import type { PusherServerMethods, PushInput, PushOutput } from './pusher-server.ts'
import type { SandboxServerMethods } from './sandbox-server.ts'
import type { StripeSettings } from './stripe-arguments.ts'

const TARGET = { invoicesPerSecond: 300, toLimiter: 0.9 }
const FILL_TIMEOUT_MS = 600_000
const PUSH_TIMEOUT_MS = 3_600_000
const LOOK_EVERY_MS = 50
const apiKey = 'sk_test_bench'
const secretKey = Buffer.alloc(32, 7).toString('base64')
/** What Stripe allows in live mode. */
const livePace = { perEndpoint: 25, perAccount: 100 }
const noPace = { perEndpoint: 1_000_000, perAccount: 1_000_000 }
/** Create, add lines, read back, finalize; a customer for each tenth. */
const REQUESTS_OF_AN_INVOICE = 4.1

type PushResult = PushOutput & {
  readonly invoices: number
  readonly invoicesPerSecond: number
}

export type StripeResult = {
  readonly target: typeof TARGET
  readonly unlimited: PushResult & {
    /** Finalized when the first process was killed; the figures are those of the second. */
    readonly finalizedBeforeKill: number
  }
  readonly limited: PushResult & {
    /** What the limiter lets through: the slower of one endpoint and of all requests together. */
    readonly limiterInvoicesPerSecond: number
    /** Requests that the sandbox refused as too fast. */
    readonly refused: number
    readonly toLimiter: number
  }
}

export async function measureStripe(
  { invoices, limitedInvoices }: StripeSettings,
  { progress, signal }: MeasureContext,
): Promise<Measured<StripeResult>> {
  const unlimited = await pushAll(invoices, { isLimited: false, isKilled: true, signal, progress })
  progress(`${unlimited.push.finalized} invoices in ${unlimited.push.seconds} s after the restart`)
  const limited = await pushAll(limitedInvoices, { isLimited: true, isKilled: false, signal, progress })
  progress(`${limited.push.finalized} invoices in ${limited.push.seconds} s at live limits`)
  const limiterInvoicesPerSecond = Number(
    Math.min(livePace.perEndpoint, livePace.perAccount / REQUESTS_OF_AN_INVOICE).toFixed(2),
  )
  const ofLimited = toResult(limited.push, limitedInvoices)
  return {
    result: {
      target: TARGET,
      unlimited: {
        ...toResult(unlimited.push, invoices),
        finalizedBeforeKill: unlimited.finalizedBeforeKill,
      },
      limited: {
        ...ofLimited,
        limiterInvoicesPerSecond,
        refused: limited.refused,
        toLimiter: Number((ofLimited.invoicesPerSecond / limiterInvoicesPerSecond).toFixed(3)),
      },
    },
    faults: [...unlimited.faults, ...limited.faults],
  }
}

function toResult(push: PushOutput, invoices: number): PushResult {
  return { invoices, ...push, invoicesPerSecond: Number((push.finalized / push.seconds).toFixed(2)) }
}

async function pushAll(
  invoices: number,
  {
    isLimited,
    isKilled,
    signal,
    progress,
  }: Pick<MeasureContext, 'signal' | 'progress'> & {
    readonly isLimited: boolean
    readonly isKilled: boolean
  },
): Promise<{
  readonly push: PushOutput
  readonly finalizedBeforeKill: number
  readonly refused: number
  readonly faults: readonly string[]
}> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-stripe-'))
  const file = path.join(folder, 'ledger.sqlite')
  const sandbox = startChild<SandboxServerMethods>(new URL('./sandbox-server.ts', import.meta.url), {
    signal,
  })
  const ledger = openLedger(file)
  try {
    const totalMinor = await fillInvoices({ file, ledger, invoices, apiKey, secretKey })
    progress(`${invoices} invoices are there`)
    const { port } = await sandbox.call('start', { isLimited })
    const input: PushInput = { ledgerFile: file, port, secretKey, pace: isLimited ? livePace : noPace }
    const finalizedBeforeKill = isKilled ? await pushHalf(ledger, input, invoices, signal) : 0
    const pusher = startChild<PusherServerMethods>(new URL('./pusher-server.ts', import.meta.url), { signal })
    const push = await pusher.call('push', input, PUSH_TIMEOUT_MS)
    await pusher.close()
    const {
      documents,
      doubled,
      drafts,
      refused,
      totalMinor: sum,
    } = await sandbox.call('inspect', undefined, FILL_TIMEOUT_MS)
    const isRight =
      documents === invoices &&
      doubled === 0 &&
      drafts === 0 &&
      BigInt(sum) === totalMinor &&
      push.parked === 0
    return {
      push,
      finalizedBeforeKill,
      refused,
      faults: isRight
        ? []
        : [
            `Of ${invoices} invoices (${totalMinor}) ${documents} are at Stripe (${sum}), ${doubled} doubled, ${drafts} drafts, ${push.parked} parked.`,
          ],
    }
  } finally {
    await ledger.destroy()
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A process that is killed when half of the invoices are finalized. */
async function pushHalf(
  ledger: Kysely<LedgerTables>,
  input: PushInput,
  invoices: number,
  signal: AbortSignal,
): Promise<number> {
  const killing = new AbortController()
  const pusher = startChild<PusherServerMethods>(new URL('./pusher-server.ts', import.meta.url), {
    signal: AbortSignal.any([signal, killing.signal]),
  })
  const ended = pusher.call('push', input, PUSH_TIMEOUT_MS).catch(() => undefined)
  for (;;) {
    const finalized = await countFinalized(ledger)
    if (finalized >= invoices / 2) {
      killing.abort()
      await ended
      return await countFinalized(ledger)
    }
    signal.throwIfAborted()
    await sleep(LOOK_EVERY_MS)
  }
}

async function countFinalized(ledger: Kysely<LedgerTables>): Promise<number> {
  const { count } = await ledger
    .selectFrom('outbox_steps')
    .select((select) => select.fn.countAll<bigint>().as('count'))
    .where('step', '=', 'finalize_invoice')
    .where('state', '=', 'done')
    .executeTakeFirstOrThrow()
  return Number(count)
}

function openLedger(file: string): Kysely<LedgerTables> {
  const database = openSqlite(file)
  migrate(database, 'ledger')
  database.close()
  return openSqliteThread<LedgerTables>(file)
}
