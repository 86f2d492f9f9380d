/**
 * Reading usage: the exact register value at any instant, with the two accepted points that it follows from, and where
 * each device stands.
 */
import type { DatabaseSync } from 'node:sqlite'
import { InvariantError, SLOT_MS, type ManufacturerId } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type {
  DeviceDetails,
  DeviceStatus,
  RegisterAt,
  RegisterDefinition,
  RegisterPoint,
  RegisterUsage,
  RunSession,
  StepsQuery,
  UsageQuery,
  UsageSteps,
} from '../metering-types.ts'
import type { Identity } from '../usage/identity.ts'
import { runSessions } from '../usage/run-sessions.ts'
import { isEstimatedStep, registerValueAt } from '../usage/register-spread.ts'
import type { MetricPoint } from '../metrics/metered-slots.ts'
import type { RegisterWalk } from '../metrics/metric-reader.ts'
import { findDeviceRow, getDeviceRow, toDevice, type DeviceRow } from './device-catalogue.ts'
import { baseSlots } from './device-cache.ts'
import { openFactsReader } from './device-facts-store.ts'
import { decodeDeviceState, initialDeviceState, type DeviceState } from './device-state.ts'
import type { DeviceSeries } from './standing-times.ts'
import { openReadingLog } from './reading-log.ts'
import { openRegisterPoints, type PointsAround, type Series } from './register-points.ts'

/** What the store knows of a device's status. */
export type StoredDeviceStatus = Omit<DeviceStatus, keyof DeviceDetails>

/** Reading so many slots at once costs less than looking one border up. */
const SLOTS_PER_BORDER = 4

const NOTHING_WAITS = Number.MAX_SAFE_INTEGER

export type UsageReader = ReturnType<typeof openUsageReader>

