/**
 * Moves old raw readings of devices out of the database into one archive file.
 *
 * 1. The readings are written to a file under a temporary name, which is flushed, named, and its folder flushed.
 * 2. The named file is read back as a whole and its SHA-256 compared with what was written.
 * 3. In small transactions, blocks are taken over: each is read from the file once more, compared with the rows byte for byte, its
 *    place is recorded, and the rows are deleted, in one COMMIT. So a row is deleted only when its durable copy was read
 *    and found equal, and at every moment each reading is in exactly one of the two places.
 *
 * A process killed before the first COMMIT leaves a file that no row names; the next run removes it. Killed later, what was not
 * taken over is still in the database and goes into the next file. One run at a time, by a lock that dies with its process; a
 * server may be running, and waits at most for one small transaction.
 *
 * A device that is being judged again is passed over: that reads its log in several steps without a transaction.
 *
 * `through` is the caller's: up to there the device's periods are closed. Nothing depends on it but how often archives are read.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant } from '../../core/index.ts'
import { tryLockFile } from '../../db/sqlite-index.ts'
import { meteringErrors } from '../errors.ts'
import type { Identity } from '../usage/identity.ts'
import { openArchivableReadings } from './archivable-readings.ts'
import { archiveDamaged, type ArchivedReading } from './archive-block.ts'
import {
  createArchiveWriter,
  digestArchive,
  readArchiveBlock,
  readArchiveDirectory,
  type BlockPlace,
  type FinishedArchive,
} from './archive-file.ts'
import { archiveFolder } from './archived-readings.ts'

export type DeviceToArchive = {
  readonly deviceNo: number
  /** The last identity that may be archived. */
  readonly through: Identity
}

export type ArchivingStep =
  'block_written' | 'file_flushed' | 'file_verified' | 'before_commit' | 'blocks_taken_over'

export type ArchivingOptions = {
  readonly database: DatabaseSync
  /** In ascending order of their numbers. */
  readonly devices: Iterable<DeviceToArchive>
  /** Only readings with a row id up to this one: whatever follows the log by id has passed it. */
  readonly upToId?: number
  readonly now: number
  /** Most readings in one file; the rest waits for the next run. */
  readonly maxReadings?: number
  readonly onStep?: (step: ArchivingStep) => void
}

export type ArchivingReport = {
  /** Undefined when there was nothing to archive. */
  readonly file: string | undefined
  readonly readings: number
  readonly sizeBytes: number
  /** False when `maxReadings` was reached: another run goes on. */
  readonly isComplete: boolean
}

const DEFAULT_MAX_READINGS = 500_000
const MAX_BLOCK_READINGS = 500
const MAX_BLOCK_BYTES = 256 * 1_024
/** Readings in one transaction: some tens of milliseconds that the fleet's acknowledgements may wait. */
const MAX_TAKEN_OVER = 2_000

const filePattern = /^readings-\d{6,}\.archive(?:\.incomplete)?$/

/** @throws AppError `archiving_running`, `archive_damaged`, `store_unavailable` */
export function archiveReadings(options: ArchivingOptions): ArchivingReport {
  const folder = archiveFolder(options.database)
  mkdirSync(folder, { recursive: true })
  const lock = tryLockFile(path.join(folder, 'archiving.lock'))
  if (lock === undefined) throw meteringErrors.archiving_running('Wait until the other run has ended.')
  try {
    removeUnnamedFiles(options.database, folder)
    return archiveIntoFile(options, folder)
  } finally {
    lock.release()
  }
}

/** Files that a killed run left: their readings are all still in the database. */
function removeUnnamedFiles(database: DatabaseSync, folder: string): void {
  const isNamed = database.prepare('SELECT 1 FROM archives WHERE file = ?')
  for (const name of readdirSync(folder)) {
    if (filePattern.test(name) && isNamed.get(name) === undefined) rmSync(path.join(folder, name))
  }
}

