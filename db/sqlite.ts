/**
 * Opening SQLite the one way this project does: WAL, `synchronous=FULL` (a COMMIT that returned survives a power cut),
 * foreign keys, a bounded wait for locks, and triggers that also fire for the rows an `INSERT OR REPLACE` removes.
 */
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from './durable-file.ts'
import { databaseErrors } from './errors.ts'

export type SqliteOptions = {
  readonly readOnly?: boolean
  /** Stops the file from growing past this many 4 KiB pages; for tests of a full disk. */
  readonly maxPages?: number
}

/** @throws AppError `database_not_writable` with a sentence that names the file. */
export function openSqlite(file: string, options: SqliteOptions = {}): DatabaseSync {
  try {
    if (options.readOnly !== true) assertWritable(file)
    const database = new DatabaseSync(file, { readOnly: options.readOnly ?? false, timeout: 5_000 })
    if (options.readOnly !== true) {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      database.exec('PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON')
      if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`)
    }
    return database
  } catch (cause) {
    throw databaseErrors.database_not_writable(
      `Make the folder and the file ${path.basename(file)} readable and writable for this user, or choose another data folder.`,
      { cause },
    )
  }
}

/**
 * Runs `body`, whose commits others see at once but a power cut may undo: for what can be derived again. In WAL a later
 * commit that lasts makes everything before it last too.
 */
export function withoutWaitingForDisk<Result>(database: DatabaseSync, body: () => Result): Result {
  database.exec('PRAGMA synchronous = NORMAL')
  try {
    return body()
  } finally {
    database.exec('PRAGMA synchronous = FULL')
  }
}

/** SQLite opens a read-only file without complaint and root may write anything, so the mode bits are asked. */
function assertWritable(file: string): void {
  makeFolder(path.dirname(file))
  accessSync(path.dirname(file), constants.W_OK)
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}
