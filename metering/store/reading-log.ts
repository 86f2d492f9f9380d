/**
 * The append-only log of readings, and how a device's readings are found in it without an index on identity.
 *
 * Readings that arrive in sequence order form a chain: each row names the device's previous one. Leaving a block of 64
 * sequence numbers records the block's newest row in `reading_blocks`, so a look-up enters the chain at most 64 steps
 * away. Everything else (late, conflicting, implausibly far ahead) is listed in `readings_off_chain`, which is
 * clustered by identity. A unique index on identity would do the same at 2.5 times the cost per reading (design §5).
 *
 * The old end of a chain and old readings off it may have been archived (`keeping/`): every look-up here gives them too. What is
 * archived lies wholly before the chain that is left. Read in one transaction while something may be archiving.
 */
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant, decodeStoredReading } from '../../core/index.ts'
import type { ArchivedReading } from '../keeping/archive-block.ts'
import { openArchivedReadings } from '../keeping/archived-readings.ts'
import { compareIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { ChainHead } from './device-state.ts'
import { mergeSorted } from './merge-sorted.ts'

const BLOCK_SIZE = 64
const PAGE_SIZE = 128

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
  const archived = openArchivedReadings(database)
  const insertReading = database.prepare(
    'INSERT INTO readings (device_no, epoch, seq, received_at, previous_id, raw) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const readIdentity = database.prepare('SELECT epoch, seq FROM readings WHERE id = ?')
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

  /** The gap before the chain that is left: archived readings count as chained, which only makes it narrower. */
  function findArchivedGap(
    deviceNo: number,
    identity: Identity,
    before: Identity | undefined,
  ): ChainGap | undefined {
    const { value: next } = archived.scan(deviceNo, identity).next()
    if (next !== undefined && compareIdentity(next, identity) === 0) return undefined
    const isNearer = next !== undefined && (before === undefined || compareIdentity(next, before) < 0)
    return { after: archived.listBefore(deviceNo, identity, 1).at(0), before: isNearer ? next : before }
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
        .concat(listChain(deviceNo, head, from, to), archived.list(deviceNo, from, to).map(toRow))
        .map(toStoredReading)
        .sort(byIdentityAndId)
    },

    /** As `list`, but only which they are, in no order: nothing is decoded. */
    listIdentities(deviceNo: number, head: ChainHead | undefined, from: Identity, to: Identity): Identity[] {
      const aside = listOffChain.all(deviceNo, from.epoch, from.seq, to.epoch, to.seq) as ReadingRow[]
      return [...aside, ...listChain(deviceNo, head, from, to), ...archived.list(deviceNo, from, to)]
    },

    /** Only those that did not come in sequence order, and archived ones. */
    listOffChain(deviceNo: number, identity: Identity): StoredReading[] {
      const { epoch, seq } = identity
      return (listOffChain.all(deviceNo, epoch, seq, epoch, seq) as ReadingRow[])
        .concat(archived.list(deviceNo, identity, identity).map(toRow))
        .map(toStoredReading)
    },

    /** The identity of the reading with this row id. */
    getIdentity(deviceNo: number, id: number): Identity {
      const identity = (readIdentity.get(id) as Identity | undefined) ?? archived.find(deviceNo, id)
      assertInvariant(identity !== undefined, 'A reading that something rests on is stored or archived.')
      return { epoch: identity.epoch, seq: identity.seq }
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
      const stored = aside.concat(chained).sort(byIdentityAndId).slice(-count)
      const [nearest] = stored
      const older =
        nearest !== undefined && stored.length === count
          ? archived.list(deviceNo, nearest, before).filter((each) => compareIdentity(each, before) < 0)
          : archived.listBefore(deviceNo, before, count)
      return stored.concat(older.map(toRow)).sort(byIdentityAndId).slice(-count).map(toStoredReading)
    },

    /** The chained readings next to an identity that the chain does not hold; undefined if it holds it. */
    findGap(deviceNo: number, head: ChainHead | undefined, identity: Identity): ChainGap | undefined {
      const entry = findEntry(deviceNo, head, identity)
      if (entry === undefined) return findArchivedGap(deviceNo, identity, undefined)
      const around = walkAround.all({ entry, epoch: identity.epoch, seq: identity.seq }) as Identity[]
      if (around.some((each) => compareIdentity(each, identity) === 0)) return undefined
      const after = around.find((each) => compareIdentity(each, identity) < 0)
      const before = around.find((each) => compareIdentity(each, identity) > 0)
      return after === undefined ? findArchivedGap(deviceNo, identity, before) : { after, before }
    },

    /** Every stored reading from an identity on, in (epoch, seq, id) order, in pages of a few hundred. */
    *scan(deviceNo: number, head: ChainHead | undefined, from: Identity): Generator<StoredReading[]> {
      const stored = mergeSorted(
        scanChain(deviceNo, head, from),
        scanOffChain(deviceNo, from),
        byIdentityAndId,
      )
      let page: StoredReading[] = []
      for (const row of mergeSorted(archived.scan(deviceNo, from).map(toRow), stored, byIdentityAndId)) {
        page.push(toStoredReading(row))
        if (page.length < PAGE_SIZE) continue
        yield page
        page = []
      }
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

function toRow({ receivedAt, ...rest }: ArchivedReading): ReadingRow {
  return { ...rest, received_at: receivedAt }
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
