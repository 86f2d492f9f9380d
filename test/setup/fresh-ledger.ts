/** A fresh ledger with two manufacturers in a temporary folder, for tests. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'

export type FreshLedger = AsyncDisposable & {
  readonly ledger: Kysely<LedgerTables>
  readonly file: string
  /** Another process's connection, for what the product never does. */
  readonly byHand: DatabaseSync
}

export function openFreshLedger(): FreshLedger {
  const folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-ledger-'))
  const file = path.join(folder.path, 'ledger.sqlite')
  const byHand = openSqlite(file)
  migrate(byHand, 'ledger')
  byHand.exec(
    "INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man_a', 'A', 'A', 0)",
  )
  byHand.exec(
    "INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man_b', 'B', 'B', 0)",
  )
  const ledger = openSqliteThread<LedgerTables>(file)
  return {
    ledger,
    file,
    byHand,
    async [Symbol.asyncDispose]() {
      await ledger.destroy()
      byHand.close()
      folder.remove()
    },
  }
}
