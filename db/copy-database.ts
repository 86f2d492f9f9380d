/**
 * Copying a SQLite database that another process may be writing: one consistent moment of it, in one file.
 *
 * All pages are copied in a single step. With small steps every write of another process begins the copy anew, and
 * beside a busy writer it never finished (design §5); `backup()` of Node 26 takes no negative rate for "all", so the
 * largest one stands for it. The writer goes on meanwhile, but its write-ahead log cannot be reset before the copy is done.
 *
 * The copy is turned out of WAL mode, so that it is one file without companions and can be hashed, and is checked
 * page by page: a backup of a damaged database is worth nothing, and must not be found out only when it is needed.
 */
import { open } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseErrors } from './errors.ts'
import { openSqlite } from './sqlite.ts'
import { syncToDisk } from './durable-file.ts'

const SYNC_EVERY_MS = 20
const ALL_PAGES = 2 ** 31 - 1
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** @throws AppError `database_damaged` when SQLite cannot read the database or the copy fails its check */
export async function copyDatabase(from: string, to: string): Promise<void> {
  try {
    const source = openSqlite(from, { readOnly: true })
    try {
      await syncingMeanwhile(to, backup(source, to, { rate: ALL_PAGES }))
    } finally {
      source.close()
    }
    const copy = new DatabaseSync(to)
    try {
      copy.exec('PRAGMA journal_mode = DELETE')
      const found = copy.prepare('PRAGMA quick_check(1)').all()
      const [first] = found.map((row) => String(row['quick_check']))
      if (first !== 'ok') throw damaged(from, first)
    } finally {
      copy.close()
    }
  } catch (cause) {
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
    throw code === SQLITE_CORRUPT || code === SQLITE_NOTADB ? damaged(from, String(cause)) : cause
  }
  await syncToDisk(to)
}

/**
 * Flushes the file again and again while it is written. All at once, at the end, would keep every commit of another process
 * waiting behind it at the disk.
 */
async function syncingMeanwhile(file: string, writing: Promise<unknown>): Promise<void> {
  const written = new AbortController()
  const syncing = (async () => {
    while (!written.signal.aborted) {
      await sleep(SYNC_EVERY_MS)
      const handle = await open(file, 'r+').catch(() => undefined)
      await handle?.datasync()
      await handle?.close()
    }
  })()
  await Promise.all([writing.finally(() => written.abort()), syncing])
}

function damaged(source: string, found = 'nothing'): Error {
  return databaseErrors.database_damaged(
    `Restore the last good backup; in a copy of ${source} SQLite found: ${found.slice(0, 200)}.`,
  )
}

/**
 * True when a process has the database open. Otherwise the database is left in one file, without companions. One that is
 * too damaged to be opened is not in use.
 */
export function isDatabaseInUse(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = DELETE')
    return false
  } catch (error) {
    return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
  } finally {
    database.close()
  }
}
