import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { migrateDatabases } from '../databases.ts'

/** `usance migrate`: brings both databases up to date and prints each migration applied. */
export async function runMigrate({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config } = parseCommandArguments(argv, {}, environment)
  const applied = migrateDatabases(config.data)
  for (const name of applied) stdout.write(`${name}\n`)
  stderr.write(
    applied.length === 0 ? 'The databases are up to date.\n' : `Applied ${applied.length} migrations.\n`,
  )
  return 0
}
