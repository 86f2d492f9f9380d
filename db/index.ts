/** The face of `db/`: opening databases, migrations, transactions in a thread. No domain rule lives here. */
export * from './sqlite-index.ts'
export { holdsText, readSortedPage } from './read-sorted-page.ts'
export type { LedgerTables } from './ledger-tables.ts'
export { openSealedText, SEAL_KEY_BYTES, sealText } from './sealed-text.ts'
export { openSqliteThread, SqliteStatementError } from './sqlite-thread.ts'
export { outboxStepNames } from './stripe-tables.ts'
export { tenantLedger } from './tenant-ledger.ts'
export { installationTenant, type LedgerTenant } from './tenant-views.ts'
