import type { DatabaseSync } from 'node:sqlite'

/** Commits what `write` did, or nothing of it if it throws. Not to be nested. */
export function inTransaction<Result>(database: DatabaseSync, write: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = write()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
