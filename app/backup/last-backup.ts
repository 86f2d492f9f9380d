/**
 * When the last backup of a data folder succeeded: a small file in that folder, for the running server's metrics.
 *
 * It is a note for operators and nothing rests on it: a backup is not made a failure by not being able to leave it.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseInstant } from '../../core/index.ts'
import { writeFileDurably } from '../../db/index.ts'

type LastBackup = { readonly createdAt: string; readonly folder: string }

const NAME = 'last-backup.json'

export async function recordBackup(
  data: string,
  backup: LastBackup,
  say: (sentence: string) => void,
): Promise<void> {
  try {
    await writeFileDurably(path.join(data, NAME), `${JSON.stringify(backup, null, 2)}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    say(`The backup is whole, but ${NAME} could not be written for the metrics: ${reason}`)
  }
}

/** When the last backup began, in milliseconds; undefined when none is known. */
export async function findLastBackupAt(data: string): Promise<number | undefined> {
  try {
    const { createdAt } = JSON.parse(await readFile(path.join(data, NAME), 'utf8')) as Partial<LastBackup>
    return createdAt === undefined ? undefined : parseInstant(createdAt)
  } catch {
    return undefined
  }
}
