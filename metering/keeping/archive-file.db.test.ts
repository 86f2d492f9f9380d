import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createArchiveWriter, digestArchive, readArchiveBlock, readArchiveDirectory } from './archive-file.ts'
import type { ArchiveBlock } from './archive-block.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-archive-'))
  file = path.join(folder, 'readings-000001.archive')
})

afterEach(() => rmSync(folder, { recursive: true }))

const blocks: readonly ArchiveBlock[] = [
  {
    deviceNo: 3,
    readings: [
      { id: 10, epoch: 1, seq: 1, receivedAt: 1_000, raw: Buffer.from('{"seq":1}') },
      { id: 12, epoch: 1, seq: 2, receivedAt: 3_000, raw: Buffer.of(0, 255, 13, 10) },
    ],
  },
  { deviceNo: 3, readings: [{ id: 11, epoch: 2, seq: 0, receivedAt: 2_000, raw: new Uint8Array() }] },
  {
    deviceNo: 7,
    readings: [{ id: 2 ** 40, epoch: 1, seq: 2 ** 52, receivedAt: 500, raw: Buffer.from('x'.repeat(1_000)) }],
  },
]

function writeArchive() {
  const writer = createArchiveWriter(file, 9_000)
  for (const block of blocks) writer.append(block)
  return writer.finish()
}

/** Reads everything that the places lead to. */
function readAll(places: ReturnType<typeof writeArchive>['directory']['blocks']) {
  readArchiveDirectory(file)
  return places.map((place) => {
    const { deviceNo, readings } = readArchiveBlock(file, place)
    return { deviceNo, readings: readings.map(({ raw, ...rest }) => ({ ...rest, raw: Buffer.from(raw) })) }
  })
}

function codeOf(body: () => unknown): string {
  try {
    body()
    return 'read'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('an archive file', () => {
  it('gives back every reading byte for byte, block by block', () => {
    const { directory } = writeArchive()
    expect(readAll(directory.blocks)).toEqual(
      blocks.map(({ deviceNo, readings }) => ({
        deviceNo,
        readings: readings.map(({ raw, ...rest }) => ({ ...rest, raw: Buffer.from(raw) })),
      })),
    )
  })

  it('says what it holds without a database', () => {
    const { directory } = writeArchive()
    expect(readArchiveDirectory(file)).toEqual(directory)
    expect(directory).toMatchObject({
      createdAt: 9_000,
      firstDeviceNo: 3,
      lastDeviceNo: 7,
      devices: 2,
      readings: 4,
      oldestReceivedAt: 500,
      newestReceivedAt: 3_000,
    })
    expect(
      directory.blocks.map(({ deviceNo, from, to, lowestId, highestId, readings }) => [
        deviceNo,
        [from.epoch, from.seq],
        [to.epoch, to.seq],
        [lowestId, highestId],
        readings,
      ]),
    ).toEqual([
      [3, [1, 1], [1, 2], [10, 12], 2],
      [3, [2, 0], [2, 0], [11, 11], 1],
      [7, [1, 2 ** 52], [1, 2 ** 52], [2 ** 40, 2 ** 40], 1],
    ])
  })

  it('is the file that its checksum and size say', () => {
    const { sha256, sizeBytes } = writeArchive()
    const bytes = readFileSync(file)
    expect([sha256, sizeBytes]).toEqual([createHash('sha256').update(bytes).digest('hex'), bytes.length])
    expect(digestArchive(file)).toBe(sha256)
  })

  it('is refused for one wrong byte, whichever it is', () => {
    const { directory } = writeArchive()
    const sound = readFileSync(file)
    const VERSION_AT = 7
    for (let place = 0; place < sound.length; place += 1) {
      const damaged = Buffer.from(sound)
      damaged.writeUInt8(damaged.readUInt8(place) ^ 0x10, place)
      writeFileSync(file, damaged)
      const expected = place === VERSION_AT ? 'archive_format_unknown' : 'archive_damaged'
      expect([place, codeOf(() => readAll(directory.blocks))]).toEqual([place, expected])
    }
  })

  it('is refused when its end is missing, wherever it was cut', () => {
    const { directory } = writeArchive()
    const sound = readFileSync(file)
    for (let length = 0; length < sound.length; length += 1) {
      writeFileSync(file, sound.subarray(0, length))
      expect([length, codeOf(() => readAll(directory.blocks))]).toEqual([length, 'archive_damaged'])
    }
  })

  it('is refused when another sound archive has taken its place', () => {
    const { directory } = writeArchive()
    const writer = createArchiveWriter(file, 9_000)
    for (const { deviceNo, readings } of blocks) {
      writer.append({ deviceNo, readings: readings.map((reading) => ({ ...reading, receivedAt: 0 })) })
    }
    writer.finish()
    expect(codeOf(() => readAll(directory.blocks))).toBe('archive_damaged')
  })

  it('is an error when it is not there, never an archive without readings', () => {
    const { directory } = writeArchive()
    rmSync(file)
    expect(codeOf(() => readAll(directory.blocks))).toBe('archive_missing')
    expect(codeOf(() => digestArchive(file))).toBe('archive_missing')
  })

  it('leaves nothing behind when it is abandoned', () => {
    const writer = createArchiveWriter(file, 9_000)
    for (const block of blocks) writer.append(block)
    expect(readdirSync(folder)).toEqual(['readings-000001.archive.incomplete'])
    writer.abandon()
    expect(readdirSync(folder)).toEqual([])
  })
})
