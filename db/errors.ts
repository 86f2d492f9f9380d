import { declareErrors } from '../core/index.ts'

/** The errors that the database layer throws. */
export const databaseErrors = declareErrors({
  store_unavailable: { kind: 'dependency', title: 'The database cannot take writes at the moment' },
  database_not_writable: { kind: 'precondition', title: 'The database file cannot be opened for writing' },
  schema_behind: { kind: 'precondition', title: 'The database is older than this program' },
  database_damaged: { kind: 'precondition', title: 'The database is damaged' },
  schema_unknown: { kind: 'precondition', title: 'The database does not have the schema of this program' },
})

/** SQLite's result codes for "the machine failed, not the data": retrying can help, bisecting cannot. */
const environmentalCodes = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 23, 26])

/** True for busy, locked, out of memory, read-only, I/O, corrupt, full, cannot open, protocol, not authorized, no database. */
export function isEnvironmentalSqliteError(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return typeof error.errcode === 'number' && environmentalCodes.has(error.errcode & 0xff)
}