function archiveIntoFile(options: ArchivingOptions, folder: string): ArchivingReport {
  const { database, now, onStep = () => undefined } = options
  const { no } = database.prepare('SELECT coalesce(max(no), 0) + 1 AS no FROM archives').get() as {
    no: number
  }
  const name = `readings-${String(no).padStart(6, '0')}.archive`
  const file = path.join(folder, name)
  const writer = createArchiveWriter(file, now)
  let finished: FinishedArchive
  let isComplete: boolean
  try {
    isComplete = writeBlocks(options, (deviceNo, readings) => {
      writer.append({ deviceNo, readings })
      onStep('block_written')
    })
    finished = writer.finish()
  } catch (error) {
    writer.abandon()
    throw error
  }
  if (finished.directory.readings === 0) {
    rmSync(file)
    return { file: undefined, readings: 0, sizeBytes: 0, isComplete }
  }
  onStep('file_flushed')
  if (digestArchive(file) !== finished.sha256) throw archiveDamaged(file)
  if (readArchiveDirectory(file).readings !== finished.directory.readings) throw archiveDamaged(file)
  onStep('file_verified')
  const readings = takeOver(database, { no, name, file, finished }, onStep)
  if (readings === 0) {
    rmSync(file)
    return { file: undefined, readings: 0, sizeBytes: 0, isComplete }
  }
  return { file: name, readings, sizeBytes: finished.sizeBytes, isComplete }
}

/** False when the limit was reached before all devices were through. */
function writeBlocks(
  { database, devices, upToId = Infinity, maxReadings = DEFAULT_MAX_READINGS }: ArchivingOptions,
  write: (deviceNo: number, readings: readonly ArchivedReading[]) => void,
): boolean {
  const archivable = openArchivableReadings(database)
  const highestId = Math.min(upToId, archivable.newestArchivableId())
  let total = 0
  for (const { deviceNo, through } of devices) {
    let block: ArchivedReading[] = []
    let bytes = 0
    for (const reading of archivable.readingsOf(deviceNo, through, highestId)) {
      if (total === maxReadings) {
        if (block.length > 0) write(deviceNo, block)
        return false
      }
      if (
        block.length > 0 &&
        (block.length === MAX_BLOCK_READINGS || bytes + reading.raw.length > MAX_BLOCK_BYTES)
      ) {
        write(deviceNo, block)
        block = []
        bytes = 0
      }
      block.push(reading)
      bytes += reading.raw.length
      total += 1
    }
    if (block.length > 0) write(deviceNo, block)
  }
  return true
}

type NamedArchive = {
  readonly no: number
  readonly name: string
  readonly file: string
  readonly finished: FinishedArchive
}

