/**
 * The manifest of a backup: what is in the folder, byte for byte, and when it was taken.
 *
 * `manifest.json` names every file with its size and SHA-256; `manifest.json.sha256` holds the checksum of the manifest itself,
 * as `sha256sum --check` reads it. So one wrong byte anywhere in a backup is found before anything is restored. File names
 * come from a closed list of forms: a manifest cannot make a restore write outside its folder.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { writeFileDurably } from '../../db/index.ts'
import { appErrors } from '../errors.ts'

/** Rises when a program of today could not restore the backup of tomorrow. */
export const BACKUP_FORMAT = 1

const MANIFEST = 'manifest.json'
const MANIFEST_CHECKSUM = 'manifest.json.sha256'

const Count = Type.Integer({ minimum: 0 })
const closed = { additionalProperties: false }

const ManifestSchema = Type.Object(
  {
    format: Type.Literal(BACKUP_FORMAT),
    createdAt: Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` }),
    /** The newest migration of each database. */
    schemas: Type.Object({ ledger: Type.String(), metering: Type.String() }, closed),
    files: Type.Array(
      Type.Object(
        {
          name: Type.String({
            pattern: String.raw`^(?:(?:ledger|metering)\.sqlite|archives/readings-[0-9]{6,}\.archive)$`,
          }),
          sizeBytes: Count,
          sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        },
        closed,
      ),
    ),
    /** Of metering at the moment of the copy; readings are those stored, duplicates left out. */
    counts: Type.Object(
      {
        readings: Count,
        archivedReadings: Count,
        outcomes: Type.Record(Type.String({ pattern: '^[a-z_]+$' }), Count),
      },
      closed,
    ),
  },
  closed,
)

const NewerSchema = Type.Object({ format: Type.Integer({ exclusiveMinimum: BACKUP_FORMAT }) })

export type BackupManifest = Static<typeof ManifestSchema>

export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFileDurably(path.join(folder, MANIFEST), text)
  await writeFileDurably(path.join(folder, MANIFEST_CHECKSUM), `${digestText(text)}  ${MANIFEST}\n`)
}

/** @throws AppError `backup_not_found`, `backup_damaged`, `backup_format_unknown` */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const file = path.join(folder, MANIFEST)
  if (!existsSync(file)) {
    throw appErrors.backup_not_found(
      `Name a folder that "usance backup" finished; ${folder} has no ${MANIFEST}.`,
    )
  }
  const bytes = await readFile(file)
  const checksum = await readFile(path.join(folder, MANIFEST_CHECKSUM), 'utf8').catch(() => '')
  if (checksum !== `${digestText(bytes)}  ${MANIFEST}\n`) throw damaged(MANIFEST)
  const document = parseJson(bytes.toString('utf8'))
  if (Value.Check(NewerSchema, document)) {
    throw appErrors.backup_format_unknown(
      `Use the program that made the backup, or a newer one: it has format ${document.format}, this program reads ${BACKUP_FORMAT}.`,
    )
  }
  if (!Value.Check(ManifestSchema, document)) throw damaged(MANIFEST)
  return document
}

/** The error of a file of a backup that is not what the manifest says. */
export function damaged(name: string): Error {
  return appErrors.backup_damaged(
    `Use another backup: ${name} is missing or is not, byte for byte, what was backed up. Nothing was restored.`,
  )
}

function digestText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
