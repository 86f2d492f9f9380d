/**
 * What is held, with what a person needs to decide about it: the value, when it was read, and the register's accepted
 * points around that time. One page at a time; each hold costs a few look-ups by key and at most one slot's readings.
 */
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant, type ManufacturerId } from '../../core/index.ts'
import { listSortedRows, wantedRows } from '../../db/sqlite-index.ts'
import { holdSorts } from '../list-sorts.ts'
import type { HeldValue, HoldInContext, HoldQuery, Page } from '../metering-types.ts'
import { listExchanges } from '../usage/accepted-chain.ts'
import { candidateTime } from '../usage/reading-times.ts'
import { getDeviceRow } from './device-catalogue.ts'
import type { DeviceSeries } from './standing-times.ts'
import { openReadingLog } from './reading-log.ts'
import { openRegisterPoints } from './register-points.ts'
import { toHold, type HoldRow } from './set-aside.ts'
import type { UsageReader } from './usage-reader.ts'

const MAX_PAGE = 100

type HeldReadingRow = HoldRow & {
  exchange_ordinal: number | null
  placed_at: number | null
}

export function openHoldReader(database: DatabaseSync, usage: UsageReader) {
  const readings = openReadingLog(database)
  const points = openRegisterPoints(database, readings)

  function toHoldInContext(row: HeldReadingRow, series: DeviceSeries): HoldInContext {
    const { deviceNo, state } = series
    const id = row.reading_id
    const stored = readings.list(deviceNo, state.head, row, row).find((each) => each.id === id)
    assertInvariant(stored !== undefined, 'A reading that is held is stored or archived.')
    const { reading } = stored
    const at = row.placed_at ?? candidateTime(stored, series.facts)
    const exchange = listExchanges(reading, row.register ?? '')[row.exchange_ordinal ?? -1]
    const concerned = reading.registers.filter(
      ({ register }) => row.register === null || register === row.register,
    )
    const values =
      exchange === undefined ? concerned : [{ register: exchange.register, value: exchange.final }]
    return {
      ...toHold(row),
      at,
      exchange,
      values: values.map((held) => withNeighbours(held, exchange?.at ?? at, id, series)),
    }
  }

  function withNeighbours(
    { register, value }: { readonly register: string; readonly value: bigint },
    at: number | undefined,
    readingId: number,
    series: DeviceSeries,
  ): HeldValue {
    if (at === undefined || !series.facts.definitions.has(register)) {
      return { register, value, before: undefined, after: undefined }
    }
    const own = { ...series, register }
    const before = points.lastPointUpTo(own, at)
    // What is held only for a usage event counts itself: its neighbour is the point before it.
    const isOwn = before?.reading?.id === readingId && before.at === at
    return {
      register,
      value,
      before: isOwn ? points.lastPointUpTo(own, at - 1) : before,
      after: points.firstPointAfter(own, at),
    }
  }

  return {
    /** Holds that nobody has decided about, the newest first. */
    findHolds(manufacturerId: ManufacturerId, query: HoldQuery): Page<HoldInContext> {
      database.exec('BEGIN')
      try {
        const { items: rows, nextAfter } = listHeldRows(database, manufacturerId, query)
        const known = new Map<string, DeviceSeries>()
        const items = rows.map((row) => {
          const series = known.get(row.device_id) ?? usage.readSeries(getDeviceRow(database, row.device_id))
          known.set(row.device_id, series)
          return toHoldInContext(row, series)
        })
        return { items, nextAfter }
      } finally {
        database.exec('COMMIT')
      }
    },
  }
}

function listHeldRows(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { deviceId, register, code, from, to, ...page }: HoldQuery,
): Page<HeldReadingRow> {
  const wanted = wantedRows([
    ['d.manufacturer_id = ?', manufacturerId],
    ['d.id = ?', deviceId],
    ['h.register = ?', register],
    ['h.code = ?', code],
    ['h.held_at >= ?', from],
    ['h.held_at < ?', to],
  ])
  const source = {
    selected: 'h.*, d.id AS device_id, p.at AS placed_at',
    from: `holds AS h JOIN devices AS d ON d.no = h.device_no
      LEFT JOIN placed_readings AS p ON p.device_no = h.device_no AND p.epoch = h.epoch AND p.seq = h.seq
      WHERE h.is_decided = 0 AND ${wanted.condition}`,
    values: wanted.values,
  }
  return listSortedRows(database, source, holdSorts, { ...page, limit: Math.min(page.limit, MAX_PAGE) })
}
