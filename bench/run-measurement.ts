/** The way every bench takes: parse, measure, print one JSON object, and only then say whether it counts. */
import { readFileSync } from 'node:fs'
import type { BenchArguments } from './bench-arguments.ts'
import type { BenchIo } from './bench-io.ts'
import { benchErrors } from './errors.ts'
import { describeMachine, type Machine } from './machine.ts'

/** What a measurement needs beside its settings. */
export type MeasureContext = {
  readonly nowMs: number
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

export type Measured<Result> = {
  readonly result: Result
  /** Why it does not count; empty if it does. */
  readonly faults: readonly string[]
}

export type BenchReport<Settings, Result> = {
  readonly bench: string
  readonly measuredAt: string
  readonly machine: Machine
  readonly settings: Settings
} & Result

export type BenchDefinition<Settings, Result> = {
  readonly name: string
  readonly helpFile: URL
  readonly parse: (argv: readonly string[]) => BenchArguments<Settings>
  readonly measure: (settings: Settings, context: MeasureContext) => Promise<Measured<Result>>
}

/** @throws AppError `arguments_invalid`, `bench_failed`, `bench_invalid` after printing what was measured */
export async function runMeasurement<Settings, Result extends object>(
  { name, helpFile, parse, measure }: BenchDefinition<Settings, Result>,
  argv: readonly string[],
  { stdout, stderr, clock, signal }: BenchIo,
): Promise<void> {
  const parsed = parse(argv)
  if (parsed.kind === 'misused') throw benchErrors.arguments_invalid(parsed.problems.join('\n'))
  if (parsed.kind === 'help') {
    stdout.write(readFileSync(helpFile, 'utf8'))
    return
  }
  const { settings } = parsed
  const nowMs = clock.now()
  const machine = describeMachine()
  const progress = (line: string) => stderr.write(`${line}\n`)
  const { result, faults } = await measure(settings, { nowMs, progress, signal })
  const measuredAt = new Date(nowMs).toISOString()
  const report: BenchReport<Settings, Result> = { bench: name, measuredAt, machine, settings, ...result }
  stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  if (faults.length > 0) throw benchErrors.bench_invalid(faults.join('\n'))
}
