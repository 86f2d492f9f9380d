/** Reads what a device is judged by: its commissioning and model, what people decided, and what documents pinned. */
import type { DatabaseSync } from 'node:sqlite'
import type { Decision } from '../metering-types.ts'
import { Decisions, type Definitions, type DeviceFacts, type PinnedReading } from '../usage/device-facts.ts'
import { compareIdentity, type Identity } from '../usage/identity.ts'
import { getModelOfDevice, readBaseValues, type DeviceRow } from './device-catalogue.ts'
import { decodeDecision } from './decision-document.ts'

type PinRow = {
  pin_no: number
  through_epoch: number
  through_seq: number
  last_reading_id: number
  model_version: number
  base_registers: string
}
type EntryRow = { decision_id: number; model_version: number }
type ExceptionRow = {
  pin_no: number
  reading_id: number
  what: 'time' | 'before' | 'value' | 'exchange' | 'reading'
  register: string
  exchange_ordinal: number
  at: number | null
}

export type FactsReader = (row: DeviceRow) => DeviceFacts

export function openFactsReader(database: DatabaseSync): FactsReader {
  const listDecisions = database.prepare('SELECT id, decision FROM decisions WHERE device_no = ? ORDER BY id')
  const listPins = database.prepare('SELECT * FROM pinned_devices WHERE device_no = ? ORDER BY pin_no')
  const listEntries = database.prepare(
    'SELECT decision_id, model_version FROM pinned_entries WHERE device_no = ? ORDER BY pin_no DESC',
  )
  const listExceptions = database.prepare('SELECT * FROM pin_exceptions WHERE device_no = ?')

  function definitionsOf(row: DeviceRow, version: number): Definitions {
    const model = getModelOfDevice(database, { ...row, model_version: version })
    return new Map(model.registers.map((each) => [each.name, each]))
  }

  return (row) => {
    const decisions = (listDecisions.all(row.no) as { id: number; decision: string }[]).map(
      ({ id, decision }): { id: number; decision: Decision } => ({ id, decision: decodeDecision(decision) }),
    )
    const pins = listPins.all(row.no) as PinRow[]
    const pinnedBases = new Set(pins.flatMap((pin) => JSON.parse(pin.base_registers) as string[]))
    const entries = pins.length === 0 ? [] : (listEntries.all(row.no) as EntryRow[])
    // The oldest pin comes last and is the one that stays.
    const pinnedEntries = new Map(
      entries.map(({ decision_id, model_version }) => [decision_id, definitionsOf(row, model_version)]),
    )
    return {
      commissionedAt: row.commissioned_at,
      baseValues: readBaseValues(row),
      definitions: definitionsOf(row, row.model_version),
      decisions: new Decisions(decisions),
      hasPins: pins.length > 0,
      pinOf:
        pins.length === 0
          ? () => undefined
          : createPinLookup(pins, listExceptions.all(row.no) as ExceptionRow[], (version) =>
              definitionsOf(row, version),
            ),
      pinnedEntry: (decisionId) => pinnedEntries.get(decisionId),
      isBasePinned: (register) => pinnedBases.has(register),
    }
  }
}

/**
 * Of the pins that cover a reading the newest says what was accepted; the oldest says by which model version it is
 * judged; its time, once fixed, is the same in all.
 */
function createPinLookup(
  pins: readonly PinRow[],
  exceptions: readonly ExceptionRow[],
  definitionsOf: (version: number) => Definitions,
): DeviceFacts['pinOf'] {
  const notCovered = new Set<string>()
  const notAccepted = new Set<string>()
  const placedAt = new Map<number, number>()
  const beforeAt = new Map<number, number>()
  for (const { pin_no, reading_id, what, register, exchange_ordinal, at } of exceptions) {
    if (what === 'reading') notCovered.add(`${pin_no}/${reading_id}`)
    else if (what === 'time') placedAt.set(reading_id, at ?? 0)
    else if (what === 'before') beforeAt.set(reading_id, at ?? 0)
    else notAccepted.add(`${pin_no}/${reading_id}/${register}/${exchange_ordinal}`)
  }
  const newestLast = pins.map((pin) => ({ ...pin, definitions: definitionsOf(pin.model_version) }))
  const mostThrough = newestLast.reduce<Identity | undefined>((most, pin) => {
    const through = { epoch: pin.through_epoch, seq: pin.through_seq }
    return most === undefined || compareIdentity(through, most) > 0 ? through : most
  }, undefined)

  return (stored): PinnedReading | undefined => {
    if (mostThrough === undefined || compareIdentity(stored, mostThrough) > 0) return undefined
    const covering = newestLast.filter(
      ({ pin_no, through_epoch, through_seq, last_reading_id }) =>
        stored.id <= last_reading_id &&
        compareIdentity(stored, { epoch: through_epoch, seq: through_seq }) <= 0 &&
        !notCovered.has(`${pin_no}/${stored.id}`),
    )
    const [oldest] = covering
    const newest = covering.at(-1)
    if (oldest === undefined || newest === undefined) return undefined
    return {
      pinNo: newest.pin_no,
      placedAt: placedAt.get(stored.id),
      beforeAt: beforeAt.get(stored.id),
      isAccepted: (register, ordinal = -1) =>
        !notAccepted.has(`${newest.pin_no}/${stored.id}/${register}/${ordinal}`),
      definitions: oldest.definitions,
    }
  }
}
