/**
 * `usance init`: from an empty folder to a link for the first administrator.
 *
 * Migrates, invites the installation's administrator and prints a link that can be opened once. Without a secret key nobody could
 * sign in, so one is made and added to the file that `usance serve` reads, unless one is set already.
 */
import { appendFileSync } from 'node:fs'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { createUsanceCore } from '../create-usance.ts'
import { migrateDatabases } from '../databases.ts'
import { appErrors } from '../errors.ts'
import { createLogger } from '../logger.ts'

export const initOptions = {
  email: { type: 'string' },
  name: { type: 'string' },
  again: { type: 'boolean' },
  'settings-file': { type: 'string' },
} as const

const SECRET_KEY_BYTES = 32

export async function runInit({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, initOptions, environment)
  if (own.email === undefined) {
    throw appErrors.arguments_invalid('Name the administrator: --email jo@example.com')
  }
  const log = createLogger(config.logLevel, stderr.isTTY)
  for (const name of migrateDatabases(config.data)) stderr.write(`${name}\n`)
  const core = createUsanceCore({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  try {
    const link = await core.people.initialise({
      email: own.email,
      name: own.name ?? 'Administrator',
      isAgain: own.again ?? false,
    })
    if (config.secretKey === undefined) addSecretKey(own['settings-file'] ?? '.env', stderr)
    stderr.write(
      'Start the server with "usance serve", then open this link; it is good for one use in seven days:\n',
    )
    stdout.write(`${link}\n`)
    return 0
  } finally {
    await core.close()
  }
}

function addSecretKey(file: string, stderr: NodeJS.WriteStream): void {
  const key = Buffer.from(secureRandomBytes(SECRET_KEY_BYTES)).toString('base64')
  try {
    appendFileSync(file, `USANCE_SECRET_KEY=${key}\n`, { mode: 0o600 })
  } catch (cause) {
    throw appErrors.input_file_unreadable(
      `Name a file that can be written with --settings-file, or set USANCE_SECRET_KEY, and run this with --again.`,
      { cause },
    )
  }
  stderr.write(
    `Added USANCE_SECRET_KEY to ${file}. Keep a copy apart from the backups: without it nobody can sign in with a running session, and stored credentials have to be entered again.\n`,
  )
}
