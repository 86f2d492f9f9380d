/** `bench portal`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { measurePortal } from './measure-portal.ts'
import { parsePortalArguments } from './portal-arguments.ts'

export function runPortal(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./portal.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'portal', helpFile, parse: parsePortalArguments, measure: measurePortal },
    argv,
    io,
  )
}
