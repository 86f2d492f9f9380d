/**
 * Which stored readings of a device may be archived, in (epoch, seq, id) order, a page at a time.
 *
 * - Of the chain only whole blocks of the log that it has left (`reading_blocks`), from its old end: what remains is still one
 *   chain, and its head, which every look-up enters by, stays.
 * - Off the chain anything up to the given identity: readings there are found by identity, not through each other.
 * - Nothing after the writer's checkpoint: those rows are read again, by id, after a crash.
 * - Never the newest row of the table, nor one that a follower has not passed: SQLite gives the highest id again once
 *   its row is gone, and an id must never mean two readings.
 *
 * No statement stays open between pages, so that no read transaction pins the write-ahead log while a file is written. Stored
 * readings never change, and a reading that arrives meanwhile has a new id and waits for the next archive.
 */
import type { DatabaseSync } from 'node:sqlite'
import { mergeSorted } from '../store/merge-sorted.ts'
import type { Identity } from '../usage/identity.ts'
import type { ArchivedReading } from './archive-block.ts'
import { compareInLog } from './archived-readings.ts'

const PAGE = 500

type Row = { id: number; epoch: number; seq: number; received_at: number; raw: Uint8Array }

export function openArchivableReadings(database: DatabaseSync) {
  const newestId = database.prepare('SELECT max(id) AS id FROM readings')
  const checkpoint = database.prepare("SELECT position FROM cursors WHERE name = 'checkpoint'")
  const nextChainBlock = database.prepare(
    `SELECT b.epoch, b.block, r.id FROM reading_blocks AS b JOIN readings AS r ON r.id = b.reading_id
     WHERE b.device_no = ? AND (b.epoch, b.block) > (?, ?) AND (r.epoch, r.seq) <= (?, ?) AND r.id <= ?
     ORDER BY b.epoch, b.block LIMIT 1`,
  )
  const walkChain = database.prepare(
    `WITH RECURSIVE walk (id, epoch, seq, previous_id) AS (
       SELECT id, epoch, seq, previous_id FROM readings WHERE id = :entry
       UNION ALL
       SELECT r.id, r.epoch, r.seq, r.previous_id FROM walk AS w JOIN readings AS r ON r.id = w.previous_id
       WHERE r.id > :afterId
     )
     SELECT r.id, r.epoch, r.seq, r.received_at, r.raw FROM walk AS w JOIN readings AS r ON r.id = w.id
     ORDER BY r.id`,
  )
  const nextOffChain = database.prepare(
    `SELECT r.id, r.epoch, r.seq, r.received_at, r.raw
     FROM readings_off_chain AS o JOIN readings AS r ON r.id = o.reading_id
     WHERE o.device_no = ? AND (o.epoch, o.seq, o.reading_id) > (?, ?, ?) AND (o.epoch, o.seq) <= (?, ?) AND r.id <= ?
     ORDER BY o.epoch, o.seq, o.reading_id LIMIT ${PAGE}`,
  )

  /** Along the chain ids rise with the sequence, so the last id read bounds the next walk. */
  function* chain(
    deviceNo: number,
    through: Identity,
    upToId: number,
  ): Generator<ArchivedReading, void, undefined> {
    let after: Identity = { epoch: -1, seq: -1 }
    let afterId = 0
    for (;;) {
      const block = nextChainBlock.get(
        deviceNo,
        after.epoch,
        after.seq,
        through.epoch,
        through.seq,
        upToId,
      ) as { epoch: number; block: number; id: number } | undefined
      if (block === undefined) return
      yield* (walkChain.all({ entry: block.id, afterId }) as Row[]).map(toReading)
      after = { epoch: block.epoch, seq: block.block }
      afterId = block.id
    }
  }

  function* offChain(
    deviceNo: number,
    through: Identity,
    upToId: number,
  ): Generator<ArchivedReading, void, undefined> {
    let after: [number, number, number] = [-1, -1, -1]
    for (;;) {
      const rows = nextOffChain.all(deviceNo, ...after, through.epoch, through.seq, upToId) as Row[]
      yield* rows.map(toReading)
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE) return
      after = [last.epoch, last.seq, last.id]
    }
  }

  return {
    /** The highest row id that may be archived at all. */
    newestArchivableId(): number {
      const newest = (newestId.get() as { id: number | null }).id ?? 0
      const saved = checkpoint.get() as { position: number } | undefined
      return Math.min(newest - 1, saved?.position ?? 0)
    },

    readingsOf: (deviceNo: number, through: Identity, upToId: number) =>
      mergeSorted(chain(deviceNo, through, upToId), offChain(deviceNo, through, upToId), compareInLog),
  }
}

function toReading({ id, epoch, seq, received_at, raw }: Row): ArchivedReading {
  return { id, epoch, seq, receivedAt: received_at, raw }
}
