/**
 * Where one device stands, and how that is written into its `device_progress` row.
 *
 * A register's last accepted point is the last point of its open slot, so only the slots are stored.
 */
import type { Identity } from '../usage/identity.ts'
import type { Slot } from '../usage/open-slots.ts'
import type { RegisterPoint } from '../metering-types.ts'

/** The newest reading of the device's chain: the entry to everything that came in sequence order. */
export type ChainHead = Identity & { readonly id: number }

export type DeviceState = {
  readonly head: ChainHead | undefined
  /** The last standing reading and its time. */
  readonly last: Identity | undefined
  readonly lastAt: number | undefined
  readonly isLastPlaced: boolean
  readonly openSlots: ReadonlyMap<string, Slot>
  /** The nearest reading stored after `last` that was passed over for its sequence jump, if any. */
  readonly ahead: Identity | undefined
}

/**
 * A point that the head reading brought is only its value, because that is so for nearly every newest point: rows stay
 * small, and these rows are most of what an in-order reading writes.
 */
type StoredPoint =
  | string
  | [
      value: string,
      at: number,
      id: number | null,
      epoch: number,
      seq: number,
      shown?: string | null,
      isPlaced?: 1,
    ]
/** A slot with a single point has no `last`. */
type StoredSlot = [slotAt: number, first: StoredPoint, last?: StoredPoint]
type StateDocument = {
  head: [epoch: number, seq: number, id: number] | null
  /** Absent when it is the head. */
  last?: [epoch: number, seq: number] | null
  lastAt: number | null
  isLastPlaced?: true
  ahead?: [epoch: number, seq: number]
  slots: Record<string, StoredSlot>
}

export function initialDeviceState(openSlots: ReadonlyMap<string, Slot>): DeviceState {
  return {
    head: undefined,
    last: undefined,
    lastAt: undefined,
    isLastPlaced: false,
    openSlots,
    ahead: undefined,
  }
}

export function encodeDeviceState(state: DeviceState): string {
  const { head, last, lastAt, isLastPlaced, openSlots, ahead } = state
  const slots: Record<string, StoredSlot> = {}
  for (const [register, slot] of openSlots) {
    const first = encodePoint(slot.first, state)
    slots[register] =
      slot.last === slot.first ? [slot.slotAt, first] : [slot.slotAt, first, encodePoint(slot.last, state)]
  }
  const document: StateDocument = {
    head: head === undefined ? null : [head.epoch, head.seq, head.id],
    lastAt: lastAt ?? null,
    slots,
  }
  if (last?.epoch !== head?.epoch || last?.seq !== head?.seq) {
    document.last = last === undefined ? null : [last.epoch, last.seq]
  }
  if (isLastPlaced) document.isLastPlaced = true
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
    last: last === undefined ? head && { epoch: head.epoch, seq: head.seq } : toIdentity(last),
    lastAt: lastAt ?? undefined,
    isLastPlaced: document.isLastPlaced ?? false,
    openSlots,
    ahead: ahead && toIdentity(ahead),
  }
}

function encodePoint(point: RegisterPoint, { head, lastAt }: DeviceState): StoredPoint {
  const { at, value, shown, isPlaced, reading } = point
  const isOrdinary = shown === undefined && isPlaced !== true
  if (isOrdinary && reading !== undefined && reading.id === head?.id && at === lastAt) return value.toString()
  const stored: StoredPoint = [
    value.toString(),
    at,
    reading?.id ?? null,
    reading?.epoch ?? 0,
    reading?.seq ?? 0,
  ]
  if (!isOrdinary) stored.push(shown?.toString() ?? null)
  if (isPlaced === true) stored.push(1)
  return stored
}

function decodePoint(stored: StoredPoint, headPoint: Omit<RegisterPoint, 'value'>): RegisterPoint {
  if (typeof stored === 'string') return { ...headPoint, value: BigInt(stored) }
  const [value, at, id, epoch, seq, shown, isPlaced] = stored
  return {
    at,
    value: BigInt(value),
    ...(shown === undefined || shown === null ? {} : { shown: BigInt(shown) }),
    ...(isPlaced === 1 ? { isPlaced: true } : {}),
    reading: id === null ? undefined : { id, epoch, seq },
  }
}

function toHead([epoch, seq, id]: [number, number, number]): ChainHead {
  return { epoch, seq, id }
}

function toIdentity(stored: [epoch: number, seq: number] | null): Identity | undefined {
  return stored === null ? undefined : { epoch: stored[0], seq: stored[1] }
}
