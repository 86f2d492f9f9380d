/** `usance archive --before DATE`: moves older readings into archive files and prints what was moved as JSON. */
import { existsSync } from 'node:fs'
import { parseInstant, systemClock } from '../../core/index.ts'
import { archiveOldReadings } from '../../metering/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'

export const archiveOptions = { before: { type: 'string' } } as const

export async function runArchive({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, archiveOptions, environment)
  const before = readInstant(own.before)
  if (before === undefined || before > systemClock.now()) {
    throw appErrors.arguments_invalid('Name a day in the past: usance archive --before 2026-06-01')
  }
  const file = databaseFile(config.data, 'metering')
  if (!existsSync(file)) {
    throw appErrors.data_not_found(`Name the data folder with --data; ${config.data} has no metering.sqlite.`)
  }
  const say = (sentence: string) => stderr.write(`${sentence}\n`)
  const archived = archiveOldReadings({ file, before, clock: systemClock, say })
  stdout.write(`${JSON.stringify(archived, null, 2)}\n`)
  return 0
}

/** A day is its beginning in UTC. */
function readInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
}
