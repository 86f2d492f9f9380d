/**
 * One block of an archive file: readings of one device in (epoch, seq, id) order, compressed, with its own checksum.
 *
 * Frame: stored length (u32), plain length (u32), SHA-256 of those eight bytes and the stored bytes, the stored bytes (zstd).
 * Plain: device number (u64), count (u32), then per reading id, epoch, seq, received time (each 64 bits), length of raw (u32) and
 * raw, byte for byte. All little-endian. Lengths are checked against limits before anything is allocated by them.
 */
import { createHash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { meteringErrors } from '../errors.ts'

/** A reading as it was stored, wherever it is now. */
export type ArchivedReading = {
  readonly id: number
  readonly epoch: number
  readonly seq: number
  readonly receivedAt: number
  /** Byte for byte what the device sent. */
  readonly raw: Uint8Array
}

export type ArchiveBlock = { readonly deviceNo: number; readonly readings: readonly ArchivedReading[] }

export const FRAME_HEAD_BYTES = 40
const LENGTHS_BYTES = 8
const CHECKSUM_BYTES = 32
const BLOCK_HEAD_BYTES = 12
const READING_HEAD_BYTES = 36
/** Far above what a writer makes: a block holds about 256 KiB, or one large message. */
const MAX_FRAME_BYTES = 64 * 1_024 * 1_024

export type FrameHead = { readonly storedBytes: number; readonly plainBytes: number; readonly sha256: Buffer }

export function encodeFrame(plain: Uint8Array): Buffer {
  const stored = zstdCompressSync(plain)
  const frame = Buffer.alloc(FRAME_HEAD_BYTES + stored.length)
  frame.writeUInt32LE(stored.length, 0)
  frame.writeUInt32LE(plain.length, 4)
  stored.copy(frame, FRAME_HEAD_BYTES)
  checksumOf(frame).copy(frame, LENGTHS_BYTES)
  return frame
}

/** @throws AppError `archive_damaged` when the lengths cannot be true */
export function decodeFrameHead(head: Buffer, file: string): FrameHead {
  const storedBytes = head.readUInt32LE(0)
  const plainBytes = head.readUInt32LE(4)
  if (storedBytes > MAX_FRAME_BYTES || plainBytes > MAX_FRAME_BYTES) throw archiveDamaged(file)
  return {
    storedBytes,
    plainBytes,
    sha256: head.subarray(LENGTHS_BYTES, LENGTHS_BYTES + CHECKSUM_BYTES),
  }
}

/** The plain bytes of a whole frame. @throws AppError `archive_damaged` */
export function decodeFrame(frame: Buffer, file: string): Buffer {
  const { plainBytes, sha256 } = decodeFrameHead(frame, file)
  if (!checksumOf(frame).equals(sha256)) throw archiveDamaged(file)
  const plain = zstdDecompressSync(frame.subarray(FRAME_HEAD_BYTES), { maxOutputLength: plainBytes })
  if (plain.length !== plainBytes) throw archiveDamaged(file)
  return plain
}

function checksumOf(frame: Buffer): Buffer {
  return createHash('sha256')
    .update(frame.subarray(0, LENGTHS_BYTES))
    .update(frame.subarray(FRAME_HEAD_BYTES))
    .digest()
}

export function encodeBlock({ deviceNo, readings }: ArchiveBlock): Buffer {
  const length = readings.reduce((sum, { raw }) => sum + READING_HEAD_BYTES + raw.length, BLOCK_HEAD_BYTES)
  const plain = Buffer.alloc(length)
  plain.writeBigUInt64LE(BigInt(deviceNo), 0)
  plain.writeUInt32LE(readings.length, 8)
  let at = BLOCK_HEAD_BYTES
  for (const { id, epoch, seq, receivedAt, raw } of readings) {
    plain.writeBigUInt64LE(BigInt(id), at)
    plain.writeBigUInt64LE(BigInt(epoch), at + 8)
    plain.writeBigUInt64LE(BigInt(seq), at + 16)
    plain.writeBigInt64LE(BigInt(receivedAt), at + 24)
    plain.writeUInt32LE(raw.length, at + 32)
    plain.set(raw, at + READING_HEAD_BYTES)
    at += READING_HEAD_BYTES + raw.length
  }
  return plain
}

export function decodeBlock(plain: Buffer): ArchiveBlock {
  const count = plain.readUInt32LE(8)
  const readings: ArchivedReading[] = []
  let at = BLOCK_HEAD_BYTES
  for (let index = 0; index < count; index += 1) {
    const start = at + READING_HEAD_BYTES
    const end = start + plain.readUInt32LE(at + 32)
    readings.push({
      id: Number(plain.readBigUInt64LE(at)),
      epoch: Number(plain.readBigUInt64LE(at + 8)),
      seq: Number(plain.readBigUInt64LE(at + 16)),
      receivedAt: Number(plain.readBigInt64LE(at + 24)),
      raw: plain.subarray(start, end),
    })
    at = end
  }
  return { deviceNo: Number(plain.readBigUInt64LE(0)), readings }
}

export function archiveDamaged(file: string): Error {
  return meteringErrors.archive_damaged(
    `Put ${file} back into the folder of archives from a backup: what is there is not what was archived.`,
  )
}
