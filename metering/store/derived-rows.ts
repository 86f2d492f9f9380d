/**
 * Writing what judging found: only the rows that differ from what is stored, so that judging a long history again costs
 * writes only where something changed, and a hold that stays keeps its number.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Period } from '../../core/index.ts'
import type { RegisterPoint } from '../metering-types.ts'
import type { HeldElement } from '../usage/accepted-chain.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import type { Identity } from '../usage/identity.ts'
import { addToSlots, slotStart, uniteSpans, type ClosedSlot, type Slot } from '../usage/open-slots.ts'
import type { TimedReading } from '../usage/reading-times.ts'
import type { RegisterPoints } from './register-points.ts'
import type { SlotRow } from './slot-rows.ts'

/** Rows written between two yields. */
const ROWS_PER_TURN = 256

type HoldRow = {
  id: number
  reading_id: number
  register: string | null
  exchange_ordinal: number | null
  code: string
  detail: string
  is_decided: number
}

type EventHoldRow = Identity & { id: number; reading_id: number; is_decided: number }

type StoredSlot = { readonly row: SlotRow; readonly slotAt: number }

export type DerivedRows = ReturnType<typeof openDerivedRows>

export function openDerivedRows(database: DatabaseSync, points: RegisterPoints) {
  const upsertSlot = database.prepare(
    `INSERT INTO slots (device_no, register, slot_at, first_at, first_value, first_shown, first_reading_id,
       last_at, last_value, last_shown, last_reading_id, placed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_no, register, slot_at) DO UPDATE SET
       first_at = excluded.first_at, first_value = excluded.first_value, first_shown = excluded.first_shown,
       first_reading_id = excluded.first_reading_id, last_at = excluded.last_at, last_value = excluded.last_value,
       last_shown = excluded.last_shown, last_reading_id = excluded.last_reading_id, placed = excluded.placed`,
  )
  const deleteSlot = database.prepare(
    'DELETE FROM slots WHERE device_no = ? AND register = ? AND slot_at = ?',
  )
  const slotsFrom = database.prepare(
    'SELECT * FROM slots WHERE device_no = ? AND register = ? AND slot_at > ? ORDER BY slot_at LIMIT ?',
  )
  slotsFrom.setReadBigInts(true)
  const holdsAfter = database.prepare(
    `SELECT id, reading_id, register, exchange_ordinal, code, detail, is_decided FROM holds
     WHERE device_no = ? AND code <> 'event_conflict' AND (epoch, seq) > (?, ?)`,
  )
  const eventHoldsAfter = database.prepare(
    `SELECT id, reading_id, epoch, seq, is_decided FROM holds
     WHERE device_no = ? AND code = 'event_conflict' AND (epoch, seq) > (?, ?)`,
  )
  const decideHold = database.prepare('UPDATE holds SET is_decided = ? WHERE id = ?')
  const insertHold = database.prepare(
    `INSERT INTO holds (device_no, register, exchange_ordinal, epoch, seq, reading_id, code, detail, held_at, is_decided)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const updateHold = database.prepare('UPDATE holds SET code = ?, detail = ?, is_decided = ? WHERE id = ?')
  const deleteHold = database.prepare('DELETE FROM holds WHERE id = ?')
  const placedAfter = database.prepare(
    'SELECT epoch, seq, reading_id, at FROM placed_readings WHERE device_no = ? AND (epoch, seq) > (?, ?)',
  )
  const upsertPlaced = database.prepare(
    `INSERT INTO placed_readings (device_no, epoch, seq, reading_id, at, is_candidate) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_no, epoch, seq) DO UPDATE SET reading_id = excluded.reading_id, at = excluded.at,
       is_candidate = excluded.is_candidate`,
  )
  const deletePlaced = database.prepare(
    'DELETE FROM placed_readings WHERE device_no = ? AND epoch = ? AND seq = ?',
  )
  const deleteUnaccepted = database.prepare('DELETE FROM unaccepted_entries WHERE device_no = ? AND at > ?')
  const insertUnaccepted = database.prepare(
    `INSERT INTO unaccepted_entries (decision_id, device_no, at)
     SELECT id, device_no, decision ->> '$.at' FROM decisions WHERE id = ?`,
  )
  const deleteBases = database.prepare('DELETE FROM unaccepted_bases WHERE device_no = ?')
  const insertBase = database.prepare('INSERT INTO unaccepted_bases (device_no, register) VALUES (?, ?)')
  const countHeld = database.prepare(
    `SELECT count(DISTINCT reading_id) AS n FROM holds
     WHERE device_no = ? AND is_decided = 0 AND (epoch, seq) > (?, ?)`,
  )

  function writeSlot(deviceNo: number, { register, slotAt, first, last }: ClosedSlot): void {
    upsertSlot.run(
      deviceNo,
      register,
      slotAt,
      first.at,
      first.value,
      first.shown ?? null,
      first.reading?.id ?? null,
      last.at,
      last.value,
      last.shown ?? null,
      last.reading?.id ?? null,
      (first.isPlaced === true ? 1 : 0) + (last.isPlaced === true ? 2 : 0),
    )
  }

  function* listSlotsFrom(
    deviceNo: number,
    register: string,
    slotAt: number,
  ): Generator<void, readonly StoredSlot[]> {
    const found: StoredSlot[] = []
    let after = slotAt - 1
    for (;;) {
      const rows = slotsFrom.all(deviceNo, register, after, ROWS_PER_TURN) as SlotRow[]
      for (const row of rows) {
        after = Number(row.slot_at)
        found.push({ row, slotAt: after })
      }
      if (rows.length < ROWS_PER_TURN) return found
      yield
    }
  }

  return {
    writeSlot,

    /**
     * Replaces the register's slots from its seed's on; returns the new open slot, and the span between the last point
     * that stayed and the last one there is, if anything changed.
     */
    *replaceSlots(
      deviceNo: number,
      register: string,
      seed: RegisterPoint | undefined,
      accepted: readonly RegisterPoint[],
      before: Slot | undefined,
    ): Generator<void, { readonly open: Slot | undefined; readonly changed: Period | undefined }> {
      const seedSlotAt = seed === undefined ? -Infinity : slotStart(seed.at)
      const stored = yield* listSlotsFrom(deviceNo, register, seed === undefined ? 0 : seedSlotAt)
      let open = seed === undefined ? undefined : seedSlot(seed)
      let lastSame = seed?.at
      let isSame = true
      let changedFrom: number | undefined
      let nextStored = 0
      let rows = 0

      function seedSlot(point: RegisterPoint): Slot {
        const [own] = stored
        const openFirst = before?.slotAt === seedSlotAt ? before.first : point
        const first = own?.slotAt === seedSlotAt ? points.toSlot(own.row).first : openFirst
        return { slotAt: seedSlotAt, first, last: point }
      }
      function noteChange(at: number): void {
        isSame = false
        changedFrom ??= lastSame ?? at
      }
      function* settleSlot(slot: Slot, isOpen: boolean): Generator<void> {
        for (
          let old = stored[nextStored];
          old !== undefined && old.slotAt < slot.slotAt;
          old = stored[nextStored]
        ) {
          noteChange(Number(old.row.first_at))
          deleteSlot.run(deviceNo, register, old.slotAt)
          nextStored += 1
          if ((rows += 1) % ROWS_PER_TURN === 0) yield
        }
        const old = stored[nextStored]
        const oldSlot =
          old?.slotAt === slot.slotAt
            ? points.toSlot(old.row)
            : before?.slotAt === slot.slotAt
              ? before
              : undefined
        const isKept = oldSlot !== undefined && isSameSlot(oldSlot, slot)
        if (!isKept) noteChange(Math.min(slot.first.at, oldSlot?.first.at ?? Infinity))
        const isStored = old?.slotAt === slot.slotAt
        if (isStored) nextStored += 1
        if (isOpen) {
          if (isStored) deleteSlot.run(deviceNo, register, slot.slotAt)
        } else if (!isStored || !isKept) {
          writeSlot(deviceNo, { register, ...slot })
        }
        if (isSame) lastSame = slot.last.at
        if ((rows += 1) % ROWS_PER_TURN === 0) yield
      }

      for (const point of accepted) {
        const step = addToSlots(open, point)
        open = step.open
        if (step.closed !== undefined) yield* settleSlot(step.closed, false)
      }
      if (open !== undefined) yield* settleSlot(open, true)
      for (const { row, slotAt } of stored.slice(nextStored)) {
        noteChange(Number(row.first_at))
        deleteSlot.run(deviceNo, register, slotAt)
        if ((rows += 1) % ROWS_PER_TURN === 0) yield
      }
      if (before !== undefined && (open === undefined || open.slotAt < before.slotAt))
        noteChange(before.first.at)
      const lastAt = Math.max(open?.last.at ?? -Infinity, before?.last.at ?? -Infinity)
      const changed = changedFrom === undefined ? undefined : { from: changedFrom, to: lastAt }
      return { open, changed }
    },

    /** Replaces the device's holds after an identity; those of usage events only learn whether they are decided. */
    *replaceHolds(
      deviceNo: number,
      after: Identity,
      held: readonly HeldElement[],
      facts: DeviceFacts,
    ): Generator<void, void> {
      let rows = 0
      const stored = new Map(
        (holdsAfter.all(deviceNo, after.epoch, after.seq) as HoldRow[]).map((row) => [
          `${row.reading_id}/${row.register ?? ''}/${row.exchange_ordinal ?? ''}`,
          row,
        ]),
      )
      for (const { stored: reading, register, exchangeOrdinal, code, detail } of held) {
        if ((rows += 1) % ROWS_PER_TURN === 0) yield
        const key = `${reading.id}/${register ?? ''}/${exchangeOrdinal ?? ''}`
        const isDecided = facts.decisions.about(reading, register) === undefined ? 0 : 1
        const old = stored.get(key)
        stored.delete(key)
        if (old === undefined) {
          const { epoch, seq, id, receivedAt } = reading
          insertHold.run(
            deviceNo,
            register ?? null,
            exchangeOrdinal ?? null,
            epoch,
            seq,
            id,
            code,
            detail,
            receivedAt,
            isDecided,
          )
        } else if (old.code !== code || old.detail !== detail || old.is_decided !== isDecided) {
          updateHold.run(code, detail, isDecided, old.id)
        }
      }
      for (const { id } of stored.values()) deleteHold.run(id)
      for (const row of eventHoldsAfter.all(deviceNo, after.epoch, after.seq) as EventHoldRow[]) {
        const isDecided = facts.decisions.about({ ...row, id: row.reading_id }) === undefined ? 0 : 1
        if (isDecided !== row.is_decided) decideHold.run(isDecided, row.id)
      }
    },

    *replacePlaced(deviceNo: number, after: Identity, timed: readonly TimedReading[]): Generator<void, void> {
      let rows = 0
      const stored = new Map(
        (
          placedAfter.all(deviceNo, after.epoch, after.seq) as (Identity & {
            reading_id: number
            at: number
          })[]
        ).map((row) => [`${row.epoch}/${row.seq}`, row]),
      )
      for (const { stored: reading, at, isPlaced, isCandidate } of timed) {
        if (!isPlaced) continue
        if ((rows += 1) % ROWS_PER_TURN === 0) yield
        const key = `${reading.epoch}/${reading.seq}`
        const old = stored.get(key)
        if (old?.at !== at || old.reading_id !== reading.id) {
          upsertPlaced.run(deviceNo, reading.epoch, reading.seq, reading.id, at, isCandidate ? 1 : 0)
        }
        stored.delete(key)
      }
      for (const { epoch, seq } of stored.values()) deletePlaced.run(deviceNo, epoch, seq)
    },

    replaceUnaccepted(deviceNo: number, after: number, decisionIds: readonly number[]): void {
      deleteUnaccepted.run(deviceNo, after)
      for (const decisionId of decisionIds) insertUnaccepted.run(decisionId)
    },

    replaceUnacceptedBases(deviceNo: number, registers: readonly string[]): void {
      deleteBases.run(deviceNo)
      for (const register of registers) insertBase.run(deviceNo, register)
    },

    /** Readings after an identity with a hold that nobody has decided about. */
    countHeldReadings(deviceNo: number, after: Identity): number {
      return (countHeld.get(deviceNo, after.epoch, after.seq) as { n: number }).n
    },
  }
}

export function uniteAll(spans: readonly (Period | undefined)[]): Period | undefined {
  return spans.reduce<Period | undefined>(uniteSpans, undefined)
}

function isSameSlot(left: Slot, right: Slot): boolean {
  return isSamePoint(left.first, right.first) && isSamePoint(left.last, right.last)
}

function isSamePoint(left: RegisterPoint, right: RegisterPoint): boolean {
  return (
    left.at === right.at &&
    left.value === right.value &&
    left.shown === right.shown &&
    left.isPlaced === right.isPlaced &&
    left.reading?.id === right.reading?.id
  )
}