/** Returns how many readings were taken over. */
function takeOver(
  database: DatabaseSync,
  archive: NamedArchive,
  onStep: (step: ArchivingStep) => void,
): number {
  const store = openArchiveStore(database, archive)
  const isBeingJudged = database.prepare('SELECT 1 FROM unjudged_devices WHERE device_no = ?')
  /** What is left of a chain must be its new end: a device that is passed over once is left alone by this run. */
  const passedOver = new Set<number>()
  let taken = 0
  for (const blocks of groupBlocks(archive.finished.directory.blocks)) {
    database.exec('BEGIN IMMEDIATE')
    try {
      for (const { deviceNo } of blocks) {
        if (isBeingJudged.get(deviceNo) !== undefined) passedOver.add(deviceNo)
      }
      const free = blocks.filter(({ deviceNo }) => !passedOver.has(deviceNo))
      const inBatch = free.reduce((sum, { readings }) => sum + readings, 0)
      if (inBatch > 0) store.recordArchive(inBatch)
      for (const place of free) store.takeOverBlock(place)
      onStep('before_commit')
      database.exec('COMMIT')
      taken += inBatch
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
    onStep('blocks_taken_over')
  }
  return taken
}

function* groupBlocks(blocks: readonly BlockPlace[]): Generator<readonly BlockPlace[]> {
  let group: BlockPlace[] = []
  let readings = 0
  for (const block of blocks) {
    if (group.length > 0 && readings + block.readings > MAX_TAKEN_OVER) {
      yield group
      group = []
      readings = 0
    }
    group.push(block)
    readings += block.readings
  }
  if (group.length > 0) yield group
}

function openArchiveStore(database: DatabaseSync, { no, name, file, finished }: NamedArchive) {
  const { directory, sizeBytes, sha256 } = finished
  const upsertArchive = database.prepare(
    `INSERT INTO archives (no, file, size_bytes, sha256, readings, oldest_received_at, newest_received_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (no) DO UPDATE SET readings = readings + excluded.readings`,
  )
  const upsertSpan = database.prepare(
    `INSERT INTO archived_spans (device_no, archive_no, from_epoch, from_seq, to_epoch, to_seq)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_no, archive_no) DO UPDATE SET to_epoch = excluded.to_epoch, to_seq = excluded.to_seq`,
  )
  const insertBlock = database.prepare(
    `INSERT INTO archive_blocks (device_no, archive_no, to_epoch, to_seq, position, from_epoch, from_seq,
       lowest_id, highest_id, readings, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?))`,
  )
  const readRow = database.prepare(
    'SELECT device_no, epoch, seq, received_at, raw FROM readings WHERE id = ?',
  )
  const deleteRow = database.prepare('DELETE FROM readings WHERE id = ?')
  const deleteOffChain = database.prepare(
    'DELETE FROM readings_off_chain WHERE device_no = ? AND epoch = ? AND seq = ? AND reading_id = ?',
  )
  /** What is archived of the chain is its old end, so the entries to go are the device's first ones. */
  const deleteChainBlocks = database.prepare(
    `DELETE FROM reading_blocks WHERE (device_no, epoch, block) IN (
       SELECT device_no, epoch, block FROM reading_blocks WHERE device_no = ? ORDER BY epoch, block
       LIMIT ${MAX_BLOCK_READINGS}
     ) AND NOT EXISTS (SELECT 1 FROM readings AS r WHERE r.id = reading_id)`,
  )

  function assertSameAsRow(deviceNo: number, reading: ArchivedReading): void {
    const row = readRow.get(reading.id)
    assertInvariant(row !== undefined, 'A reading that is being archived is still stored.')
    const isSame =
      row['device_no'] === deviceNo &&
      row['epoch'] === reading.epoch &&
      row['seq'] === reading.seq &&
      row['received_at'] === reading.receivedAt &&
      Buffer.compare(row['raw'] as Uint8Array, reading.raw) === 0
    if (!isSame) throw archiveDamaged(file)
  }

  return {
    recordArchive(readings: number): void {
      const { oldestReceivedAt, newestReceivedAt, createdAt } = directory
      upsertArchive.run(no, name, sizeBytes, sha256, readings, oldestReceivedAt, newestReceivedAt, createdAt)
    },

    takeOverBlock(place: BlockPlace): void {
      const { deviceNo, from, to, position, lowestId, highestId, readings: count } = place
      const { readings } = readArchiveBlock(file, place)
      for (const reading of readings) assertSameAsRow(deviceNo, reading)
      upsertSpan.run(deviceNo, no, from.epoch, from.seq, to.epoch, to.seq)
      insertBlock.run(
        deviceNo,
        no,
        to.epoch,
        to.seq,
        position,
        from.epoch,
        from.seq,
        lowestId,
        highestId,
        count,
        place.sha256,
      )
      for (const { id, epoch, seq } of readings) {
        deleteRow.run(id)
        deleteOffChain.run(deviceNo, epoch, seq, id)
      }
      deleteChainBlocks.run(deviceNo)
    },
  }
}
