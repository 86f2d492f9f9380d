/** `bench memory`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { measureMemory } from './measure-memory.ts'
import { parseMemoryArguments } from './memory-arguments.ts'

export function runMemory(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./memory.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'memory', helpFile, parse: parseMemoryArguments, measure: measureMemory },
    argv,
    io,
  )
}
