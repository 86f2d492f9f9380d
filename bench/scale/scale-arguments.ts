/** The command line of `bench scale`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'
import { loadsByFlag, type LoadName } from '../ingest/ingest-arguments.ts'

export type ScaleSettings = {
  /** Readings stored before the measurement, one database for each. */
  readonly storedReadings: readonly number[]
  readonly devices: number
  readonly connections: number
  readonly rounds: number
  readonly warmUpMs: number
  readonly windowMs: number
  readonly loads: readonly LoadName[]
}

export const scaleOptions = {
  stored: { type: 'string' },
  devices: { type: 'string' },
  connections: { type: 'string' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  load: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const MILLION = 1_000_000
const defaults = {
  stored: [1, 10],
  devices: 100_000,
  connections: 200,
  seconds: 4,
  rounds: 3,
  warmUpMs: 1_500,
}
const quickDefaults = { stored: [1], devices: 20_000, connections: 50, seconds: 1, rounds: 1, warmUpMs: 500 }

export function parseScaleArguments(argv: readonly string[]): BenchArguments<ScaleSettings> {
  return parseBenchArguments(argv, scaleOptions, (flags) => {
    const base = flags.has('quick') ? quickDefaults : defaults
    const devices = flags.count('devices', base.devices, MILLION)
    const connections = flags.count('connections', base.connections, 5_000)
    const millions = flags.counts('stored', base.stored, 1_000)
    const load = flags.choice('load', loadsByFlag)
    if (devices < connections) flags.problems.push('--devices is at least --connections.')
    for (const count of millions) {
      if ((count * MILLION) % devices === 0) continue
      flags.problems.push(`${count} million readings are not a whole number for each of ${devices} devices.`)
    }
    return {
      storedReadings: millions.map((count) => count * MILLION),
      devices,
      connections,
      rounds: flags.count('rounds', base.rounds, 20),
      warmUpMs: base.warmUpMs,
      windowMs: flags.count('seconds', base.seconds, 60) * 1_000,
      loads: load === undefined ? Object.values(loadsByFlag) : [load],
    }
  })
}
