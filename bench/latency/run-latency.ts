/** `bench latency`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { parseLatencyArguments } from './latency-arguments.ts'
import { measureLatency } from './measure-latency.ts'

export function runLatency(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./latency.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'latency', helpFile, parse: parseLatencyArguments, measure: measureLatency },
    argv,
    io,
  )
}
