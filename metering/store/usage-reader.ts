/**
 * Reading usage: the exact register value at any instant, with the two accepted readings that it follows from.
 *
 * Closed slots come from `slots`, the open one from the device's progress. An instant between the first and the last
 * point of one slot needs the readings inside that slot; every other instant, all slot borders among them, is answered
 * from the slots' first and last points alone.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type {
  DeviceDetails,
  DeviceStatus,
  RegisterAt,
  RegisterDefinition,
  RegisterPoint,
  RegisterUsage,
  UsageQuery,
} from '../metering-types.ts'
import { readingTime, type Identity, type StoredReading } from '../usage/accept-reading.ts'
import { slotStart, type Slot } from '../usage/open-slots.ts'
import { isEstimatedStep, registerValueAt } from '../usage/register-spread.ts'
import {
  findDeviceRow,
  getDeviceRow,
  getModelOfDevice,
  readBaseValues,
  toDevice,
  type DeviceRow,
} from './device-catalogue.ts'
import { decodeDeviceState, type DeviceState } from './device-state.ts'
import { openReadingLog } from './reading-log.ts'

/** What the store knows of a device's status. */
export type StoredDeviceStatus = Omit<DeviceStatus, keyof DeviceDetails>

type SlotRow = {
  slot_at: number
  first_at: number
  first_value: number
  first_reading_id: number | null
  last_at: number
  last_value: number
  last_reading_id: number | null
}

export type UsageReader = ReturnType<typeof openUsageReader>

