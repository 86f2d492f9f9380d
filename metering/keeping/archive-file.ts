/**
 * An archive file: blocks of readings of many devices, one after the other, and a directory of them at the end.
 *
 * Layout: magic with a version byte, the blocks' frames, the directory's frame (JSON: ranges of devices and identities, counts,
 * every block's place), then the directory's place (u64) and the magic again. Every byte is covered: frames by their checksums, magic and
 * place by leading to them. The directory makes a file understandable without the database; the database keeps
 * the same places, and the SHA-256 of the whole file, and is the authority.
 *
 * Written once, never changed. A writer works under a temporary name and flushes file and folder before `finish` returns. Readers
 * touch one block at a time and never the whole file. Everything is synchronous: it runs in threads that only do this.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { databaseErrors } from '../../db/sqlite-index.ts'
import type { Identity } from '../usage/identity.ts'
import { meteringErrors } from '../errors.ts'
import {
  archiveDamaged,
  decodeBlock,
  decodeFrame,
  decodeFrameHead,
  encodeBlock,
  encodeFrame,
  FRAME_HEAD_BYTES,
  type ArchiveBlock,
} from './archive-block.ts'

const VERSION = 1
const MAGIC = Buffer.from('USARCHV')
const HEAD_BYTES = MAGIC.length + 1
const TAIL_BYTES = 8 + HEAD_BYTES
const CHUNK_BYTES = 256 * 1_024

/** Where a block is and what it holds. */
export type BlockPlace = {
  readonly deviceNo: number
  readonly position: number
  readonly from: Identity
  readonly to: Identity
  readonly lowestId: number
  readonly highestId: number
  readonly readings: number
  /** Of the block in the file, as hex. */
  readonly sha256: string
}

export type ArchiveDirectory = {
  readonly createdAt: number
  readonly firstDeviceNo: number
  readonly lastDeviceNo: number
  readonly devices: number
  readonly readings: number
  readonly oldestReceivedAt: number
  readonly newestReceivedAt: number
  readonly blocks: readonly BlockPlace[]
}

export type FinishedArchive = {
  readonly directory: ArchiveDirectory
  readonly sizeBytes: number
  readonly sha256: string
}

export type ArchiveWriter = {
  /** Devices in ascending order, each device's blocks in sequence order. */
  append(block: ArchiveBlock): void
  /** Flushes everything and gives the file its name. */
  finish(): FinishedArchive
  /** Removes an unfinished file. */
  abandon(): void
}

export function createArchiveWriter(file: string, createdAt: number): ArchiveWriter {
  const temporary = `${file}.incomplete`
  const handle = openSync(temporary, 'w')
  const hash = createHash('sha256')
  const blocks: BlockPlace[] = []
  let sizeBytes = 0
  let oldestReceivedAt = Infinity
  let newestReceivedAt = -Infinity
  let isOpen = true
  write(magic())

  function write(bytes: Buffer): void {
    for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written)
    hash.update(bytes)
    sizeBytes += bytes.length
  }

  function close(): void {
    if (isOpen) closeSync(handle)
    isOpen = false
  }

  return {
    append(block) {
      const { deviceNo, readings } = block
      const [first] = readings
      const last = readings.at(-1)
      if (first === undefined || last === undefined) return
      const frame = encodeFrame(encodeBlock(block))
      let lowestId = first.id
      let highestId = first.id
      for (const { id, receivedAt } of readings) {
        lowestId = Math.min(lowestId, id)
        highestId = Math.max(highestId, id)
        oldestReceivedAt = Math.min(oldestReceivedAt, receivedAt)
        newestReceivedAt = Math.max(newestReceivedAt, receivedAt)
      }
      blocks.push({
        deviceNo,
        position: sizeBytes,
        from: { epoch: first.epoch, seq: first.seq },
        to: { epoch: last.epoch, seq: last.seq },
        lowestId,
        highestId,
        readings: readings.length,
        sha256: decodeFrameHead(frame, file).sha256.toString('hex'),
      })
      write(frame)
    },
    finish() {
      const directory: ArchiveDirectory = {
        createdAt,
        firstDeviceNo: blocks.at(0)?.deviceNo ?? 0,
        lastDeviceNo: blocks.at(-1)?.deviceNo ?? 0,
        devices: new Set(blocks.map(({ deviceNo }) => deviceNo)).size,
        readings: blocks.reduce((sum, { readings }) => sum + readings, 0),
        oldestReceivedAt,
        newestReceivedAt,
        blocks,
      }
      const place = Buffer.alloc(8)
      place.writeBigUInt64LE(BigInt(sizeBytes))
      write(encodeFrame(Buffer.from(JSON.stringify(directory))))
      write(place)
      write(magic())
      fsyncSync(handle)
      close()
      renameSync(temporary, file)
      flushFolder(path.dirname(file))
      return { directory, sizeBytes, sha256: hash.digest('hex') }
    },
    abandon() {
      close()
      rmSync(temporary, { force: true })
    },
  }
}

