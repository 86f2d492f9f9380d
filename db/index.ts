/** The face of `db/`: opening databases, migrations, transactions in a thread. No domain rule lives here. */
export { copyDatabase, isDatabaseInUse } from './copy-database.ts'
export {
  copyFileDurably,
  digestFile,
  makeFolder,
  renameDurably,
  syncToDisk,
  writeFileDurably,
  type FileDigest,
} from './durable-file.ts'
export {
  holdsText,
  listSortedRows,
  readSortedPage,
  sortedSelect,
  sortsOf,
  wantedRows,
  type ListSorts,
  type PageRequest,
  type RowPage,
  type Sort,
  type SortOf,
} from './list-pages.ts'
export { gatherCalls } from './gather-calls.ts'
export { giveWay } from './give-way.ts'
export { tryLockFile, type FileLock } from './file-lock.ts'
export { databaseErrors, isEnvironmentalSqliteError } from './errors.ts'
export type { LedgerTables } from './ledger-tables.ts'
export { assertSchemaCurrent, dumpSchema, findSchemaVersion, migrate, type DatabaseKind } from './migrate.ts'
export { prepareOnce } from './prepare-once.ts'
export { openSqlite, withoutWaitingForDisk, type SqliteOptions } from './sqlite.ts'
export { checkpointWal, deferCheckpoints, type WalState } from './wal-checkpoint.ts'
export { openSqliteThread, SqliteStatementError } from './sqlite-thread.ts'
export { tenantLedger } from './tenant-ledger.ts'
export { installationTenant, type LedgerTenant } from './tenant-views.ts'
export { versionOf } from './version-of.ts'
