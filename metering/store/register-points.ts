/**
 * The accepted points of a register as they are stored: the last one at or before an instant, the first one after it, and
 * all those inside one slot.
 *
 * Closed slots come from `slots`, the open one from the device's state. Points between the first and the last of one slot are
 * derived again from the readings inside it, less what is held; every other answer needs the slots alone.
 */
import type { DatabaseSync } from 'node:sqlite'
import { InvariantError, type Period } from '../../core/index.ts'
import type { RegisterPoint } from '../metering-types.ts'
import { listElements, nextPoint, type Element } from '../usage/accepted-chain.ts'
import { compareIdentity, firstIdentity, lastIdentity, type Identity } from '../usage/identity.ts'
import { slotStart, type Slot } from '../usage/open-slots.ts'
import { candidateTime, type TimedReading } from '../usage/reading-times.ts'
import { runToEnd } from '../usage/turns.ts'
import type { ReadingLog } from './reading-log.ts'
import { openSlotRows, type SlotRow, type SlotRows } from './slot-rows.ts'
import { openStandingTimes, type DeviceSeries } from './standing-times.ts'

type ReadingName = Identity & { readonly id: number }
type HeldRow = { id: number; register: string | null; ordinal: number | null }

/** One register of one device at one moment. */
export type Series = DeviceSeries & { readonly register: string }

export type PointsAround = {
  /** The last accepted point at or before the instant. */
  readonly lastPointUpTo: (series: Series, at: number) => RegisterPoint | undefined
  /** The first one after it. */
  readonly firstPointAfter: (series: Series, at: number) => RegisterPoint | undefined
}

type SlotSource = SlotRows & { readonly toSlot: (row: SlotRow) => Slot }

export type RegisterPoints = ReturnType<typeof openRegisterPoints>

