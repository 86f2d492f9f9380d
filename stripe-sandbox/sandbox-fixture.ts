/** For tests: a sandbox on a free port whose clock the test holds, and the SDK as its client. */
import { pino } from 'pino'
import { Stripe } from 'stripe'
import { expect } from 'vitest'
import { secureRandomBytes, type Clock } from '../core/index.ts'
import { startStripeSandbox, type StripeSandbox, type StripeSandboxOptions } from './index.ts'

export const apiKey = 'sk_test_sandbox'
export const startMs = Date.UTC(2026, 10, 28)
const standingClock: Clock = { now: () => startMs }

export type Fixture = {
  readonly start: (options?: Partial<StripeSandboxOptions>) => Promise<{
    readonly sandbox: StripeSandbox
    readonly stripe: Stripe
  }>
  /** Called after the test, the last one first. */
  readonly onEnd: (close: () => unknown) => void
  readonly end: () => Promise<void>
}

export function sandboxFixture(): Fixture {
  const closers: (() => unknown)[] = []
  return {
    async start(options = {}) {
      const sandbox = await startStripeSandbox({
        host: '127.0.0.1',
        port: 0,
        clock: standingClock,
        randomBytes: secureRandomBytes,
        log: pino({ level: 'silent' }),
        apiKey,
        collectionDelayMs: 1,
        webhookRetryMs: 1,
        ...options,
      })
      closers.push(() => sandbox.close())
      return { sandbox, stripe: clientOf(sandbox) }
    },
    onEnd: (close) => closers.push(close),
    async end() {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}

export function clientOf(sandbox: StripeSandbox, key = apiKey): Stripe {
  return new Stripe(key, {
    host: sandbox.host,
    port: sandbox.port,
    protocol: 'http',
    apiVersion: '2026-10-28.endive',
    telemetry: false,
    maxNetworkRetries: 0,
  })
}

/** A draft of a new customer with lines of these amounts. */
export async function aDraft(
  stripe: Stripe,
  amounts: readonly number[],
  customer: Stripe.CustomerCreateParams = {},
  invoice: Stripe.InvoiceCreateParams = {},
): Promise<Stripe.Invoice> {
  const { id } = await stripe.customers.create(customer)
  const draft = await stripe.invoices.create({ customer: id, currency: 'eur', ...invoice })
  if (amounts.length === 0) return draft
  return stripe.invoices.addLines(draft.id, { lines: amounts.map((amount) => ({ amount })) })
}

export function refusal(statusCode: number, code?: string): unknown {
  return expect.objectContaining(code === undefined ? { statusCode } : { statusCode, code })
}

/** The id of an invoice's customer, which must not be expanded. */
export function customerOf({ customer }: Stripe.Invoice): string {
  if (typeof customer !== 'string') throw new TypeError('The customer is expanded.')
  return customer
}
