/** The process that pushes, to be killed in the middle. */
import { pino } from 'pino'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { connectStripe } from '../../billing/index.ts'
import { serveParent } from '../child-calls.ts'

export type PushInput = {
  readonly ledgerFile: string
  readonly port: number
  readonly secretKey: string
  readonly pace: { readonly perEndpoint: number; readonly perAccount: number }
}

export type PushOutput = {
  readonly finalized: number
  readonly parked: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** At a tenth, in the middle and at the end. */
  readonly rssMb: readonly number[]
}

const LOOK_EVERY_MS = 100

const methods = {
  async push({ ledgerFile, port, secretKey, pace }: PushInput): Promise<PushOutput> {
    const ledger = openSqliteThread<LedgerTables>(ledgerFile)
    const { pusher } = connectStripe({
      ledger,
      clock: systemClock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
      stripeOptions: { host: '127.0.0.1', port, protocol: 'http', pace },
      secretKey: Buffer.from(secretKey, 'base64'),
      billUrlOf: (invoiceId) => `https://usance.example/bills/${invoiceId}`,
      markPaid: () => Promise.resolve(),
      markUncollectible: () => Promise.resolve(),
    })
    const looks: number[] = []
    const timer = setInterval(() => void looks.push(process.memoryUsage.rss()), LOOK_EVERY_MS)
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    let finalized = 0
    let parked = 0
    for (;;) {
      const report = await pusher.pushWaiting()
      finalized += report.finalized.length
      parked += report.parked.length
      if (report.waiting === 0) break
    }
    const elapsedMs = performance.now() - startedAt
    const cpu = process.cpuUsage(cpuBefore)
    clearInterval(timer)
    looks.push(process.memoryUsage.rss())
    await ledger.destroy()
    const rssAt = (share: number) =>
      Math.round((looks[Math.floor(share * (looks.length - 1))] ?? 0) / 1_000_000)
    return {
      finalized,
      parked,
      seconds: Number((elapsedMs / 1_000).toFixed(2)),
      cpuSeconds: Number(((cpu.user + cpu.system) / 1_000_000).toFixed(2)),
      rssMb: [rssAt(0.1), rssAt(0.5), rssAt(1)],
    }
  },
  close: (): void => undefined,
}

export type PusherServerMethods = typeof methods

serveParent(methods)
