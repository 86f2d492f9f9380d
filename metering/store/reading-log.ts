/**
 * The append-only log of readings, and how a device's readings are found in it without an index on identity.
 *
 * Readings that arrive in sequence order form a chain: each row names the device's previous one. Leaving a block of 64
 * sequence numbers records the block's newest row in `reading_blocks`, so a look-up enters the chain at most 64 steps
 * away. Everything else (late, conflicting, implausibly far ahead) is listed in `readings_off_chain`, which is
 * clustered by identity. A unique index on identity would do the same at 2.5 times the cost per reading (design §5).
 */
import type { DatabaseSync } from 'node:sqlite'
import { decodeStoredReading } from '../../core/index.ts'
import type { Identity, StoredReading } from '../usage/accept-reading.ts'
import { compareIdentity } from '../usage/accept-reading.ts'
import type { ChainHead } from './device-state.ts'

const BLOCK_SIZE = 64

type ReadingRow = { id: number; epoch: number; seq: number; received_at: number; raw: Uint8Array }

export type NewReading = Identity & {
  readonly deviceNo: number
  readonly receivedAt: number
  readonly raw: Uint8Array
}

export function openReadingLog(database: DatabaseSync) {
  const insertReading = database.prepare(
    'INSERT INTO readings (device_no, epoch, seq, received_at, previous_id, raw) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertBlock = database.prepare(
    'INSERT INTO reading_blocks (device_no, epoch, block, reading_id) VALUES (?, ?, ?, ?)',
  )
  const insertOffChain = database.prepare(
    'INSERT INTO readings_off_chain (device_no, epoch, seq, reading_id) VALUES (?, ?, ?, ?)',
  )
  const findBlock = database.prepare(
    `SELECT reading_id AS id FROM reading_blocks
     WHERE device_no = ? AND (epoch, block) >= (?, ?) ORDER BY epoch, block LIMIT 1`,
  )
  const walkChain = database.prepare(
    `WITH RECURSIVE walk (id, epoch, seq, previous_id) AS (
       SELECT id, epoch, seq, previous_id FROM readings WHERE id = :entry
       UNION ALL
       SELECT r.id, r.epoch, r.seq, r.previous_id FROM walk AS w JOIN readings AS r ON r.id = w.previous_id
       WHERE (w.epoch, w.seq) > (:fromEpoch, :fromSeq)
     )
     SELECT r.id, r.epoch, r.seq, r.received_at, r.raw FROM walk AS w JOIN readings AS r ON r.id = w.id
     WHERE (w.epoch, w.seq) BETWEEN (:fromEpoch, :fromSeq) AND (:toEpoch, :toSeq)`,
  )
  const listOffChain = database.prepare(
    `SELECT r.id, r.epoch, r.seq, r.received_at, r.raw
     FROM readings_off_chain AS o JOIN readings AS r ON r.id = o.reading_id
     WHERE o.device_no = ? AND (o.epoch, o.seq) BETWEEN (?, ?) AND (?, ?)`,
  )

  function append({ deviceNo, epoch, seq, receivedAt, raw }: NewReading, previousId: number | null): number {
    return Number(insertReading.run(deviceNo, epoch, seq, receivedAt, previousId, raw).lastInsertRowid)
  }

  return {
    /** Appends the reading that follows `head` in sequence; returns the new head. */
    appendToChain(reading: NewReading, head: ChainHead | undefined): ChainHead {
      const id = append(reading, head?.id ?? null)
      if (
        head !== undefined &&
        (head.epoch !== reading.epoch || blockOf(head.seq) !== blockOf(reading.seq))
      ) {
        insertBlock.run(reading.deviceNo, head.epoch, blockOf(head.seq), head.id)
      }
      return { id, epoch: reading.epoch, seq: reading.seq }
    },

    /** Appends a reading that does not follow the chain's head; returns its id. */
    appendOffChain(reading: NewReading): number {
      const id = append(reading, null)
      insertOffChain.run(reading.deviceNo, reading.epoch, reading.seq, id)
      return id
    },

    /** Every stored reading from one identity to another, both included, in (epoch, seq, id) order. */
    list(deviceNo: number, head: ChainHead | undefined, from: Identity, to: Identity): StoredReading[] {
      const aside = listOffChain.all(deviceNo, from.epoch, from.seq, to.epoch, to.seq) as ReadingRow[]
      const block = findBlock.get(deviceNo, to.epoch, blockOf(to.seq)) as { id: number } | undefined
      const entry = block?.id ?? head?.id
      const bounds = { fromEpoch: from.epoch, fromSeq: from.seq, toEpoch: to.epoch, toSeq: to.seq }
      const chained = entry === undefined ? [] : (walkChain.all({ entry, ...bounds }) as ReadingRow[])
      return aside.concat(chained).map(toStoredReading).sort(byIdentityAndId)
    },
  }
}

function blockOf(seq: number): number {
  return Math.floor(seq / BLOCK_SIZE)
}

function toStoredReading(row: ReadingRow): StoredReading {
  return {
    id: row.id,
    epoch: row.epoch,
    seq: row.seq,
    receivedAt: row.received_at,
    reading: decodeStoredReading(row.raw),
  }
}

function byIdentityAndId(left: StoredReading, right: StoredReading): number {
  return compareIdentity(left, right) || left.id - right.id
}
