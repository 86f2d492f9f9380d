/** Listing what was set aside for a person: held readings and values, and quarantined messages. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import { listSortedRows, wantedRows } from '../../db/sqlite-index.ts'
import { quarantineSorts, type QuarantineQuery } from '../list-sorts.ts'
import type { Hold, Page, QuarantinedMessage } from '../metering-types.ts'

const MAX_LISTED = 1_000

export type HoldRow = {
  id: number
  reading_id: number
  device_id: string
  register: string | null
  epoch: number
  seq: number
  code: string
  detail: string
  held_at: number
}

/** Holds that nobody has decided about, the newest first, at most 1,000; of one device if given. */
export function listHolds(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string | undefined,
): Hold[] {
  const rows = database
    .prepare(
      `SELECT h.*, d.id AS device_id FROM holds AS h JOIN devices AS d ON d.no = h.device_no
       WHERE d.manufacturer_id = ? AND h.is_decided = 0 AND (? IS NULL OR d.id = ?) ORDER BY h.id DESC LIMIT ?`,
    )
    .all(manufacturerId, deviceId ?? null, deviceId ?? null, MAX_LISTED) as HoldRow[]
  return rows.map(toHold)
}

export function toHold(row: HoldRow): Hold {
  return {
    id: row.id,
    deviceId: row.device_id as DeviceId,
    register: row.register ?? undefined,
    epoch: row.epoch,
    seq: row.seq,
    code: row.code,
    detail: row.detail,
    heldAt: row.held_at,
    readingId: row.reading_id,
  }
}

/** Quarantined messages of the manufacturer's devices, the newest first unless asked otherwise. @throws AppError `cursor_invalid` */
export function listQuarantine(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { deviceId, code, from, to, ...page }: QuarantineQuery,
): Page<QuarantinedMessage> {
  const wanted = wantedRows([
    ['d.manufacturer_id = ?', manufacturerId],
    ['q.device_id = ?', deviceId],
    ['q.code = ?', code],
    ['q.received_at >= ?', from],
    ['q.received_at < ?', to],
  ])
  const source = {
    selected: 'q.*',
    from: `quarantine AS q JOIN devices AS d ON d.id = q.device_id WHERE ${wanted.condition}`,
    values: wanted.values,
  }
  const limit = Math.min(page.limit, MAX_LISTED)
  const { items, nextAfter } = listSortedRows<Record<string, SQLOutputValue>, typeof quarantineSorts>(
    database,
    source,
    quarantineSorts,
    { ...page, limit },
  )
  const messages = items.map((row) => ({
    id: Number(row['id']),
    deviceId: String(row['device_id']) as DeviceId,
    topic: String(row['topic']),
    receivedAt: Number(row['received_at']),
    code: String(row['code']),
    detail: String(row['detail']),
    raw: row['raw'] as Uint8Array,
  }))
  return { items: messages, nextAfter }
}
