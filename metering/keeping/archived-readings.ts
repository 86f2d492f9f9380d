/**
 * The archived side of the reading log: finds and reads readings that were moved out of `readings` into archive files.
 *
 * `list` and `scan` give what the log would give if the rows were still there, byte for byte, in (epoch, seq, id) order. Whoever
 * joins them with the rows that are left reads both in one transaction: readings move from one side to the other in a
 * single commit. A file that is missing or damaged is an error; there is no such thing as an archived reading that is
 * silently not there.
 *
 * A look-up reads the span rows of the device (one per archive), then only blocks whose identities meet the range. The last
 * few blocks are kept decoded, because a device that sends a day again asks for the same block again and again.
 */
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { compareIdentity, firstIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import type { ArchivedReading } from './archive-block.ts'
import { readArchiveBlock } from './archive-file.ts'

const MAX_CACHED_BLOCKS = 16

type SpanRow = { archive_no: number; file: string }
type BlockRow = {
  to_epoch: number
  to_seq: number
  position: number
  from_epoch: number
  from_seq: number
  readings: number
  sha256: string
}

/** The folder of the archive files of a database. */
export function archiveFolder(database: DatabaseSync): string {
  const location = database.location()
  return path.join(location === null ? '.' : path.dirname(location), 'archives')
}

export function openArchivedReadings(database: DatabaseSync) {
  const folder = archiveFolder(database)
  const findSpans = database.prepare(
    `SELECT s.archive_no, a.file FROM archived_spans AS s JOIN archives AS a ON a.no = s.archive_no
     WHERE s.device_no = ? AND (s.to_epoch, s.to_seq) >= (?, ?) AND (s.from_epoch, s.from_seq) <= (?, ?)
     ORDER BY s.archive_no`,
  )
  const nextBlock = database.prepare(
    `SELECT to_epoch, to_seq, position, from_epoch, from_seq, readings, lower(hex(sha256)) AS sha256
     FROM archive_blocks WHERE device_no = ? AND archive_no = ? AND (to_epoch, to_seq, position) > (?, ?, ?)
     ORDER BY to_epoch, to_seq, position LIMIT 1`,
  )
  const blockAcross = database.prepare(
    `SELECT to_epoch, to_seq, position, from_epoch, from_seq, readings, lower(hex(sha256)) AS sha256
     FROM archive_blocks WHERE device_no = ? AND archive_no = ? AND (to_epoch, to_seq) >= (?, ?)
     ORDER BY to_epoch, to_seq, position LIMIT 1`,
  )
  const previousBlock = database.prepare(
    `SELECT to_epoch, to_seq, position, from_epoch, from_seq, readings, lower(hex(sha256)) AS sha256
     FROM archive_blocks WHERE device_no = ? AND archive_no = ? AND (to_epoch, to_seq, position) < (?, ?, ?)
     ORDER BY to_epoch DESC, to_seq DESC, position DESC LIMIT 1`,
  )
  const findBlocksOfId = database.prepare(
    `SELECT b.archive_no, a.file, b.to_epoch, b.to_seq, b.position, b.from_epoch, b.from_seq, b.readings,
       lower(hex(b.sha256)) AS sha256
     FROM archive_blocks AS b JOIN archives AS a ON a.no = b.archive_no
     WHERE b.device_no = ? AND ? BETWEEN b.lowest_id AND b.highest_id`,
  )
  const cache = new Map<string, readonly ArchivedReading[]>()
  /** Slots are read in order of time: the next reading asked for by id is mostly in the block of the last one. */
  let lastFound: { readonly deviceNo: number; readonly readings: readonly ArchivedReading[] } | undefined

  function readBlock(deviceNo: number, { archive_no, file }: SpanRow, block: BlockRow) {
    const key = `${archive_no}:${block.position}`
    const known = cache.get(key)
    if (known !== undefined) {
      cache.delete(key)
      cache.set(key, known)
      return known
    }
    const { readings } = readArchiveBlock(path.join(folder, file), { deviceNo, ...block })
    cache.set(key, readings)
    for (const oldest of cache.keys()) {
      if (cache.size <= MAX_CACHED_BLOCKS) break
      cache.delete(oldest)
    }
    return readings
  }

  /** The readings of one archive, in order; block borders do not show. */
  function* scanArchive(
    deviceNo: number,
    span: SpanRow,
    from: Identity,
    to: Identity,
  ): Generator<ArchivedReading, void, undefined> {
    let after: [number, number, number] = [from.epoch, from.seq, -1]
    for (;;) {
      const block = nextBlock.get(deviceNo, span.archive_no, ...after) as BlockRow | undefined
      if (block === undefined) return
      if (compareIdentity({ epoch: block.from_epoch, seq: block.from_seq }, to) > 0) return
      for (const reading of readBlock(deviceNo, span, block)) {
        if (compareIdentity(reading, from) >= 0 && compareIdentity(reading, to) <= 0) yield reading
      }
      after = [block.to_epoch, block.to_seq, block.position]
    }
  }

  function* scanRange(
    deviceNo: number,
    from: Identity,
    to: Identity,
  ): Generator<ArchivedReading, void, undefined> {
    const spans = findSpans.all(deviceNo, from.epoch, from.seq, to.epoch, to.seq) as SpanRow[]
    const sources = spans.flatMap((span) => {
      const readings = scanArchive(deviceNo, span, from, to)
      const first = readings.next()
      return first.done === true ? [] : [{ readings, head: first.value }]
    })
    while (sources.length > 0) {
      const lowest = sources.reduce((best, each) => (compareInLog(each.head, best.head) < 0 ? each : best))
      yield lowest.head
      const next = lowest.readings.next()
      if (next.done === true) sources.splice(sources.indexOf(lowest), 1)
      else lowest.head = next.value
    }
  }

  /** The `count` readings of one archive that are nearest before an identity, nearest first. */
  function listBackwards(
    deviceNo: number,
    span: SpanRow,
    before: Identity,
    count: number,
  ): ArchivedReading[] {
    const found: ArchivedReading[] = []
    const take = (block: BlockRow) => {
      const readings = readBlock(deviceNo, span, block).filter((each) => compareIdentity(each, before) < 0)
      found.push(...readings.slice(found.length - count).reverse())
    }
    const across = blockAcross.get(deviceNo, span.archive_no, before.epoch, before.seq) as
      BlockRow | undefined
    if (across !== undefined) take(across)
    let bound: [number, number, number] = [before.epoch, before.seq, -1]
    while (found.length < count) {
      const block = previousBlock.get(deviceNo, span.archive_no, ...bound) as BlockRow | undefined
      if (block === undefined) break
      take(block)
      bound = [block.to_epoch, block.to_seq, block.position]
    }
    return found
  }

  return {
    /** Every archived reading from one identity to another, both included, in (epoch, seq, id) order. */
    list: (deviceNo: number, from: Identity, to: Identity): ArchivedReading[] => [
      ...scanRange(deviceNo, from, to),
    ],

    /** The same from one identity to the end, one block in memory at a time. */
    scan: (deviceNo: number, from: Identity) => scanRange(deviceNo, from, lastIdentity),

    /** The `count` archived readings before an identity that are nearest to it, in (epoch, seq, id) order. */
    listBefore(deviceNo: number, before: Identity, count: number): ArchivedReading[] {
      const { epoch, seq } = before
      const spans = findSpans.all(deviceNo, firstIdentity.epoch, firstIdentity.seq, epoch, seq) as SpanRow[]
      return spans
        .flatMap((span) => listBackwards(deviceNo, span, before, count))
        .sort(compareInLog)
        .slice(-count)
    },

    /** The archived reading with this row id; undefined when the device has none such. */
    find(deviceNo: number, id: number): ArchivedReading | undefined {
      const near = lastFound?.deviceNo === deviceNo ? findById(lastFound.readings, id) : undefined
      if (near !== undefined) return near
      for (const row of findBlocksOfId.all(deviceNo, id) as (SpanRow & BlockRow)[]) {
        const readings = readBlock(deviceNo, row, row)
        const found = findById(readings, id)
        if (found === undefined) continue
        lastFound = { deviceNo, readings }
        return found
      }
      return undefined
    },
  }
}

function findById(readings: readonly ArchivedReading[], id: number): ArchivedReading | undefined {
  return readings.find((reading) => reading.id === id)
}

/** The order of the log: sequence first, then arrival. */
export function compareInLog(left: ArchivedReading, right: ArchivedReading): number {
  return compareIdentity(left, right) || left.id - right.id
}
