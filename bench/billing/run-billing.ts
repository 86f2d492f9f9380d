/** `bench billing`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { parseBillingArguments } from './billing-arguments.ts'
import { measureBilling } from './measure-billing.ts'

export function runBilling(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./billing.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'billing', helpFile, parse: parseBillingArguments, measure: measureBilling },
    argv,
    io,
  )
}
