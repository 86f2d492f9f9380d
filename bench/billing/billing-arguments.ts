/** The command line of `bench billing`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type BillingSettings = {
  readonly contracts: number
  readonly liveBills: number
}

const billingOptions = {
  contracts: { type: 'string' },
  'live-bills': { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export function parseBillingArguments(argv: readonly string[]): BenchArguments<BillingSettings> {
  return parseBenchArguments(argv, billingOptions, (flags) => ({
    contracts: flags.count('contracts', flags.has('quick') ? 500 : 10_000, 1_000_000),
    liveBills: flags.count('live-bills', flags.has('quick') ? 100 : 1_000, 100_000),
  }))
}
