/**
 * One row of what follows from a device's readings, in a form in which what is stored and what is derived again can be
 * compared: equal texts mean equal rows. Both sides build their rows here, so that they cannot differ by their wording.
 */
import { formatInstant } from '../../core/index.ts'
import { encodeLabels, type EventReport, type Verdict } from '../events/event-report.ts'
import type { RecomputeDifference, RegisterPoint } from '../metering-types.ts'
import type { Identity } from '../usage/identity.ts'
import type { Slot } from '../usage/open-slots.ts'
import type { DeviceState } from './device-state.ts'

export type DerivedRow = Pick<RecomputeDifference, 'what' | 'register' | 'readingId' | 'at'> & {
  /** Tells the row from every other one of its device. */
  readonly key: string
  /** "Slot 2026-10-01T00:00:00.000Z of run_s" */
  readonly name: string
  readonly text: string
  /** The instant that the row reaches to; Infinity for what has none. */
  readonly until: number
}

export function slotRow(register: string, slot: Slot, isOpen: boolean): DerivedRow {
  const { slotAt, first, last } = slot
  const name = `${isOpen ? 'Open slot' : 'Slot'} ${formatInstant(slotAt)} of ${register}`
  const what = isOpen ? 'open_slot' : 'slot'
  const text = `${describePoint(first)} to ${describePoint(last)}`
  const key = isOpen ? `open ${register}` : `slot ${register} ${slotAt}`
  return { what, key, name, text, until: last.at, register, at: slotAt }
}

/** Which reading is the last one in the sequence, and the nearest one that was passed over after it. */
export function lastReadingRow({
  last,
  lastAt,
  isLastPlaced,
  ahead,
}: Pick<DeviceState, 'last' | 'lastAt' | 'isLastPlaced' | 'ahead'>): DerivedRow {
  const at = lastAt === undefined ? 'nowhere' : formatInstant(lastAt)
  const passedOver = ahead === undefined ? '' : `, passed over ${describeIdentity(ahead)}`
  return {
    what: 'last_reading',
    key: 'last reading',
    name: 'The last reading in the sequence',
    text: `${last === undefined ? 'none' : describeIdentity(last)} at ${at}${isLastPlaced ? ', placed' : ''}${passedOver}`,
    until: Infinity,
  }
}

export type HoldOfReading = Identity & {
  readonly readingId: number
  readonly register: string | undefined
  readonly exchangeOrdinal: number | undefined
  readonly code: string
  readonly detail: string
  readonly heldAt: number
  readonly isDecided: boolean
}

export function holdRow(hold: HoldOfReading): DerivedRow {
  const { readingId, register, exchangeOrdinal, code, detail, heldAt, isDecided } = hold
  const part = exchangeOrdinal === undefined ? '' : `, exchange ${exchangeOrdinal + 1}`
  // A reading may be held for several usage events; only the sentence tells them apart.
  const event = code === 'event_conflict' ? detail : ''
  return {
    what: 'hold',
    key: `hold ${readingId} ${register ?? ''} ${exchangeOrdinal ?? ''} ${event}`,
    name: `Hold of ${register ?? 'the whole'} in reading ${readingId}${part}`,
    text: `${code}, ${describeIdentity(hold)}, held ${formatInstant(heldAt)}, ${isDecided ? 'decided' : 'open'}: ${detail}`,
    until: heldAt,
    readingId,
    ...(register === undefined ? {} : { register }),
  }
}

export function placedRow(
  placed: Identity & { readonly readingId: number; readonly at: number },
): DerivedRow {
  const { readingId, at } = placed
  return {
    what: 'placed_reading',
    key: `placed ${describeIdentity(placed)}`,
    name: `Placed time of ${describeIdentity(placed)}`,
    text: `${formatInstant(at)}, reading ${readingId}`,
    until: at,
    readingId,
    at,
  }
}

export function unacceptedRow(decisionId: number, at: number): DerivedRow {
  return {
    what: 'unaccepted_entry',
    key: `unaccepted ${decisionId}`,
    name: `That what decision ${decisionId} entered does not count`,
    text: formatInstant(at),
    until: at,
    at,
  }
}

export function unacceptedBaseRow(register: string): DerivedRow {
  return {
    what: 'unaccepted_base',
    key: `unaccepted base ${register}`,
    name: `That the commissioning value of ${register} does not count`,
    text: register,
    until: Infinity,
    register,
  }
}

export function exchangeRow(carrying: Identity & { readonly readingId: number }): DerivedRow {
  const { readingId } = carrying
  return {
    what: 'reading_exchange',
    key: `exchange ${readingId}`,
    name: `That reading ${readingId} carries exchanges`,
    text: describeIdentity(carrying),
    until: Infinity,
    readingId,
  }
}

type ReceivedPlace = Identity & { readonly receivedAt: number }

export function eventRow(standing: EventReport, reports: number, last: ReceivedPlace): DerivedRow {
  const { event, readingId } = standing
  return {
    what: 'usage_event',
    key: `event ${event.id}`,
    name: `Usage event "${event.id}"`,
    text: `${describeReport(standing)}; ${reports} reports, the last ${describeIdentity(last)} received ${formatInstant(last.receivedAt)}`,
    until: event.to,
    readingId,
  }
}

export function reportRow(report: EventReport, verdict: Verdict): DerivedRow {
  const { event, readingId, place } = report
  return {
    what: 'usage_event_report',
    key: `report ${event.id} ${readingId} ${place}`,
    name: `Report of usage event "${event.id}" by reading ${readingId}`,
    text: `${verdict}: ${describeReport(report)}`,
    until: event.to,
    readingId,
  }
}

function describeReport(report: EventReport): string {
  const { event, readingId, receivedAt, place } = report
  const { type, from, to, quantity, isOpen } = event
  const span = `${formatInstant(from)} to ${formatInstant(to)}${isOpen === true ? ', open' : ''}`
  return `${type} ${span}, ${quantity}, ${encodeLabels(event)}, reading ${readingId} (${describeIdentity(report)}, place ${place}) received ${formatInstant(receivedAt)}`
}

function describePoint({ at, value, shown, isPlaced, reading }: RegisterPoint): string {
  const source = reading === undefined ? 'no reading' : `reading ${reading.id}`
  const total = `${value}${shown === undefined ? '' : ` (shown ${shown})`}`
  return `${total} at ${formatInstant(at)}${isPlaced === true ? ' placed' : ''} by ${source}`
}

function describeIdentity({ epoch, seq }: Identity): string {
  return `epoch ${epoch}, seq ${seq}`
}
