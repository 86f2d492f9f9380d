/** The command line of `bench memory`. */
import { parseBenchArguments, type BenchArguments } from '../bench-arguments.ts'

export type MemorySettings = {
  /** Connections that the memory of one idle connection is measured with. */
  readonly idleConnections: number
  /** Connections that send at full speed. */
  readonly connections: number
  readonly warmUpMs: number
  readonly runMs: number
  /** How much longer than by itself every commit takes. */
  readonly commitDelayMs: number
}

export const memoryOptions = {
  idle: { type: 'string' },
  connections: { type: 'string' },
  minutes: { type: 'string' },
  delay: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const defaults = { idle: 1_000, connections: 200, minutes: 2, delayMs: 100 }
const quickDefaults = { idle: 300, connections: 50, runMs: 4_000, warmUpMs: 2_000 }
const MINUTE_MS = 60_000
/** The heap finds its size in the first part of a run; a third of a short one, at most a minute. */
const LONGEST_WARM_UP_MS = MINUTE_MS

export function parseMemoryArguments(argv: readonly string[]): BenchArguments<MemorySettings> {
  return parseBenchArguments(argv, memoryOptions, (flags) => {
    const isQuick = flags.has('quick')
    const askedMs = flags.count('minutes', defaults.minutes, 120) * MINUTE_MS
    const runMs = isQuick ? quickDefaults.runMs : askedMs
    const base = isQuick ? quickDefaults : defaults
    return {
      idleConnections: flags.count('idle', base.idle, 10_000),
      connections: flags.count('connections', base.connections, 5_000),
      runMs,
      warmUpMs: isQuick ? quickDefaults.warmUpMs : Math.min(runMs / 3, LONGEST_WARM_UP_MS),
      commitDelayMs: flags.count('delay', defaults.delayMs, 4_000),
    }
  })
}
