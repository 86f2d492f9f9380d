/**
 * A folder under construction: `folder.incomplete`, which only gets its real name when everything in it is on the disk.
 *
 * While it is built it is claimed by a lock that the kernel takes back when the process dies, however it dies. So what a killed
 * process left is recognised as nobody's and removed by the next one, and two processes cannot build the same folder.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { renameDurably, syncToDisk, tryLockFile } from '../../db/index.ts'
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
  // Beside the folder, not in it: the folder is emptied and renamed while the lock is held.
  const lock = tryLockFile(`${incomplete}.lock`)
  if (lock === undefined) {
    throw appErrors.folder_being_built(`Wait until the other command that writes ${folder} has ended.`)
  }
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