/** Reads one block. @throws AppError `archive_missing`, `archive_damaged`, `archive_format_unknown`, `store_unavailable` */
export function readArchiveBlock(
  file: string,
  { deviceNo, position, readings, sha256 }: Pick<BlockPlace, 'deviceNo' | 'position' | 'readings' | 'sha256'>,
): ArchiveBlock {
  return withFile(file, (handle) => {
    const frame = readFrame(handle, position, file)
    if (decodeFrameHead(frame, file).sha256.toString('hex') !== sha256) throw archiveDamaged(file)
    const block = decodeBlock(decodeFrame(frame, file))
    if (block.deviceNo !== deviceNo || block.readings.length !== readings) throw archiveDamaged(file)
    return block
  })
}

/** What the file says of itself. @throws AppError like `readArchiveBlock` */
export function readArchiveDirectory(file: string): ArchiveDirectory {
  return withFile(file, (handle) => {
    const { size } = fstatSync(handle)
    if (size < HEAD_BYTES + TAIL_BYTES) throw archiveDamaged(file)
    const tail = readAt(handle, size - TAIL_BYTES, TAIL_BYTES, file)
    if (!tail.subarray(8).equals(magic())) throw archiveDamaged(file)
    const place = Number(tail.readBigUInt64LE(0))
    if (place > size - TAIL_BYTES) throw archiveDamaged(file)
    const frame = readFrame(handle, place, file)
    if (place + frame.length + TAIL_BYTES !== size) throw archiveDamaged(file)
    return JSON.parse(decodeFrame(frame, file).toString()) as ArchiveDirectory
  })
}

/** The SHA-256 of the whole file as hex, read in chunks. @throws AppError `archive_missing`, `store_unavailable` */
export function digestArchive(file: string): string {
  return withFile(file, (handle) => {
    const hash = createHash('sha256')
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let position = 0; ;) {
      const count = readSync(handle, chunk, 0, chunk.length, position)
      if (count === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, count))
      position += count
    }
  })
}

function withFile<Result>(file: string, body: (handle: number) => Result): Result {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    const head = readAt(handle, 0, HEAD_BYTES, file)
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw archiveDamaged(file)
    const version = head.readUInt8(MAGIC.length)
    if (version > VERSION) {
      throw meteringErrors.archive_format_unknown(
        `Use a newer program: ${file} has format ${version}, this one reads ${VERSION}.`,
      )
    }
    if (version !== VERSION) throw archiveDamaged(file)
    return body(handle)
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause
    if ('code' in cause && cause.code === 'ENOENT') {
      throw meteringErrors.archive_missing(
        `Put ${file} back from a backup: its readings are not zero, they are missing.`,
        { cause },
      )
    }
    throw databaseErrors.store_unavailable(`See why ${file} cannot be read.`, { cause })
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

function readFrame(handle: number, position: number, file: string): Buffer {
  const { storedBytes } = decodeFrameHead(readAt(handle, position, FRAME_HEAD_BYTES, file), file)
  return readAt(handle, position, FRAME_HEAD_BYTES + storedBytes, file)
}

function readAt(handle: number, position: number, length: number, file: string): Buffer {
  const bytes = Buffer.alloc(length)
  for (let read = 0; read < length;) {
    const count = readSync(handle, bytes, read, length - read, position + read)
    if (count === 0) throw archiveDamaged(file)
    read += count
  }
  return bytes
}

function magic(): Buffer {
  return Buffer.concat([MAGIC, Buffer.of(VERSION)])
}

function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
