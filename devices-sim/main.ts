/**
 * `usance sim`: parses, dispatches, and turns outcomes into exit codes: 0 done, 1 failed, 2 misused, 130 interrupted.
 *
 * Results go to stdout, talk to stderr. It never ends the process and installs no signal handler; the caller aborts
 * `io.signal` at the first interruption and `io.quitSignal` at the second.
 */
import { readFileSync } from 'node:fs'
import { AppError, systemClock } from '../core/index.ts'
import { type CommandName, parseSimulatorArguments } from './arguments.ts'
import { printReadings } from './commands/dry-run.ts'
import { describeProfiles } from './commands/list-profiles.ts'
import { runSimulation } from './commands/run.ts'
import type { SimulatorIo } from './simulator-io.ts'

/** `argv` without program and `sim`. Errors that are not the user's to mend are thrown. */
export async function runSimulatorCommand(argv: readonly string[], io: SimulatorIo): Promise<number> {
  const clock = io.clock ?? systemClock
  const parsed = parseSimulatorArguments(argv, clock.now())
  if (parsed.kind === 'misused') {
    io.stderr.write(`${parsed.problems.join('\n')}\nusance sim --help shows what can be given.\n`)
    return 2
  }
  const { command } = parsed
  try {
    switch (command.verb) {
      case 'help':
        io.stdout.write(readHelp(command.topic))
        return 0
      case 'list-profiles':
        io.stdout.write(describeProfiles(command.isJson))
        return 0
      case 'dry-run':
        await printReadings(command.settings, io, clock)
        return 0
      case 'run':
        return await runSimulation(command.settings, io, clock)
    }
  } catch (error) {
    if (io.signal.aborted) return 130
    if (isClosedPipe(error)) return 0
    if (!(error instanceof AppError)) throw error
    io.stderr.write(`${error.title}. ${error.message}\n`)
    return 1
  }
}

export function readHelp(topic: CommandName): string {
  return readFileSync(new URL(`commands/${topic}.help.txt`, import.meta.url), 'utf8')
}

/** Whoever reads our output has seen enough, as in `… | head`. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
