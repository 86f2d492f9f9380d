/** The command line of `bench latency`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type LatencySettings = {
  readonly connections: number
  readonly rounds: number
  readonly warmUpMs: number
  readonly phaseMs: number
  readonly backlogReadings: number
  readonly readingsPerMessage: number
}

export const latencyOptions = {
  connections: { type: 'string' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  backlog: { type: 'string' },
  array: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const defaults = { connections: 200, seconds: 5, rounds: 3, warmUpMs: 1_500, backlog: 100_000 }
const quickDefaults = { connections: 50, seconds: 1, rounds: 1, warmUpMs: 500, backlog: 5_000 }
/** What the wire format allows. */
const MAX_READINGS_PER_MESSAGE = 1_000

export function parseLatencyArguments(argv: readonly string[]): BenchArguments<LatencySettings> {
  return parseBenchArguments(argv, latencyOptions, (flags) => {
    const base = flags.has('quick') ? quickDefaults : defaults
    return {
      connections: flags.count('connections', base.connections, 5_000),
      rounds: flags.count('rounds', base.rounds, 20),
      warmUpMs: base.warmUpMs,
      phaseMs: flags.count('seconds', base.seconds, 60) * 1_000,
      backlogReadings: flags.count('backlog', base.backlog, 1_000_000),
      readingsPerMessage: flags.count('array', MAX_READINGS_PER_MESSAGE, MAX_READINGS_PER_MESSAGE),
    }
  })
}
