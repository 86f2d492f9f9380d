/** `bench scale`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { measureScale } from './measure-scale.ts'
import { parseScaleArguments } from './scale-arguments.ts'

export function runScale(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./scale.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'scale', helpFile, parse: parseScaleArguments, measure: measureScale },
    argv,
    io,
  )
}
