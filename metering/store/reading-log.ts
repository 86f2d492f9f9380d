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
import { compareIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { ChainHead } from './device-state.ts'

const BLOCK_SIZE = 64
const PAGE_SIZE = 256

type ReadingRow = { id: number; epoch: number; seq: number; received_at: number; raw: Uint8Array }

export type NewReading = Identity & {
  readonly deviceNo: number
  readonly receivedAt: number
  readonly raw: Uint8Array
  readonly hasExchanges: boolean
}

/** Chained readings around an identity: none lies between them. */
export type ChainGap = { readonly after: Identity | undefined; readonly before: Identity | undefined }

export type ReadingLog = ReturnType<typeof openReadingLog>

export function openReadingLog(database: DatabaseSync) {
  const insertReading = database.prepare(
    'INSERT INTO readings (device_no, epoch, seq, received_at, previous_id, raw) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertBlock = database.prepare(
    'INSERT INTO reading_blocks (device_no, epoch, block, reading_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const insertOffChain = database.prepare(
    'INSERT INTO readings_off_chain (device_no, epoch, seq, reading_id) VALUES (?, ?, ?, ?)',
  )
  const insertExchanges = database.prepare(
    'INSERT INTO reading_exchanges (device_no, epoch, seq, reading_id) VALUES (?, ?, ?, ?)',
  )
  const findBlock = database.prepare(
    `SELECT reading_id AS id FROM reading_blocks
     WHERE device_no = ? AND (epoch, block) >= (?, ?) ORDER BY epoch, block LIMIT 1`,
  )
  const listBlocks = database.prepare(
    `SELECT epoch, block, reading_id AS id FROM reading_blocks
     WHERE device_no = ? AND (epoch, block) >= (?, ?) ORDER BY epoch, block LIMIT 64`,
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
  const walkBack = database.prepare(
    `WITH RECURSIVE walk (id, epoch, seq, previous_id) AS (
       SELECT id, epoch, seq, previous_id FROM readings WHERE id = :entry
       UNION ALL
       SELECT r.id, r.epoch, r.seq, r.previous_id FROM walk AS w JOIN readings AS r ON r.id = w.previous_id
     )
     SELECT r.id, r.epoch, r.seq, r.received_at, r.raw FROM walk AS w JOIN readings AS r ON r.id = w.id
     WHERE (w.epoch, w.seq) < (:epoch, :seq) LIMIT :count`,
  )
  const walkAround = database.prepare(
    `WITH RECURSIVE walk (id, epoch, seq, previous_id) AS (
       SELECT id, epoch, seq, previous_id FROM readings WHERE id = :entry
       UNION ALL
       SELECT r.id, r.epoch, r.seq, r.previous_id FROM walk AS w JOIN readings AS r ON r.id = w.previous_id
       WHERE (w.epoch, w.seq) >= (:epoch, :seq)
     )
     SELECT epoch, seq FROM walk ORDER BY epoch, seq`,
  )
  const listOffChain = database.prepare(
    `SELECT r.id, r.epoch, r.seq, r.received_at, r.raw
     FROM readings_off_chain AS o JOIN readings AS r ON r.id = o.reading_id
     WHERE o.device_no = ? AND (o.epoch, o.seq) BETWEEN (?, ?) AND (?, ?)`,
  )
  const pageOffChain = database.prepare(
    `SELECT r.id, r.epoch, r.seq, r.received_at, r.raw
     FROM readings_off_chain AS o JOIN readings AS r ON r.id = o.reading_id
     WHERE o.device_no = ? AND (o.epoch, o.seq, o.reading_id) > (?, ?, ?)
     ORDER BY o.epoch, o.seq, o.reading_id LIMIT ${PAGE_SIZE}`,
  )
  const listOffChainBack = database.prepare(
    `SELECT r.id, r.epoch, r.seq, r.received_at, r.raw
     FROM readings_off_chain AS o JOIN readings AS r ON r.id = o.reading_id
     WHERE o.device_no = ? AND (o.epoch, o.seq) < (?, ?) ORDER BY o.epoch DESC, o.seq DESC LIMIT ?`,
  )

  function append(reading: NewReading, previousId: number | null): number {
    const { deviceNo, epoch, seq, receivedAt, raw, hasExchanges } = reading
    const id = Number(insertReading.run(deviceNo, epoch, seq, receivedAt, previousId, raw).lastInsertRowid)
    if (hasExchanges) insertExchanges.run(deviceNo, epoch, seq, id)
    return id
  }

  /** Where to enter the chain to find an identity: at most 64 steps after it. */
  function findEntry(deviceNo: number, head: ChainHead | undefined, { epoch, seq }: Identity) {
    const block = findBlock.get(deviceNo, epoch, blockOf(seq)) as { id: number } | undefined
    return block?.id ?? head?.id
  }

  function listChain(
    deviceNo: number,
    head: ChainHead | undefined,
    from: Identity,
    to: Identity,
  ): ReadingRow[] {
    const entry = findEntry(deviceNo, head, to)
    if (entry === undefined) return []
    const bounds = { fromEpoch: from.epoch, fromSeq: from.seq, toEpoch: to.epoch, toSeq: to.seq }
    return walkChain.all({ entry, ...bounds }) as ReadingRow[]
  }

  /** Chained rows from an identity on, oldest first, block by block. */
  function* scanChain(deviceNo: number, head: ChainHead | undefined, from: Identity): Generator<ReadingRow> {
    let next = from
    for (;;) {
      const blocks = listBlocks.all(deviceNo, next.epoch, blockOf(next.seq)) as {
        epoch: number
        block: number
        id: number
      }[]
      for (const { epoch, block, id } of blocks) {
        const end = { epoch, seq: (block + 1) * BLOCK_SIZE }
        const bounds = { fromEpoch: next.epoch, fromSeq: next.seq, toEpoch: epoch, toSeq: end.seq - 1 }
        yield* (walkChain.all({ entry: id, ...bounds }) as ReadingRow[]).reverse()
        next = end
      }
      if (blocks.length === 0) break
    }
    if (head !== undefined) yield* listChain(deviceNo, head, next, lastIdentity).reverse()
  }

  function* scanOffChain(deviceNo: number, from: Identity): Generator<ReadingRow> {
    let after: [number, number, number] = [from.epoch, from.seq, -1]
    for (;;) {
      const rows = pageOffChain.all(deviceNo, ...after) as ReadingRow[]
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE_SIZE) return
      after = [last.epoch, last.seq, last.id]
    }
  }

  return {
    /**
     * Appends the reading that follows `head` in sequence; returns the new head. The caller records `head` as the newest
     * of its block if the reading lies in another one (`isNewBlock`, `recordBlock`).
     */
    appendToChain(reading: NewReading, head: ChainHead | undefined): ChainHead {
      const id = append(reading, head?.id ?? null)
      return { id, epoch: reading.epoch, seq: reading.seq }
    },

    recordBlock(deviceNo: number, { id, epoch, seq }: ChainHead): void {
      insertBlock.run(deviceNo, epoch, blockOf(seq), id)
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
      return aside
        .concat(listChain(deviceNo, head, from, to))
        .map(toStoredReading)
        .sort(byIdentityAndId)
    },

    /** Only those that did not come in sequence order. */
    listOffChain(deviceNo: number, identity: Identity): StoredReading[] {
      const { epoch, seq } = identity
      return (listOffChain.all(deviceNo, epoch, seq, epoch, seq) as ReadingRow[]).map(toStoredReading)
    },

    /** The `count` readings before an identity that are nearest to it, in (epoch, seq, id) order. */
    listBefore(
      deviceNo: number,
      head: ChainHead | undefined,
      before: Identity,
      count: number,
    ): StoredReading[] {
      const { epoch, seq } = before
      const aside = listOffChainBack.all(deviceNo, epoch, seq, count) as ReadingRow[]
      const entry = findEntry(deviceNo, head, before)
      const chained = entry === undefined ? [] : (walkBack.all({ entry, epoch, seq, count }) as ReadingRow[])
      return aside.concat(chained).map(toStoredReading).sort(byIdentityAndId).slice(-count)
    },

    /** The chained readings next to an identity that the chain does not hold; undefined if it holds it. */
    findGap(deviceNo: number, head: ChainHead | undefined, identity: Identity): ChainGap | undefined {
      const entry = findEntry(deviceNo, head, identity)
      if (entry === undefined) return { after: undefined, before: undefined }
      const around = walkAround.all({ entry, epoch: identity.epoch, seq: identity.seq }) as Identity[]
      if (around.some((each) => compareIdentity(each, identity) === 0)) return undefined
      return {
        after: around.find((each) => compareIdentity(each, identity) < 0),
        before: around.find((each) => compareIdentity(each, identity) > 0),
      }
    },

    /** Every stored reading from an identity on, in (epoch, seq, id) order, in pages of a few hundred. */
    *scan(deviceNo: number, head: ChainHead | undefined, from: Identity): Generator<StoredReading[]> {
      let page: StoredReading[] = []
      const aside = scanOffChain(deviceNo, from)
      let nextAside = aside.next()
      const take = function* (row: ReadingRow) {
        page.push(toStoredReading(row))
        if (page.length < PAGE_SIZE) return
        yield page
        page = []
      }
      for (const row of scanChain(deviceNo, head, from)) {
        while (nextAside.done !== true && byIdentityAndId(nextAside.value, row) < 0) {
          yield* take(nextAside.value)
          nextAside = aside.next()
        }
        yield* take(row)
      }
      for (; nextAside.done !== true; nextAside = aside.next()) yield* take(nextAside.value)
      if (page.length > 0) yield page
    },
  }
}

export function isWithinGap({ after, before }: ChainGap, identity: Identity): boolean {
  const isAfter = after === undefined || compareIdentity(identity, after) > 0
  return isAfter && before !== undefined && compareIdentity(identity, before) < 0
}

/** True when `next`, in following `head`, leaves a block behind. */
export function isNewBlock(head: Identity | undefined, next: Identity): head is ChainHead {
  return head !== undefined && (head.epoch !== next.epoch || blockOf(head.seq) !== blockOf(next.seq))
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

function byIdentityAndId(left: Identity & { id: number }, right: Identity & { id: number }): number {
  return compareIdentity(left, right) || left.id - right.id
}
