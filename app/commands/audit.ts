/**
 * `usance audit verify`: reads the audit trail's chain and says whether it is as it was written.
 *
 * Only reads, so it may run beside a server. Count and last hash go to stdout, to be written down in another place: they
 * are what `--expect` compares with later, and what shows that the end of the trail was cut off.
 */
import { verifyChain, type ChainReport, type NotedEntry } from '../../audit/index.ts'
import { assertSchemaCurrent, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'

export const auditOptions = { expect: { type: 'string' }, json: { type: 'boolean' } } as const

/** Exits 1 when an entry is not as it was written. */
export async function runAudit({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const [word, ...rest] = argv
  if (word !== 'verify') throw appErrors.arguments_invalid('Say what to do: usance audit verify')
  const { config, own } = parseCommandArguments(rest, auditOptions, environment)
  const expected = own.expect === undefined ? undefined : readNoted(own.expect)
  const file = databaseFile(config.data, 'ledger')
  using database = openSqlite(file, { readOnly: true })
  assertSchemaCurrent(database, 'ledger')
  const ledger = openSqliteThread<LedgerTables>(file, { readOnly: true })
  try {
    const report = await verifyChain(ledger, { ...(expected && { expected }) })
    stdout.write(own.json === true ? `${JSON.stringify(present(report), null, 2)}\n` : describe(report))
    if (report.problem !== undefined) {
      stderr.write(`WRONG from entry ${report.problem.no} on: ${report.problem.sentence}\n`)
    }
    return report.problem === undefined ? 0 : 1
  } finally {
    await ledger.destroy()
  }
}

function present({ count, last, problem }: ChainReport) {
  return { isIntact: problem === undefined, count, last: last ?? null, problem: problem ?? null }
}

function describe({ count, last }: ChainReport): string {
  const noted = last === undefined ? '' : `, the last one is ${last.no}:${last.hash}`
  return `${count} entries are as they were written${noted}\n`
}

function readNoted(text: string): NotedEntry {
  const [, no, hash] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text) ?? []
  if (no === undefined || hash === undefined) {
    throw appErrors.arguments_invalid(
      'Give --expect as the number and hash that were printed: --expect 812:3f…',
    )
  }
  return { no: Number(no), hash }
}
