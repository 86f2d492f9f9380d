/** `bench ingest`: parses, measures, prints one JSON object. Exit codes as in the help text. */
import { readFileSync } from 'node:fs'
import type { BenchIo } from '../bench-io.ts'
import { benchErrors } from '../errors.ts'
import { describeMachine } from '../machine.ts'
import { parseIngestArguments } from './ingest-arguments.ts'
import { findAccountingFaults, reportIngest } from './ingest-report.ts'
import { measureIngest } from './measure-ingest.ts'

/** @throws AppError `arguments_invalid`, `bench_failed`, `bench_invalid` after printing what was measured */
export async function runIngest(argv: readonly string[], io: BenchIo): Promise<void> {
  const parsed = parseIngestArguments(argv)
  if (parsed.kind === 'misused') throw benchErrors.arguments_invalid(parsed.problems.join('\n'))
  if (parsed.kind === 'help') {
    io.stdout.write(readFileSync(new URL('./ingest.help.txt', import.meta.url), 'utf8'))
    return
  }
  const { settings } = parsed
  const nowMs = io.clock.now()
  const machine = describeMachine()
  const progress = (line: string) => io.stderr.write(`${line}\n`)
  const measurement = await measureIngest({ settings, nowMs, progress, signal: io.signal })
  const report = reportIngest(measurement, settings, machine, new Date(nowMs).toISOString())
  io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  const faults = findAccountingFaults(measurement.accounting)
  if (faults.length > 0) throw benchErrors.bench_invalid(faults.join('\n'))
}
