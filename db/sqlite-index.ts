/**
 * The face of `db/` for code that writes its SQL itself: all that needs no query builder. Metering's threads load it, and would spend
 * most of their start on loading the query builder.
 */
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
  listSortedRows,
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
export { assertSchemaCurrent, dumpSchema, findSchemaVersion, migrate, type DatabaseKind } from './migrate.ts'
export { prepareOnce } from './prepare-once.ts'
export { openSqlite, withoutWaitingForDisk, type SqliteOptions } from './sqlite.ts'
export { checkpointWal, deferCheckpoints, type WalState } from './wal-checkpoint.ts'
export { versionOf } from './version-of.ts'
