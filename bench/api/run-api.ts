/** `bench api`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { parseApiArguments } from './api-arguments.ts'
import { measureApi } from './measure-api.ts'

export function runApi(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./api.help.txt', import.meta.url)
  return runMeasurement({ name: 'api', helpFile, parse: parseApiArguments, measure: measureApi }, argv, io)
}