export function openRegisterPoints(database: DatabaseSync, readings: ReadingLog) {
  const slotRows = openSlotRows(database)
  const heldInside = database.prepare(
    `SELECT reading_id AS id, register, exchange_ordinal AS ordinal FROM holds
     WHERE device_no = ? AND code <> 'event_conflict' AND (register IS NULL OR register = ?)
       AND (epoch, seq) BETWEEN (?, ?) AND (?, ?)`,
  )
  const findUnaccepted = database.prepare('SELECT 1 FROM unaccepted_entries WHERE decision_id = ?')
  const findUnacceptedBase = database.prepare(
    'SELECT 1 FROM unaccepted_bases WHERE device_no = ? AND register = ?',
  )
  const findPlaced = database.prepare('SELECT 1 FROM placed_readings WHERE device_no = ? LIMIT 1')
  const placedInside = database.prepare(
    'SELECT epoch, seq, at FROM placed_readings WHERE device_no = ? AND (epoch, seq) BETWEEN (?, ?) AND (?, ?)',
  )

  const exchangingFrom = database.prepare(
    `SELECT epoch, seq, reading_id AS id FROM reading_exchanges
     WHERE device_no = ? AND (epoch, seq) >= (?, ?) ORDER BY epoch, seq LIMIT 1`,
  )
  const { timeBefore, firstNotBefore } = openStandingTimes(database, readings)

  function storedRows({ deviceNo, register }: Series): SlotRows {
    return slotRows.ofSeries(deviceNo, register)
  }

  const lastPointUpTo: PointsAround['lastPointUpTo'] = (series, at) =>
    lastOf(series, at, { ...storedRows(series), toSlot })

  const firstPointAfter: PointsAround['firstPointAfter'] = (series, at) =>
    firstOf(series, at, { ...storedRows(series), toSlot })

  function lastOf(series: Series, at: number, source: SlotSource): RegisterPoint | undefined {
    const open = series.state.openSlots.get(series.register)
    if (open !== undefined && open.first.at <= at) return lastInside(series, open, at)
    const row = source.upTo(slotStart(at)).find(({ first_at }) => Number(first_at) <= at)
    return row && lastInside(series, source.toSlot(row), at)
  }

  function firstOf(series: Series, at: number, source: SlotSource): RegisterPoint | undefined {
    const row = source.from(slotStart(at)).find(({ last_at }) => Number(last_at) > at)
    if (row !== undefined) return firstInside(series, source.toSlot(row), at)
    const open = series.state.openSlots.get(series.register)
    return open !== undefined && open.last.at > at ? firstInside(series, open, at) : undefined
  }

  function lastInside(series: Series, slot: Slot, at: number): RegisterPoint | undefined {
    return slot.last.at <= at ? slot.last : pointsInside(series, slot, at).at(-1)
  }

  function firstInside(series: Series, slot: Slot, at: number): RegisterPoint | undefined {
    return slot.first.at > at ? slot.first : pointsInside(series, slot).find((point) => point.at > at)
  }

  /**
   * The first and the last reading, in sequence, that may have points in the slot. A pinned exchange keeps its time, so that a late
   * reading from before it in sequence may lie after it in time.
   */
  function readingsInside(series: Series, slot: Slot): { readonly from: Identity; readonly to: Identity } {
    const { deviceNo, state, register, facts } = series
    const first = slot.first.reading ?? nearestReadingBefore(series, slot.slotAt) ?? firstIdentity
    const last = slot.last.reading ?? nearestReadingAfter(series, slot.slotAt) ?? lastIdentity
    const from = compareIdentity(first, last) <= 0 ? first : last
    const to = compareIdentity(first, last) <= 0 ? last : first
    const isPinned = (row: ReadingName | undefined) => row && facts.pinOf(row)?.beforeAt !== undefined
    const ofFirst = exchangingFrom.get(deviceNo, first.epoch, first.seq) as ReadingName | undefined
    const isFirst = ofFirst !== undefined && compareIdentity(ofFirst, first) === 0
    const next = exchangingFrom.get(deviceNo, to.epoch, to.seq + 1) as ReadingName | undefined
    const reachesInside =
      next !== undefined &&
      isPinned(next) &&
      readings
        .list(deviceNo, state.head, next, next)
        .some(({ reading }) =>
          reading.exchanges.some((each) => each.register === register && each.at <= slot.last.at),
        )
    return {
      from: isFirst && isPinned(ofFirst) ? firstNotBefore(series, first, slot.first.at) : from,
      to: reachesInside ? next : to,
    }
  }

  /**
   * The accepted points of one slot up to `until`, in order. What comes after may be about to be judged by other facts, and is not
   * looked at.
   */
  function pointsInside(series: Series, slot: Slot, until = slot.last.at): RegisterPoint[] {
    const { deviceNo, register, facts, state, judgedId } = series
    const { from, to } = readingsInside(series, slot)
    const bounds = [from.epoch, from.seq, to.epoch, to.seq] as const
    const held = new Set<string>()
    for (const row of heldInside.all(deviceNo, register, ...bounds) as HeldRow[]) {
      held.add(`${row.id}/${row.register === null ? 'all' : (row.ordinal ?? 'value')}`)
    }
    const placed = new Map(
      (placedInside.all(deviceNo, ...bounds) as (Identity & { at: number })[]).map(({ epoch, seq, at }) => [
        `${epoch}/${seq}`,
        at,
      ]),
    )
    const timed = readings.list(deviceNo, state.head, from, to).flatMap((stored): TimedReading[] => {
      const isPassedOver =
        stored.id > judgedId ||
        held.has(`${stored.id}/all`) ||
        facts.decisions.about(stored)?.kind === 'reject'
      if (isPassedOver) return []
      const placedAt = placed.get(`${stored.epoch}/${stored.seq}`)
      const at = placedAt ?? candidateTime(stored, facts)
      return at === undefined ? [] : [{ stored, at, isPlaced: placedAt !== undefined }]
    })
    const hasExchanges = timed.some(({ stored }, index) => {
      return (index === 0 || stored.id === slot.first.reading?.id) && stored.reading.exchanges.length > 0
    })
    // What a first reading reports may lie in slots before: its exchanges need their own times to be told from its value.
    const startsAt = hasExchanges ? timeBefore(series, from) : slot.first.at
    const origin = { at: startsAt, anchor: slot.first.reading, lostTimes: 0 }
    const isAccepted = ({ stored, exchangeOrdinal, decisionId }: Element) => {
      if (stored !== undefined) return !held.has(`${stored.id}/${exchangeOrdinal ?? 'value'}`)
      if (decisionId !== undefined) return findUnaccepted.get(decisionId) === undefined
      return findUnacceptedBase.get(deviceNo, register) === undefined
    }
    const elements = runToEnd(listElements(register, timed, origin, facts)).filter(isAccepted)
    const first = elements.findIndex(
      ({ stored, at }) => stored?.id === slot.first.reading?.id && at === slot.first.at,
    )
    if (first === -1) throw new InvariantError(`A slot of ${register} begins with a point that is not there.`)
    const points = [slot.first]
    for (let index = first + 1; index < elements.length; index += 1) {
      const element = elements[index]
      if (element === undefined || element.at > until) break
      points.push(nextPoint(points.at(-1), element))
    }
    return points
  }

  /**
   * The register's points in order: the last one up to `from`, those up to `to`, and the first one after it. Points
   * inside a slot are left out unless a border of the span, a step longer than `maxGapMs` or a placed time may lie
   * between them.
   */
  function* walk(series: Series, from: number, to: number, maxGapMs: number): Generator<RegisterPoint, void> {
    const before = lastPointUpTo(series, from)
    if (before !== undefined) yield before
    const open = series.state.openSlots.get(series.register)
    const hasPlaced = findPlaced.get(series.deviceNo) !== undefined
    const rows = slotRows.iterateBetween(series.deviceNo, series.register, slotStart(from), to)
    const slots = function* (): Generator<Slot> {
      for (const row of rows) yield toSlot(row)
      if (open !== undefined) yield open
    }
    for (const slot of slots()) {
      const { first, last } = slot
      if (first.at > to || last.at <= from) continue
      const isInside = from < first.at && last.at <= to
      const isWhole = isInside && last.at - first.at <= maxGapMs && !hasPlaced
      const points = isWhole ? [first, last] : pointsInside(series, slot)
      yield* points.filter(({ at }) => from < at && at <= to)
    }
    const after = firstPointAfter(series, to)
    if (after !== undefined) yield after
  }

  function nearestReadingBefore(series: Series, slotAt: number): Identity | undefined {
    const rows = storedRows(series).upTo(slotAt - 1)
    const id = rows.find(({ last_reading_id }) => last_reading_id !== null)?.last_reading_id
    return id === undefined || id === null ? undefined : readings.getIdentity(series.deviceNo, Number(id))
  }

  function nearestReadingAfter(series: Series, slotAt: number): Identity | undefined {
    const rows = storedRows(series).from(slotAt + 1)
    const id = rows.find(({ first_reading_id }) => first_reading_id !== null)?.first_reading_id
    if (id !== undefined && id !== null) return readings.getIdentity(series.deviceNo, Number(id))
    return series.state.openSlots.get(series.register)?.last.reading
  }

  function toSlot(row: SlotRow, withReading = withKnownReading): Slot {
    const { first_at, first_value, first_shown, first_reading_id, placed } = row
    const { last_at, last_value, last_shown, last_reading_id } = row
    const deviceNo = Number(row.device_no)
    return {
      slotAt: Number(row.slot_at),
      first: withReading(toPoint(first_at, first_value, first_shown, (placed & 1n) === 1n), () =>
        findReading(deviceNo, first_reading_id),
      ),
      last: withReading(toPoint(last_at, last_value, last_shown, (placed & 2n) === 2n), () =>
        findReading(deviceNo, last_reading_id),
      ),
    }
  }

  function findReading(deviceNo: number, id: bigint | null): RegisterPoint['reading'] {
    return id === null ? undefined : { id: Number(id), ...readings.getIdentity(deviceNo, Number(id)) }
  }

  /**
   * For many instants of one span: the same points, the slots between them read at once. Which reading a point came with is
   * looked up when it is asked for, so use the points before the transaction ends.
   */
  function readWindow({ deviceNo, register }: Series, span: Period): PointsAround {
    const slots = new Map<SlotRow, Slot>()
    const source = {
      ...slotRows.readWindow(deviceNo, register, span),
      toSlot(row: SlotRow) {
        const slot = slots.get(row) ?? toSlot(row, withLateReading)
        slots.set(row, slot)
        return slot
      },
    }
    return {
      lastPointUpTo: (series, at) => lastOf(series, at, source),
      firstPointAfter: (series, at) => firstOf(series, at, source),
    }
  }

  return { lastPointUpTo, firstPointAfter, readWindow, walk, toSlot }
}

type PointOfRow = Omit<RegisterPoint, 'reading'>
type FindReading = () => RegisterPoint['reading']

function toPoint(at: bigint, value: bigint, shown: bigint | null, isPlaced: boolean): PointOfRow {
  return {
    at: Number(at),
    value,
    ...(shown === null ? {} : { shown }),
    ...(isPlaced ? { isPlaced } : {}),
  }
}

function withKnownReading(point: PointOfRow, findReading: FindReading): RegisterPoint {
  return { ...point, reading: findReading() }
}

function withLateReading(point: PointOfRow, findReading: FindReading): RegisterPoint {
  return {
    ...point,
    get reading() {
      return findReading()
    },
  }
}
