/** The civil dates of a period in a zone. Invoices name the last day that belongs to it, so `to` is inclusive here. */
import { type Period } from '../core/index.ts'

export type CivilPeriod = { readonly firstOn: string; readonly lastOn: string }

export function toCivilPeriod({ from, to }: Period, timeZone: string): CivilPeriod {
  return { firstOn: civilDateAt(from, timeZone), lastOn: civilDateAt(Math.max(from, to - 1), timeZone) }
}

function civilDateAt(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString()
}
