/**
 * Where one device stands, and how that is written into its `device_progress` row.
 *
 * The fold's last points are the last points of the open slots, so only the slots are stored.
 */
import type { AcceptanceState, Identity } from '../usage/accept-reading.ts'
import type { Slot } from '../usage/open-slots.ts'
import type { RegisterPoint } from '../metering-types.ts'

/** The newest reading of the device's chain: the entry to everything that came in sequence order. */
export type ChainHead = Identity & { readonly id: number }

export type DeviceState = {
  readonly head: ChainHead | undefined
  readonly acceptance: AcceptanceState
  readonly openSlots: ReadonlyMap<string, Slot>
  /** The nearest reading stored after `acceptance.last` that the fold has held for its sequence jump, if any. */
  readonly ahead: Identity | undefined
}

type PointTuple = [at: number, value: string, id: number | null, epoch: number, seq: number]
type StateDocument = {
  head: [epoch: number, seq: number, id: number] | null
  last: [epoch: number, seq: number] | null
  lastAt: number | null
  ahead: [epoch: number, seq: number] | null
  slots: Record<string, [slotAt: number, first: PointTuple, last: PointTuple]>
}

export function initialDeviceState(openSlots: ReadonlyMap<string, Slot>): DeviceState {
  return {
    head: undefined,
    acceptance: { last: undefined, lastAt: undefined, points: lastPoints(openSlots) },
    openSlots,
    ahead: undefined,
  }
}

export function encodeDeviceState(state: DeviceState): string {
  const { head, acceptance, openSlots, ahead } = state
  const document: StateDocument = {
    head: head === undefined ? null : [head.epoch, head.seq, head.id],
    last: acceptance.last === undefined ? null : [acceptance.last.epoch, acceptance.last.seq],
    lastAt: acceptance.lastAt ?? null,
    ahead: ahead === undefined ? null : [ahead.epoch, ahead.seq],
    slots: {},
  }
  for (const [register, slot] of openSlots) {
    document.slots[register] = [slot.slotAt, encodePoint(slot.first), encodePoint(slot.last)]
  }
  return JSON.stringify(document)
}

/** Reads what `encodeDeviceState` wrote. */
export function decodeDeviceState(text: string): DeviceState {
  const document = JSON.parse(text) as StateDocument
  const openSlots = new Map(
    Object.entries(document.slots).map(([register, [slotAt, first, last]]) => [
      register,
      { slotAt, first: decodePoint(first), last: decodePoint(last) },
    ]),
  )
  const { head, last, ahead } = document
  return {
    head: head === null ? undefined : { epoch: head[0], seq: head[1], id: head[2] },
    acceptance: {
      last: last === null ? undefined : { epoch: last[0], seq: last[1] },
      lastAt: document.lastAt ?? undefined,
      points: lastPoints(openSlots),
    },
    openSlots,
    ahead: ahead === null ? undefined : { epoch: ahead[0], seq: ahead[1] },
  }
}

function lastPoints(openSlots: ReadonlyMap<string, Slot>): ReadonlyMap<string, RegisterPoint> {
  return new Map([...openSlots].map(([register, slot]) => [register, slot.last]))
}

function encodePoint({ at, value, reading }: RegisterPoint): PointTuple {
  return [at, value.toString(), reading?.id ?? null, reading?.epoch ?? 0, reading?.seq ?? 0]
}

function decodePoint([at, value, id, epoch, seq]: PointTuple): RegisterPoint {
  return { at, value: BigInt(value), reading: id === null ? undefined : { id, epoch, seq } }
}
