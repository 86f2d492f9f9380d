/** `bench stripe`. */
import type { BenchIo } from '../bench-io.ts'
import { runMeasurement } from '../run-measurement.ts'
import { measureStripe } from './measure-stripe.ts'
import { parseStripeArguments } from './stripe-arguments.ts'

export function runStripe(argv: readonly string[], io: BenchIo): Promise<void> {
  const helpFile = new URL('./stripe.help.txt', import.meta.url)
  return runMeasurement(
    { name: 'stripe', helpFile, parse: parseStripeArguments, measure: measureStripe },
    argv,
    io,
  )
}
