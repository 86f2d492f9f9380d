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

/**
 * A point that the head reading brought is only its value, because that is so for nearly every newest point: rows stay
 * small, and these rows are most of what an in-order reading writes.
 */
type StoredPoint = string | [value: string, at: number, id: number | null, epoch: number, seq: number]
/** A slot with a single point has no `last`. */
type StoredSlot = [slotAt: number, first: StoredPoint, last?: StoredPoint]
type StateDocument = {
  head: [epoch: number, seq: number, id: number] | null
  /** Absent when it is the head. */
  last?: [epoch: number, seq: number] | null
  lastAt: number | null
  ahead?: [epoch: number, seq: number]
  exchanged?: string[]
  slots: Record<string, StoredSlot>
}

export function initialDeviceState(openSlots: ReadonlyMap<string, Slot>): DeviceState {
  return {
    head: undefined,
    acceptance: { last: undefined, lastAt: undefined, points: lastPoints(openSlots), exchanged: new Set() },
    openSlots,
    ahead: undefined,
  }
}

export function encodeDeviceState(state: DeviceState): string {
  const { head, acceptance, openSlots, ahead } = state
  const { last } = acceptance
  const slots: Record<string, StoredSlot> = {}
  for (const [register, slot] of openSlots) {
    const first = encodePoint(slot.first, state)
    slots[register] =
      slot.last === slot.first ? [slot.slotAt, first] : [slot.slotAt, first, encodePoint(slot.last, state)]
  }
  const document: StateDocument = {
    head: head === undefined ? null : [head.epoch, head.seq, head.id],
    lastAt: acceptance.lastAt ?? null,
    slots,
  }
  if (last?.epoch !== head?.epoch || last?.seq !== head?.seq) {
    document.last = last === undefined ? null : [last.epoch, last.seq]
  }
  if (acceptance.exchanged.size > 0) document.exchanged = [...acceptance.exchanged]
  if (ahead !== undefined) document.ahead = [ahead.epoch, ahead.seq]
  return JSON.stringify(document)
}

/** Reads what `encodeDeviceState` wrote. */
export function decodeDeviceState(text: string): DeviceState {
  const document = JSON.parse(text) as StateDocument
  const { lastAt, last, ahead } = document
  const head = document.head === null ? undefined : toHead(document.head)
  const headPoint = { at: lastAt ?? 0, reading: head && { id: head.id, epoch: head.epoch, seq: head.seq } }
  const openSlots = new Map(
    Object.entries(document.slots).map(([register, [slotAt, storedFirst, storedLast]]) => {
      const first = decodePoint(storedFirst, headPoint)
      return [
        register,
        { slotAt, first, last: storedLast === undefined ? first : decodePoint(storedLast, headPoint) },
      ]
    }),
  )
  return {
    head,
    acceptance: {
      last: last === undefined ? head && { epoch: head.epoch, seq: head.seq } : toIdentity(last),
      lastAt: lastAt ?? undefined,
      points: lastPoints(openSlots),
      exchanged: new Set(document.exchanged),
    },
    openSlots,
    ahead: ahead && toIdentity(ahead),
  }
}

function lastPoints(openSlots: ReadonlyMap<string, Slot>): ReadonlyMap<string, RegisterPoint> {
  return new Map([...openSlots].map(([register, slot]) => [register, slot.last]))
}

function encodePoint({ at, value, reading }: RegisterPoint, { head, acceptance }: DeviceState): StoredPoint {
  if (reading !== undefined && reading.id === head?.id && at === acceptance.lastAt) return value.toString()
  return [value.toString(), at, reading?.id ?? null, reading?.epoch ?? 0, reading?.seq ?? 0]
}

function decodePoint(stored: StoredPoint, headPoint: Omit<RegisterPoint, 'value'>): RegisterPoint {
  if (typeof stored === 'string') return { ...headPoint, value: BigInt(stored) }
  const [value, at, id, epoch, seq] = stored
  return { at, value: BigInt(value), reading: id === null ? undefined : { id, epoch, seq } }
}

function toHead([epoch, seq, id]: [number, number, number]): ChainHead {
  return { epoch, seq, id }
}

function toIdentity(stored: [epoch: number, seq: number] | null): Identity | undefined {
  return stored === null ? undefined : { epoch: stored[0], seq: stored[1] }
}
