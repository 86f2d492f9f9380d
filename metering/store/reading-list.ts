/**
 * A device's readings as people look at them: newest in sequence first, each with how it ended. One page at a time, from
 * the log and its archives by identity; a span is looked for in a bounded number of readings, so that a page may be
 * shorter than asked although another follows.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import { getOwnDevice } from '../devices/own-device.ts'
import type { ListedReading, Page, ReadingListQuery } from '../metering-types.ts'
import { compareIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import { candidateTime } from '../usage/reading-times.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import { openReadingLog } from './reading-log.ts'
import type { DeviceSeries } from './standing-times.ts'
import type { UsageReader } from './usage-reader.ts'

const MAX_PAGE = 100
const MAX_LOOKED_AT = 2_000

export function openReadingList(database: DatabaseSync, usage: UsageReader) {
  const log = openReadingLog(database)
  const listCodes = database.prepare(
    `SELECT DISTINCT code FROM holds
     WHERE device_no = ? AND epoch = ? AND seq = ? AND reading_id = ? AND is_decided = 0 ORDER BY code`,
  )
  const findPlaced = database.prepare(
    'SELECT at FROM placed_readings WHERE device_no = ? AND epoch = ? AND seq = ? AND reading_id = ?',
  )

  function toListed(stored: StoredReading, { deviceNo, facts, judgedId }: DeviceSeries): ListedReading {
    const { id, epoch, seq, receivedAt, reading } = stored
    const placed = findPlaced.get(deviceNo, epoch, seq, id)
    const codes = listCodes.all(deviceNo, epoch, seq, id).map(({ code }) => String(code))
    const isRejected = facts.decisions.about(stored)?.kind === 'reject'
    const isPending = id > judgedId
    return {
      id,
      epoch,
      seq,
      receivedAt,
      at: placed === undefined ? candidateTime(stored, facts) : Number(placed['at']),
      clock:
        reading.time.kind === 'device_time' ? (reading.time.isSynced ? 'synced' : 'unsynced') : undefined,
      registers: Object.fromEntries(reading.registers.map(({ register, value }) => [register, value])),
      outcome: isRejected ? 'rejected' : isPending ? 'pending' : codes.length > 0 ? 'held' : 'accepted',
      codes,
    }
  }

  /** The readings next before an identity, the newest first; those of the oldest identity are all there. */
  function listBefore({ deviceNo, state }: DeviceSeries, before: Identity, count: number): StoredReading[] {
    const found = log.listBefore(deviceNo, state.head, before, count)
    const [oldest] = found
    if (oldest === undefined) return []
    const newer = found.filter((each) => compareIdentity(each, oldest) > 0)
    return [...log.list(deviceNo, state.head, oldest, oldest), ...newer].reverse()
  }

  return {
    /** @throws AppError `device_unknown` */
    listReadings(
      manufacturerId: ManufacturerId,
      deviceId: string,
      { after, limit, from = -Infinity, to = Infinity }: ReadingListQuery,
    ): Page<ListedReading> {
      const device = getOwnDevice(database, manufacturerId, deviceId)
      const size = Math.min(limit, MAX_PAGE)
      database.exec('BEGIN')
      try {
        const series = usage.readSeries(device)
        const items: ListedReading[] = []
        let before = parseCursor(after)
        for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT && items.length < size;) {
          const found = listBefore(series, before, size - items.length)
          const last = found.at(-1)
          if (last === undefined) return { items, nextAfter: undefined }
          before = last
          lookedAt += found.length
          for (const stored of found) {
            const listed = toListed(stored, series)
            const at = listed.at ?? listed.receivedAt
            if (at >= from && at < to) items.push(listed)
          }
        }
        const hasMore = log.listBefore(series.deviceNo, series.state.head, before, 1).length > 0
        return { items, nextAfter: hasMore ? `${before.epoch}.${before.seq}` : undefined }
      } finally {
        database.exec('COMMIT')
      }
    },
  }
}

function parseCursor(after: string | undefined): Identity {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(after ?? '')
  return match === null ? lastIdentity : { epoch: Number(match[1]), seq: Number(match[2]) }
}
