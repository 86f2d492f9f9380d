/**
 * A folder under construction: `folder.incomplete`, which only gets its real name when everything in it is on the disk.
 *
 * While it is built it is claimed by a lock that the kernel takes back when the process dies, however it dies. So what a killed
 * process left is recognised as nobody's and removed by the next one, and two processes cannot build the same folder.
 */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { renameDurably, syncToDisk, makeFolder } from '../../db/index.ts'
import { appErrors } from '../errors.ts'

export type ClaimedFolder = {
  /** Where to build. */
  readonly path: string
  /** Gives the finished folder its name. Everything in it must have been flushed. */
  finish(): Promise<void>
  /** Removes what was built, unless it was finished. */
  abandon(): void
}

/** @throws AppError `folder_being_built` when another process builds the same folder */
export function claimFolder(folder: string): ClaimedFolder {
  const incomplete = `${folder}.incomplete`
  const lock = lockFolder(folder, `${incomplete}.lock`)
  let isFinished = false
  rmSync(incomplete, { recursive: true, force: true })
  mkdirSync(incomplete)

  return {
    path: incomplete,
    async finish() {
      await syncToDisk(incomplete)
      await renameDurably(incomplete, folder)
      isFinished = true
    },
    abandon() {
      if (!isFinished && existsSync(incomplete)) rmSync(incomplete, { recursive: true })
      lock.release()
    },
  }
}

/** The lock lies beside the folder, not in it: the folder is emptied and renamed while it is held. */
function lockFolder(folder: string, lockFile: string): { release(): void } {
  makeFolder(path.dirname(lockFile))
  closeSync(openSync(lockFile, 'a'))
  const before = statSync(lockFile, { throwIfNoEntry: false })?.ino
  const lock = new DatabaseSync(lockFile, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw beingBuilt(folder, cause)
  }
  // The holder before may have removed the file while this process opened it: then the lock is on nothing.
  if (before === undefined || statSync(lockFile, { throwIfNoEntry: false })?.ino !== before) {
    lock.close()
    throw beingBuilt(folder)
  }
  return {
    release() {
      rmSync(lockFile, { force: true })
      lock.close()
    },
  }
}

function beingBuilt(folder: string, cause?: unknown): Error {
  return appErrors.folder_being_built(`Wait until the other command that writes ${folder} has ended.`, {
    cause,
  })
}
