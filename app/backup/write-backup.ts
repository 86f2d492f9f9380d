/**
 * `usance backup`: both databases into a new folder, while a server may be running on them.
 *
 * - The ledger is copied first, then metering. What is billed rests on readings, never the other way round: metering copied later
 *   holds every reading that an invoice in the ledger's copy rests on. In the other order an invoice issued between the two
 *   copies would rest on usage that the backup does not have. Readings newer than the ledger are only not billed yet, and a pin is idempotent by its
 *   invoice's id, so one whose invoice the ledger's copy lacks is made again with it.
 * - Archive files are copied after the copy of metering that names them; each must be what the database says it is, so a damaged
 *   one is found now and not when it is needed.
 * - The folder gets its name last, after every file, the manifest and the folder itself were flushed: a folder with
 *   that name is a whole backup, whenever the process was killed.
 * - The server goes on acknowledging. Until the copy of a database is done its write-ahead log grows by what is written.
 */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { AppError, formatInstant, type Clock } from '../../core/index.ts'
import {
  copyDatabase,
  copyFileDurably,
  digestFile,
  findSchemaVersion,
  openSqlite,
  syncToDisk,
  type DatabaseKind,
} from '../../db/index.ts'
import { meteringErrors, readMeteringSnapshot, type MeteringSnapshot } from '../../metering/index.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'
import { BACKUP_FORMAT, writeManifest, type BackupManifest } from './backup-manifest.ts'
import { claimFolder } from './claimed-folder.ts'

export type BackupOptions = {
  /** The folder of the databases. */
  readonly data: string
  /** The folder to make; it must not exist. */
  readonly to: string
  readonly clock: Clock
  readonly say: (sentence: string) => void
}

/** Ledger before metering: see above. */
const inOrder = ['ledger', 'metering'] as const satisfies readonly DatabaseKind[]

/** @throws AppError `data_not_found`, `backup_exists`, `backup_failed`, `folder_being_built`, `database_damaged`, `archive_missing`, `archive_damaged` */
export async function writeBackup({ data, to, clock, say }: BackupOptions): Promise<BackupManifest> {
  for (const kind of inOrder) {
    if (existsSync(databaseFile(data, kind))) continue
    throw appErrors.data_not_found(`Name the data folder with --data; ${data} has no ${kind}.sqlite.`)
  }
  const target = path.resolve(to)
  if (existsSync(target)) {
    throw appErrors.backup_exists(`Name a folder that does not exist yet; ${to} does.`)
  }
  try {
    const claim = claimFolder(target)
    try {
      const createdAt = formatInstant(clock.now())
      for (const kind of inOrder) {
        say(`Copying the ${kind} database.`)
        await copyDatabase(databaseFile(data, kind), databaseFile(claim.path, kind))
      }
      const snapshot = readMeteringSnapshot(databaseFile(claim.path, 'metering'))
      await copyArchives(data, claim.path, snapshot)
      const manifest = await describe(claim.path, createdAt, snapshot)
      await writeManifest(claim.path, manifest)
      await claim.finish()
      return manifest
    } finally {
      claim.abandon()
    }
  } catch (cause) {
    if (cause instanceof AppError || !isMachineError(cause)) throw cause
    throw appErrors.backup_failed(`See that ${to} can be written and has room: ${cause.message}.`, { cause })
  }
}

async function describe(folder: string, createdAt: string, snapshot: MeteringSnapshot) {
  const files: BackupManifest['files'] = []
  for (const kind of inOrder) {
    files.push({ name: `${kind}.sqlite`, ...(await digestFile(databaseFile(folder, kind))) })
  }
  for (const { file, sizeBytes, sha256 } of snapshot.archives) files.push({ name: file, sizeBytes, sha256 })
  const { readings, archivedReadings, outcomes } = snapshot
  return {
    format: BACKUP_FORMAT,
    createdAt,
    schemas: { ledger: schemaOf(folder, 'ledger'), metering: schemaOf(folder, 'metering') },
    files,
    counts: { readings, archivedReadings, outcomes: { ...outcomes } },
  } satisfies BackupManifest
}

/** Archive files never change, so those that the copy of metering names are there, and are copied as they are. */
async function copyArchives(data: string, folder: string, { archives }: MeteringSnapshot): Promise<void> {
  if (archives.length === 0) return
  mkdirSync(path.join(folder, 'archives'))
  for (const { file, sizeBytes, sha256 } of archives) {
    const source = path.join(data, file)
    if (!existsSync(source)) {
      throw meteringErrors.archive_missing(`Put ${source} back from an older backup, then back up again.`)
    }
    const copied = await copyFileDurably(source, path.join(folder, file))
    if (copied.sizeBytes !== sizeBytes || copied.sha256 !== sha256) {
      throw meteringErrors.archive_damaged(`Put ${source} back from an older backup, then back up again.`)
    }
  }
  await syncToDisk(path.join(folder, 'archives'))
}

function schemaOf(folder: string, kind: DatabaseKind): string {
  const database = openSqlite(databaseFile(folder, kind), { readOnly: true })
  try {
    return findSchemaVersion(database, kind) ?? ''
  } finally {
    database.close()
  }
}

/** An error of the file system or of SQLite: anything else is ours and must not be dressed up. */
export function isMachineError(error: unknown): error is Error {
  return error instanceof Error && ('errcode' in error || 'syscall' in error)
}