export function openUsageReader(database: DatabaseSync) {
  const points = openRegisterPoints(database, openReadingLog(database))
  const readFacts = openFactsReader(database)
  const readProgress = database.prepare('SELECT state FROM device_progress WHERE device_no = ?')
  const readUnjudged = database.prepare(
    'SELECT judged_reading_id AS id, pending FROM unjudged_devices WHERE device_no = ?',
  )
  const readIdentity = database.prepare('SELECT epoch, seq, received_at FROM readings WHERE id = ?')
  const countHolds = database.prepare(
    'SELECT count(*) AS n FROM holds WHERE device_no = ? AND is_decided = 0',
  )

  function readState(row: DeviceRow): DeviceState | undefined {
    const progress = readProgress.get(row.no) as { state: string } | undefined
    return progress && decodeDeviceState(progress.state)
  }

  function readSeries(row: DeviceRow): DeviceSeries {
    const facts = readFacts(row)
    const unjudged = readUnjudged.get(row.no) as { id: number } | undefined
    return {
      deviceNo: row.no,
      facts,
      state: readState(row) ?? initialDeviceState(baseSlots(facts)),
      judgedId: unjudged?.id ?? NOTHING_WAITS,
    }
  }

  /** @throws AppError `device_unknown`, `register_not_in_model` */
  function openSeries(query: Pick<UsageQuery, 'deviceId' | 'register'>, known: Map<string, DeviceSeries>) {
    let device = known.get(query.deviceId)
    if (device === undefined) {
      device = readSeries(getDeviceRow(database, query.deviceId))
      known.set(query.deviceId, device)
    }
    const definition = device.facts.definitions.get(query.register)
    if (definition === undefined) {
      throw meteringErrors.register_not_in_model(
        `The device's model has no register "${query.register.slice(0, 64)}".`,
      )
    }
    return { series: { ...device, register: query.register }, definition }
  }

  /** See `RegisterWalk`. */
  function walkRegister(query: UsageQuery): RegisterWalk {
    const { series, definition } = openSeries(query, new Map())
    return {
      definition,
      knownUntil: series.state.openSlots.get(query.register)?.last.at,
      points: points
        .walk(series, query.from, query.to, definition.maxGapMs)
        .map((point) => withRule(point, pinnedDefinition(series, point))),
    }
  }

  /** @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid` */
  function readUsage(query: UsageQuery, known: Map<string, DeviceSeries>): RegisterUsage {
    if (query.to < query.from) throw meteringErrors.usage_span_invalid('Let "from" be before "to".')
    const { series, definition } = openSeries(query, known)
    const start = readRegisterAt(points, series, definition, query.from)
    const end = readRegisterAt(points, series, definition, query.to)
    return {
      ...query,
      unit: definition.unit,
      quantity: end.value - start.value,
      start,
      end,
      knownUntil: series.state.openSlots.get(query.register)?.last.at,
    }
  }

  /** @throws AppError `device_unknown`, `register_not_in_model`, `usage_span_invalid` */
  function readStepsOf(query: StepsQuery, known: Map<string, DeviceSeries>): UsageSteps {
    const { deviceId, register, borders } = query
    const [from, to] = [borders.at(0), borders.at(-1)]
    if (
      from === undefined ||
      to === undefined ||
      borders.some((at, index) => at < (borders[index - 1] ?? at))
    ) {
      throw meteringErrors.usage_span_invalid('Give the borders in order of time.')
    }
    const { series, definition } = openSeries(query, known)
    const isDense = (to - from) / SLOT_MS <= SLOTS_PER_BORDER * borders.length
    const around = isDense ? points.readWindow(series, { from, to }) : points
    const values = new BigInt64Array(borders.length)
    const isEstimated = new Uint8Array(borders.length)
    for (const [index, at] of borders.entries()) {
      const register = readRegisterAt(around, series, definition, at)
      values[index] = register.value
      isEstimated[index] = register.isEstimated ? 1 : 0
    }
    const knownUntil = series.state.openSlots.get(register)?.last.at
    return { deviceId, register, unit: definition.unit, values, isEstimated, knownUntil }
  }

  function toStatus(row: DeviceRow): StoredDeviceStatus {
    const state = readState(row)
    const head = state?.head
    const stored = head && (readIdentity.get(head.id) as Identity & { received_at: number })
    const registers = [...(state?.openSlots ?? [])].map(
      ([register, { last }]) => [register, { value: last.shown ?? last.value, at: last.at }] as const,
    )
    return {
      ...toDevice(row),
      lastReading: stored && {
        epoch: stored.epoch,
        seq: stored.seq,
        receivedAt: stored.received_at,
        at: state?.lastAt,
      },
      registers: Object.fromEntries(registers),
      openHolds: (countHolds.get(row.no) as { n: number }).n,
      isBeingJudged: readUnjudged.get(row.no) !== undefined,
    }
  }

  function readAll(queries: readonly UsageQuery[]): RegisterUsage[] {
    const known = new Map<string, DeviceSeries>()
    return queries.map((query) => whileSettled(known, query.deviceId, () => readUsage(query, known)))
  }

  /** All of one moment. @throws AppError as `readUsage` */
  function readSessions(query: UsageQuery): RunSession[] {
    if (query.to < query.from) throw meteringErrors.usage_span_invalid('Let "from" be before "to".')
    const known = new Map<string, DeviceSeries>()
    database.exec('BEGIN')
    try {
      return whileSettled(known, query.deviceId, () => {
        const { series, definition } = openSeries(query, known)
        const walk = points
          .walk(series, query.from, query.to, definition.maxGapMs)
          .map((point) => withRule(point, pinnedDefinition(series, point)))
        return [...runSessions(walk, query, definition)].map((session) => ({
          register: query.register,
          ...session,
        }))
      })
    } finally {
      database.exec('COMMIT')
    }
  }

  return {
    readSeries,
    walkRegister,
    readSessions,

    readUsageInTransaction: readAll,

    /** All of one moment. @throws AppError as `readUsage` */
    readSteps(queries: readonly StepsQuery[]): UsageSteps[] {
      const known = new Map<string, DeviceSeries>()
      database.exec('BEGIN')
      try {
        return queries.map((query) => whileSettled(known, query.deviceId, () => readStepsOf(query, known)))
      } finally {
        database.exec('COMMIT')
      }
    },

    /** All queries see the same moment of the database. */
    readUsage(queries: readonly UsageQuery[]): RegisterUsage[] {
      database.exec('BEGIN')
      try {
        return readAll(queries)
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

/** What people decided meanwhile counts already, what follows from it is not stored yet. */
function whileSettled<Answer>(
  known: Map<string, DeviceSeries>,
  deviceId: string,
  read: () => Answer,
): Answer {
  try {
    return read()
  } catch (error) {
    const isBeingJudged = (known.get(deviceId)?.judgedId ?? NOTHING_WAITS) !== NOTHING_WAITS
    if (!(error instanceof InvariantError) || !isBeingJudged) throw error
    throw meteringErrors.usage_not_settled('The device is being judged again; ask again in a moment.', {
      cause: error,
    })
  }
}

/** R(t) and the points around it. A step is spread by the definition that its end was judged by. */
export function readRegisterAt(
  points: PointsAround,
  series: Series,
  current: RegisterDefinition,
  at: number,
): RegisterAt {
  const before = points.lastPointUpTo(series, at)
  const after = points.firstPointAfter(series, at)
  const definition = (after && pinnedDefinition(series, after)) ?? current
  return {
    at,
    // A register that was never read has not moved: both ends read the same, so the usage is nothing.
    value: registerValueAt(at, before, after, definition) ?? 0n,
    before,
    after,
    isEstimated: before !== undefined && after !== undefined && isEstimatedStep(before, after, definition),
  }
}

function withRule(point: RegisterPoint, rule: RegisterDefinition | undefined): MetricPoint {
  return rule === undefined ? point : { ...point, rule }
}

function pinnedDefinition({ facts, register }: Series, point: RegisterPoint): RegisterDefinition | undefined {
  if (!facts.hasPins) return undefined
  const { reading, at } = point
  if (reading !== undefined) return facts.pinOf(reading)?.definitions.get(register)
  return facts.decisions
    .entered(register)
    .filter((entered) => entered.at === at)
    .map(({ decisionId }) => facts.pinnedEntry(decisionId)?.get(register))
    .find((definition) => definition !== undefined)
}
