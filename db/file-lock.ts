/**
 * A lock between processes that the kernel takes back when its holder dies, however it dies: SQLite's own lock on an
 * empty file.
 */
import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from './durable-file.ts'

export type FileLock = {
  /** Removes the lock file and lets go of it. */
  release(): void
}

/** Undefined when another process, or another part of this one, holds the lock. */
export function tryLockFile(lockFile: string): FileLock | undefined {
  makeFolder(path.dirname(lockFile))
  closeSync(openSync(lockFile, 'a'))
  const before = statSync(lockFile, { throwIfNoEntry: false })?.ino
  const lock = new DatabaseSync(lockFile, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
    throw error
  }
  // The holder before may have removed the file while this process opened it: then the lock is on nothing.
  if (before === undefined || statSync(lockFile, { throwIfNoEntry: false })?.ino !== before) {
    lock.close()
    return undefined
  }
  return {
    release() {
      rmSync(lockFile, { force: true })
      lock.close()
    },
  }
}

const SQLITE_BUSY = 5
