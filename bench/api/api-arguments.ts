/** The command line of `bench api`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type ApiSettings = {
  readonly devices: number
  readonly connections: number
  readonly viewers: number
  readonly phaseMs: number
  readonly warmUpMs: number
}

const apiOptions = {
  devices: { type: 'string' },
  connections: { type: 'string' },
  viewers: { type: 'string' },
  seconds: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const defaults = { devices: 10_000, connections: 200, viewers: 500, seconds: 4, warmUpMs: 1_500 }
const quickDefaults = { devices: 200, connections: 20, viewers: 20, seconds: 1, warmUpMs: 300 }

export function parseApiArguments(argv: readonly string[]): BenchArguments<ApiSettings> {
  return parseBenchArguments(argv, apiOptions, (flags) => {
    const base = flags.has('quick') ? quickDefaults : defaults
    return {
      devices: flags.count('devices', base.devices, 100_000),
      connections: flags.count('connections', base.connections, 1_000),
      viewers: flags.count('viewers', base.viewers, 2_000),
      phaseMs: flags.count('seconds', base.seconds, 60) * 1_000,
      warmUpMs: base.warmUpMs,
    }
  })
}
