/**
 * `usance replay`: computes issued invoices again from the inputs that were kept with them and compares byte for byte with
 * what was issued. Only reads, so it may run beside a server.
 */
import type { ManufacturerId } from '../../core/index.ts'
import { assertSchemaCurrent, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { billingErrors, replayInvoices, type InvoiceReplay } from '../../billing/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'

export const replayOptions = {
  invoice: { type: 'string' },
  all: { type: 'boolean' },
  manufacturer: { type: 'string' },
  json: { type: 'boolean' },
} as const

type Counts = Record<InvoiceReplay['outcome'], number>

/** Exits 1 where an invoice differs or has no inputs to tell by. */
export async function runReplay({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, replayOptions, environment)
  if ((own.invoice === undefined) === (own.all !== true)) {
    throw appErrors.arguments_invalid(
      'Say which: usance replay --invoice ACME-000001, or usance replay --all',
    )
  }
  const scope = {
    ...(own.invoice !== undefined && { number: own.invoice }),
    ...(own.manufacturer !== undefined && { manufacturerId: own.manufacturer as ManufacturerId }),
  }
  const file = databaseFile(config.data, 'ledger')
  using database = openSqlite(file, { readOnly: true })
  assertSchemaCurrent(database, 'ledger')
  const ledger = openSqliteThread<LedgerTables>(file, { readOnly: true })
  const counts: Counts = { same: 0, different: 0, no_inputs: 0 }
  try {
    for await (const replay of replayInvoices(ledger, scope)) {
      counts[replay.outcome] += 1
      if (own.all === true && replay.outcome === 'same') continue
      stdout.write(own.json === true ? `${JSON.stringify(replay)}\n` : describe(replay))
    }
  } finally {
    await ledger.destroy()
  }
  if (counts.same + counts.different + counts.no_inputs === 0 && own.invoice !== undefined) {
    throw billingErrors.invoice_not_found(
      `Give the number of an issued invoice; "${own.invoice}" is not one.`,
    )
  }
  stderr.write(summarise(counts))
  return counts.different === 0 && counts.no_inputs === 0 ? 0 : 1
}

function describe(replay: InvoiceReplay): string {
  const who = `${replay.number} (${replay.invoiceId})`
  if (replay.outcome === 'same') return `${who}: same\n`
  if (replay.outcome === 'no_inputs') {
    return `${who}: no inputs; it was issued before they were kept, so nothing is known\n`
  }
  const { where, issued, replayed } = replay.difference
  return `${who}: DIFFERENT in ${where}\n    issued:   ${issued}\n    replayed: ${replayed}\n`
}

function summarise({ same, different, no_inputs: without }: Counts): string {
  return `${same} same, ${different} different, ${without} without inputs\n`
}
