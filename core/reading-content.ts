/**
 * When two readings are the same: by decoded content, not by bytes (design §4).
 *
 * Registers, events, exchanges and device time in milliseconds count; the order of members, the spelling of numbers,
 * the clock's quality and `ageS` (which grows with every retry) do not.
 */
import type { Reading, UsageEvent } from './wire-format.ts'

/** A canonical text: equal for readings with the same content, different otherwise. */
export function canonicalContent(reading: Reading): string {
  return JSON.stringify([
    reading.time.kind === 'device_time' ? reading.time.at : null,
    reading.registers.map(({ register, value }) => [register, value.toString()]).sort(byFirst),
    reading.events.map(eventContent).sort(byText),
    reading.exchanges
      .map((exchange) => [
        exchange.register,
        exchange.final.toString(),
        exchange.start.toString(),
        exchange.at,
      ])
      .sort(byText),
  ])
}

/** The same for one usage event. */
export function canonicalEvent(event: UsageEvent): string {
  return JSON.stringify(eventContent(event))
}

/** What says that it is open stands only there if it is, so that older contents keep their text. */
function eventContent(event: UsageEvent): readonly unknown[] {
  return [
    event.id,
    event.type,
    event.from,
    event.to,
    event.quantity.toString(),
    Object.entries(event.labels).sort(byFirst),
    ...(event.isOpen === true ? ['open'] : []),
  ]
}

function byFirst(left: readonly unknown[], right: readonly unknown[]): number {
  return compareText(String(left[0]), String(right[0]))
}

function byText(left: unknown, right: unknown): number {
  return compareText(JSON.stringify(left), JSON.stringify(right))
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
