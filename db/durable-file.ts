/**
 * Files that must survive a power cut: written, flushed to the disk, and only then given the name that others look for.
 *
 * Everything is streamed, so that a database of any size is copied and hashed in a few hundred kilobytes of memory. A file's
 * name is durable only after its folder was flushed too; `writeFileDurably` and `renameDurably` do both.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import path from 'node:path'

export type FileDigest = { readonly sizeBytes: number; readonly sha256: string }

const CHUNK_BYTES = 256 * 1_024

/** Flushes a file's content, or a folder's list of names, to the disk. */
export async function syncToDisk(fileOrFolder: string): Promise<void> {
  const handle = await open(fileOrFolder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function digestFile(file: string): Promise<FileDigest> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk as Buffer)
    sizeBytes += (chunk as Buffer).length
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Copies to a file that must not exist yet and flushes it; the digest is that of the bytes that were copied. */
export async function copyFileDurably(from: string, to: string): Promise<FileDigest> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const target = await open(to, 'wx')
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: CHUNK_BYTES })) {
      hash.update(chunk as Buffer)
      sizeBytes += (chunk as Buffer).length
      await target.writeFile(chunk as Buffer)
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Replaces the file in one step: whoever reads it finds the old content or the new one. */
export async function writeFileDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}.new`
  const target = await open(temporary, 'w')
  try {
    await target.writeFile(content)
    await target.sync()
  } finally {
    await target.close()
  }
  await renameDurably(temporary, file)
}

export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncToDisk(path.dirname(to))
}

/** Not `{ recursive: true }`: where nobody may create a folder (`/proc`), Node 26 then never returns. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(path.dirname(folder))
  mkdirSync(folder)
}
