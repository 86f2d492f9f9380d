/** Stripe as the server runs it: where it is and how fast, from the configuration, and who is told what it says. */
import { connectStripe, type Billing, type StripeConnection, type StripeParts } from '../billing/index.ts'
import { systemActor } from '../core/index.ts'
import type { Webhooks } from '../webhooks/index.ts'
import type { Config } from './config.ts'
import { billPath } from './invoice-mail.ts'

/** Stripe allows four times as many requests in all as of one endpoint. */
const ENDPOINTS_AT_ONCE = 4

/** Undefined without a key that protects secrets: then nothing goes to Stripe. */
export function createServerStripe(
  config: Config,
  parts: Pick<StripeParts, 'ledger' | 'clock' | 'randomBytes' | 'log'>,
  {
    billing,
    webhooks,
    publicUrl,
  }: {
    readonly billing: Pick<Billing, 'by'>
    readonly webhooks: Pick<Webhooks, 'noteInvoiceFailed'>
    readonly publicUrl: string
  },
): StripeConnection | undefined {
  if (config.secretKey === undefined) return undefined
  const { protocol, hostname, port } = new URL(config.stripeUrl)
  const changes = billing.by(systemActor('stripe'))
  return connectStripe({
    ...parts,
    stripeOptions: {
      host: hostname,
      protocol: protocol === 'http:' ? 'http' : 'https',
      ...(port === '' ? {} : { port: Number(port) }),
      pace: {
        perEndpoint: config.stripeRequestsPerSecond,
        perAccount: config.stripeRequestsPerSecond * ENDPOINTS_AT_ONCE,
      },
    },
    secretKey: Buffer.from(config.secretKey, 'base64'),
    billUrlOf: (invoiceId) => new URL(billPath(invoiceId), publicUrl).href,
    markPaid: (invoiceId, paidAt) => changes.markPaid(invoiceId, paidAt),
    markUncollectible: (invoiceId) => changes.markUncollectible(invoiceId),
    onPaymentProblem: (transaction, invoiceId, { kind, code, nextAttemptAt }) =>
      webhooks.noteInvoiceFailed(transaction, invoiceId, {
        code,
        detail: details[kind],
        nextAttemptAt,
      }),
  })
}

const details = {
  failed: 'The payment failed.',
  requires_action: 'The customer has to confirm the payment with the bank.',
}
