/** The process that the sandbox runs in, so that it and the pusher have a core each. */
import { pino } from 'pino'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { liveLimits, startStripeSandbox, type StripeSandbox } from '../../stripe-sandbox/index.ts'
import { serveParent } from '../child-calls.ts'

let sandbox: StripeSandbox | undefined

export type AtStripe = {
  readonly documents: number
  /** Invoices that are there twice, and those that are drafts. */
  readonly doubled: number
  readonly drafts: number
  readonly totalMinor: string
  /** Requests that went too fast. */
  readonly refused: number
}

const methods = {
  async start({ isLimited }: { readonly isLimited: boolean }): Promise<{ readonly port: number }> {
    sandbox = await startStripeSandbox({
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
      apiKey: 'sk_test_bench',
      keepEvents: false,
      keepMutations: false,
      ...(isLimited && { limits: liveLimits }),
    })
    return { port: sandbox.port }
  },
  inspect(): AtStripe {
    const { invoices = [], refusedByLimits: refused = 0 } = sandbox?.inspect() ?? {}
    const ours = new Set(invoices.map(({ metadata }) => metadata?.['invoice_id']))
    return {
      documents: ours.size,
      doubled: invoices.length - ours.size,
      drafts: invoices.filter(({ status }) => status === 'draft').length,
      totalMinor: invoices.reduce((sum, { total }) => sum + BigInt(total), 0n).toString(),
      refused,
    }
  },
  async close(): Promise<void> {
    await sandbox?.close()
  },
}

export type SandboxServerMethods = typeof methods

serveParent(methods)
