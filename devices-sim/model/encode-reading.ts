/** Readings as bytes of the wire format, version 1. The same reading always gives the same bytes. */
import { formatInstant, type Reading } from '../../core/index.ts'

export function encodeReading(reading: Reading): string {
  return JSON.stringify(wireReading(reading))
}

/** One message: an object for one reading, an array for more. */
export function encodeReadingMessage(readings: readonly Reading[]): string {
  const [first] = readings
  return first !== undefined && readings.length === 1
    ? encodeReading(first)
    : JSON.stringify(readings.map(wireReading))
}

function wireReading({ epoch, seq, time, registers, events }: Reading): Readonly<Record<string, unknown>> {
  return {
    v: 1,
    epoch,
    seq,
    ...(time.kind === 'device_time'
      ? { at: formatInstant(time.at), clock: time.isSynced ? 'synced' : 'unsynced' }
      : {}),
    registers: Object.fromEntries(registers.map(({ register, value }) => [register, Number(value)])),
    ...(events.length === 0
      ? {}
      : {
          events: events.map((event) => ({
            ...event,
            from: formatInstant(event.from),
            to: formatInstant(event.to),
            quantity: Number(event.quantity),
          })),
        }),
  }
}
