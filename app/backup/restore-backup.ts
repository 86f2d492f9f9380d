/**
 * `usance restore`: a backup becomes a data folder, whole or not at all.
 *
 * - Everything is copied beside the data folder first, and each copy's checksum compared with the manifest. The data folder is
 *   touched only when all of it is there, verified and flushed, and of a schema that this program knows.
 * - What was in the data folder is never overwritten: with `isReplacing` the folder as it stands is moved aside, without it a
 *   folder that is not empty is refused. Moving aside needs that no program has the databases open.
 * - Between the two renames there is no data folder for an instant. A process killed right there leaves both beside it, under names
 *   that say what they are.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { AppError, formatInstant, type Clock } from '../../core/index.ts'
import {
  copyFileDurably,
  findSchemaVersion,
  isDatabaseInUse,
  openSqlite,
  renameDurably,
  syncToDisk,
  type DatabaseKind,
} from '../../db/index.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'
import { damaged, readManifest, type BackupManifest } from './backup-manifest.ts'
import { claimFolder } from './claimed-folder.ts'
import { isMachineError } from './write-backup.ts'

export type RestoreOptions = {
  readonly from: string
  readonly data: string
  /** Moves a data folder that is not empty aside instead of refusing it. */
  readonly isReplacing: boolean
  readonly clock: Clock
  readonly say: (sentence: string) => void
}

export type RestoreReport = {
  readonly manifest: BackupManifest
  /** Where the data folder from before is now, if there was one. */
  readonly movedAside: string | undefined
}

const kinds = ['ledger', 'metering'] as const satisfies readonly DatabaseKind[]

/**
 * @throws AppError `backup_not_found`, `backup_damaged`, `backup_format_unknown`, `schema_unknown`,
 *   `restore_target_not_empty`, `restore_target_in_use`, `restore_failed`, `folder_being_built`
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { from, isReplacing, say } = options
  const data = path.resolve(options.data)
  const manifest = await readManifest(from)
  const isOccupied = existsSync(data) && readdirSync(data).length > 0
  if (isOccupied && !isReplacing) {
    throw appErrors.restore_target_not_empty(
      `Restore into a new folder with --data, or give --replace, which moves ${options.data} aside.`,
    )
  }
  try {
    const claim = claimFolder(data)
    try {
      for (const file of manifest.files) {
        say(`Copying and checking ${file.name}.`)
        await copyVerified(from, claim.path, file)
      }
      for (const kind of kinds) assertKnownSchema(claim.path, kind)
      const movedAside = isOccupied ? await moveAside(data, options.clock) : undefined
      try {
        await claim.finish()
      } catch (error) {
        if (movedAside !== undefined) await renameDurably(movedAside, data)
        throw error
      }
      return { manifest, movedAside }
    } finally {
      claim.abandon()
    }
  } catch (cause) {
    if (cause instanceof AppError || !isMachineError(cause)) throw cause
    throw appErrors.restore_failed(
      `See that the folder above ${options.data} can be written and has room, and that ${options.data} is not a mount point: ${cause.message}.`,
      { cause },
    )
  }
}

async function copyVerified(
  from: string,
  to: string,
  { name, sizeBytes, sha256 }: BackupManifest['files'][number],
): Promise<void> {
  const source = path.join(from, name)
  if (!existsSync(source)) throw damaged(name)
  const target = path.join(to, name)
  mkdirSync(path.dirname(target), { recursive: true })
  const copied = await copyFileDurably(source, target)
  if (copied.sizeBytes !== sizeBytes || copied.sha256 !== sha256) throw damaged(name)
  await syncToDisk(path.dirname(target))
}

/** A schema that is behind is fine: `usance migrate` brings it up to date. */
function assertKnownSchema(folder: string, kind: DatabaseKind): void {
  const file = databaseFile(folder, kind)
  if (!existsSync(file)) throw damaged(path.basename(file))
  const database = openSqlite(file, { readOnly: true })
  try {
    findSchemaVersion(database, kind)
  } finally {
    database.close()
  }
}

async function moveAside(data: string, clock: Clock): Promise<string> {
  for (const kind of kinds) {
    const file = databaseFile(data, kind)
    if (!existsSync(file) || !isDatabaseInUse(file)) continue
    throw appErrors.restore_target_in_use(
      `Stop the server that has ${path.basename(file)} open, then restore.`,
    )
  }
  const aside = `${data}.before-restore-${formatInstant(clock.now()).replaceAll(/[:.]/g, '')}`
  await renameDurably(data, aside)
  return aside
}
