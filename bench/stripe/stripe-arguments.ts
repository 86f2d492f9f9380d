/** The command line of `bench stripe`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type StripeSettings = {
  readonly invoices: number
  /** Of the run at Stripe's live limits. */
  readonly limitedInvoices: number
}

const stripeOptions = {
  invoices: { type: 'string' },
  limited: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export function parseStripeArguments(argv: readonly string[]): BenchArguments<StripeSettings> {
  return parseBenchArguments(argv, stripeOptions, (flags) => ({
    invoices: flags.count('invoices', flags.has('quick') ? 300 : 10_000, 1_000_000),
    limitedInvoices: flags.count('limited', flags.has('quick') ? 60 : 10_000, 1_000_000),
  }))
}