export function openUsageReader(database: DatabaseSync) {
  const readings = openReadingLog(database)
  const readProgress = database.prepare('SELECT state FROM device_progress WHERE device_no = ?')
  const slotsUpTo = database.prepare(
    'SELECT * FROM slots WHERE device_no = ? AND register = ? AND slot_at <= ? ORDER BY slot_at DESC LIMIT 2',
  )
  const slotsFrom = database.prepare(
    'SELECT * FROM slots WHERE device_no = ? AND register = ? AND slot_at >= ? ORDER BY slot_at LIMIT 2',
  )
  const readIdentity = database.prepare('SELECT epoch, seq, received_at FROM readings WHERE id = ?')
  const heldValues = database.prepare(
    `SELECT reading_id AS id FROM holds WHERE device_no = ? AND code <> 'event_conflict'
       AND (register IS NULL OR register = ?) AND (epoch, seq) BETWEEN (?, ?) AND (?, ?)`,
  )
  const countHolds = database.prepare('SELECT count(*) AS n FROM holds WHERE device_no = ?')

  function readState(row: DeviceRow): DeviceState | undefined {
    const progress = readProgress.get(row.no) as { state: string } | undefined
    return progress && decodeDeviceState(progress.state)
  }

  /** @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid` */
  function readUsage(query: UsageQuery): RegisterUsage {
    if (query.to < query.from) throw meteringErrors.usage_span_invalid('Let "from" be before "to".')
    const row = getDeviceRow(database, query.deviceId)
    const definition = getModelOfDevice(database, row).registers.find(({ name }) => name === query.register)
    if (definition === undefined) {
      throw meteringErrors.register_not_in_model(
        `The device's model has no register "${query.register.slice(0, 64)}".`,
      )
    }
    const state = readState(row)
    const series = {
      row,
      definition,
      state,
      open: state?.openSlots.get(query.register) ?? baseSlot(row, query),
    }
    const start = readRegisterAt(series, query.from)
    const end = readRegisterAt(series, query.to)
    return {
      ...query,
      unit: definition.unit,
      quantity: end.value - start.value,
      start,
      end,
      knownUntil: series.open?.last.at,
    }
  }

  type Series = {
    readonly row: DeviceRow
    readonly definition: RegisterDefinition
    readonly state: DeviceState | undefined
    readonly open: Slot | undefined
  }

  function readRegisterAt(series: Series, at: number): RegisterAt {
    const before = findPointBefore(series, at)
    const after = findPointAfter(series, at)
    return {
      at,
      // A register that was never read has not moved: both ends read the same, so the usage is nothing.
      value: registerValueAt(at, before, after, series.definition) ?? 0n,
      before,
      after,
      isEstimated:
        before !== undefined && after !== undefined && isEstimatedStep(before, after, series.definition),
    }
  }

  function findPointBefore(series: Series, at: number): RegisterPoint | undefined {
    const { row, definition, open } = series
    if (open !== undefined && open.first.at <= at) return lastPointUpTo(series, open, at)
    const rows = slotsUpTo.all(row.no, definition.name, slotStart(at)) as SlotRow[]
    const slot = rows.find(({ first_at }) => first_at <= at)
    return slot && lastPointUpTo(series, toSlot(slot), at)
  }

  function findPointAfter(series: Series, at: number): RegisterPoint | undefined {
    const { row, definition, open } = series
    const rows = slotsFrom.all(row.no, definition.name, slotStart(at)) as SlotRow[]
    const slot = rows.find(({ last_at }) => last_at > at)
    if (slot !== undefined) return firstPointAfter(series, toSlot(slot), at)
    return open !== undefined && open.last.at > at ? firstPointAfter(series, open, at) : undefined
  }

  function lastPointUpTo(series: Series, slot: Slot, at: number): RegisterPoint | undefined {
    return slot.last.at <= at ? slot.last : pointsInside(series, slot).findLast((point) => point.at <= at)
  }

  function firstPointAfter(series: Series, slot: Slot, at: number): RegisterPoint | undefined {
    return slot.first.at > at ? slot.first : pointsInside(series, slot).find((point) => point.at > at)
  }

  /** The accepted points of one slot, in sequence order. */
  function pointsInside({ row, definition, state }: Series, slot: Slot): RegisterPoint[] {
    const from: Identity = slot.first.reading ?? { epoch: 0, seq: 0 }
    const to = slot.last.reading
    if (to === undefined) return [slot.first]
    const held = new Set(
      heldValues
        .all(row.no, definition.name, from.epoch, from.seq, to.epoch, to.seq)
        .map((each) => Number(each['id'])),
    )
    const points = readings
      .list(row.no, state?.head, from, to)
      .filter((stored) => !held.has(stored.id))
      .flatMap((stored) => toPoint(stored, definition.name))
    return slot.first.reading === undefined ? [slot.first, ...points] : points
  }

  function toSlot(row: SlotRow): Slot {
    return {
      slotAt: row.slot_at,
      first: toRegisterPoint(row.first_at, row.first_value, row.first_reading_id),
      last: toRegisterPoint(row.last_at, row.last_value, row.last_reading_id),
    }
  }

  function toRegisterPoint(at: number, value: number, readingId: number | null): RegisterPoint {
    if (readingId === null) return { at, value: BigInt(value), reading: undefined }
    const { epoch, seq } = readIdentity.get(readingId) as Identity
    return { at, value: BigInt(value), reading: { id: readingId, epoch, seq } }
  }

  function toStatus(row: DeviceRow): StoredDeviceStatus {
    const state = readState(row)
    const head = state?.head
    const stored = head && (readIdentity.get(head.id) as Identity & { received_at: number })
    const registers = [...(state?.openSlots ?? [])].map(
      ([register, { last }]) => [register, { value: last.value, at: last.at }] as const,
    )
    return {
      ...toDevice(row),
      lastReading: stored && {
        epoch: stored.epoch,
        seq: stored.seq,
        receivedAt: stored.received_at,
        at: state?.acceptance.lastAt,
      },
      registers: Object.fromEntries(registers),
      openHolds: (countHolds.get(row.no) as { n: number }).n,
    }
  }

  return {
    /** All queries see the same moment of the database. */
    readUsage(queries: readonly UsageQuery[]): RegisterUsage[] {
      database.exec('BEGIN')
      try {
        return queries.map(readUsage)
      } finally {
        database.exec('COMMIT')
      }
    },

    findDevice(manufacturerId: ManufacturerId, deviceId: string): StoredDeviceStatus | undefined {
      const row = findDeviceRow(database, deviceId)
      return row !== undefined && row.manufacturer_id === manufacturerId ? toStatus(row) : undefined
    },
  }
}

function baseSlot(row: DeviceRow, { register }: UsageQuery): Slot | undefined {
  const value = readBaseValues(row).get(register)
  if (value === undefined) return undefined
  const point = { at: row.commissioned_at, value, reading: undefined }
  return { slotAt: slotStart(point.at), first: point, last: point }
}

function toPoint({ id, epoch, seq, receivedAt, reading }: StoredReading, register: string): RegisterPoint[] {
  const found = reading.registers.find((each) => each.register === register)
  const at = readingTime(reading, receivedAt)
  if (found === undefined || at === undefined) return []
  return [{ at, value: found.value, reading: { id, epoch, seq } }]
}
