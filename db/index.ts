/** The face of `db/`: opening databases, migrations, transactions in a thread. No domain rule lives here. */
export { databaseErrors, isEnvironmentalSqliteError } from './errors.ts'
export type { LedgerTables } from './ledger-tables.ts'
export { assertSchemaCurrent, dumpSchema, migrate, type DatabaseKind } from './migrate.ts'
export { openSqlite, type SqliteOptions } from './sqlite.ts'
export { openSqliteThread, SqliteStatementError } from './sqlite-thread.ts'
