/** The command line of `bench portal`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type PortalSettings = {
  readonly rounds: number
  readonly slowDown: number
}

const portalOptions = {
  rounds: { type: 'string' },
  'slow-down': { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export function parsePortalArguments(argv: readonly string[]): BenchArguments<PortalSettings> {
  return parseBenchArguments(argv, portalOptions, (flags) => ({
    rounds: flags.count('rounds', flags.has('quick') ? 1 : 5, 50),
    slowDown: flags.count('slow-down', 4, 20),
  }))
}
