/**
 * `usance mail bounce`: takes a report of failed delivery from standard input, as a mail server's pipe transport hands it in.
 *
 * It may run beside a server. Whatever the message is, it is taken and the exit code is 0, since nobody is helped by a report about a
 * report. Only when the ledger cannot be used it exits 75, which mail servers know as "try again later" (sysexits.h, EX_TEMPFAIL).
 */
import type { Readable } from 'node:stream'
import { AppError, systemClock } from '../../core/index.ts'
import { assertSchemaCurrent, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { MAX_BOUNCE_BYTES, recordBounce, type BounceOutcome } from '../../mail/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'

const EXIT_TRY_AGAIN_LATER = 75

export const mailOptions = {} as const

export async function runMail({ argv, stdin, stdout, stderr, environment }: CommandContext): Promise<number> {
  const [word, ...rest] = argv
  if (word !== 'bounce') throw appErrors.arguments_invalid('Say what to do: usance mail bounce < message')
  const { config } = parseCommandArguments(rest, mailOptions, environment)
  const message = await readBeginning(stdin)
  try {
    stdout.write(`${describe(await record(databaseFile(config.data, 'ledger'), message))}\n`)
    return 0
  } catch (error) {
    const why = error instanceof AppError ? `${error.message} (${error.code})` : String(error)
    stderr.write(`usance: the report was not taken; hand it in again later. ${why}\n`)
    return EXIT_TRY_AGAIN_LATER
  }
}

/** The rest is read too and thrown away, or the mail server would take the closed pipe for a failure. */
async function readBeginning(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    if (size < MAX_BOUNCE_BYTES) chunks.push(chunk)
    size += chunk.length
  }
  return Buffer.concat(chunks).subarray(0, MAX_BOUNCE_BYTES)
}

async function record(file: string, message: Buffer): Promise<BounceOutcome> {
  using database = openSqlite(file)
  assertSchemaCurrent(database, 'ledger')
  const ledger = openSqliteThread<LedgerTables>(file)
  try {
    return await recordBounce(ledger, message, systemClock.now())
  } finally {
    await ledger.destroy()
  }
}

function describe(outcome: BounceOutcome): string {
  switch (outcome.kind) {
    case 'bounced':
      return `Mail ${outcome.mailId} has bounced: ${outcome.problem}`
    case 'unchanged':
      return `Mail ${outcome.mailId} stays as it is: it had bounced before, or waits to be sent.`
    case 'not_final':
      return 'Nothing has failed for good.'
    case 'unknown_mail':
      return 'The report is about no mail of this server.'
    case 'no_report':
      return 'The message is no report of delivery.'
  }
}
