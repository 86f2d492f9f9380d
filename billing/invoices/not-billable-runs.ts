/**
 * When devices run for their maker and not for the customer: events of a type that the model says is not billable (service, tests).
 * What their registers advance meanwhile is in no line, and named; a peak is looked for outside of them only, and an event that lies whole in
 * one is free. Of runs that overlap the one that began first counts, so that no unit is named twice. One that is open runs on; one that may yet end in the span is waited for like a device that has not reported.
 */
import type { DeviceId, Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { intersect, subtract } from '../spans.ts'

export type NotBillableRun = Period & {
  readonly deviceId: DeviceId
  readonly eventId: string
  /** The type of the event. */
  readonly reason: string
}

type AskedSpan = Period & { readonly deviceId: DeviceId; readonly notBillable: readonly string[] }

export type NotBillableRuns = {
  /** Of each device apart and in order, cut to what was asked for. */
  readonly runs: readonly NotBillableRun[]
  /** Of runs that are open and may turn out to have ended in what was asked for. */
  readonly unreportedDevices: readonly string[]
}

export async function readNotBillableRuns(
  { metering, clock }: Pick<BillingContext, 'metering' | 'clock'>,
  spans: readonly AskedSpan[],
): Promise<NotBillableRuns> {
  const cutoffAt = clock.now()
  const queries = spans.flatMap(({ deviceId, from, to, notBillable }) =>
    notBillable.map((type) => ({ deviceId, type, from, to, cutoffAt })),
  )
  if (queries.length === 0) return { runs: [], unreportedDevices: [] }
  const results = await metering.readRunningEvents(queries)
  const found = results.flatMap(({ deviceId, type, from, to, events }) =>
    events.flatMap((event) => {
      const span = intersect({ from: event.from, to: event.to ?? Infinity }, { from, to })
      const mayEnd = event.to === undefined && event.seenAt < to
      return span === undefined
        ? []
        : [{ begunAt: event.from, mayEnd, run: { deviceId, eventId: event.id, reason: type, ...span } }]
    }),
  )
  return {
    runs: [...Map.groupBy(found, ({ run }) => run.deviceId).values()].flatMap((own) =>
      takeApart(
        own
          .toSorted(
            (left, right) => left.begunAt - right.begunAt || (left.run.eventId < right.run.eventId ? -1 : 1),
          )
          .map(({ run }) => run),
      ),
    ),
    unreportedDevices: found.filter(({ mayEnd }) => mayEnd).map(({ run }) => run.deviceId),
  }
}

/** The parts of a span in which the device runs for its maker, and the others. */
export function apartFromRuns(
  span: Period,
  deviceId: DeviceId,
  runs: readonly NotBillableRun[],
): { readonly inside: readonly Period[]; readonly outside: readonly Period[] } {
  const inside = runs.flatMap((run) => (run.deviceId === deviceId ? (intersect(run, span) ?? []) : []))
  return { inside, outside: subtract(span, inside) }
}

function takeApart(runs: readonly NotBillableRun[]): readonly NotBillableRun[] {
  const taken: NotBillableRun[] = []
  for (const run of runs) taken.push(...subtract(run, taken).map((part) => ({ ...run, ...part })))
  return taken.sort((left, right) => left.from - right.from)
}
