/**
 * The usage events of a contract's devices that a price is for: each where its end lies, by report or by the rule of its type.
 *
 * The rules are asked with what is known now, so that a session whose end was lost counts in the period in which it ended
 * also when that shows only later. A session that may yet end in the span is waited for like a device that has not reported.
 */
import type { DeviceId } from '../../core/index.ts'
import type { DeviceStatus, EventsResult } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import type { EventRecord } from '../rating/rating-types.ts'
import { readDevices } from './assigned-devices.ts'
import type { NotBillableRun } from './not-billable-runs.ts'
import type { UsagePart } from './usage-parts.ts'

export type ContractEvents = {
  readonly events: readonly EventRecord[]
  readonly unreportedDevices: readonly string[]
  /** True if a session that is open may turn out to have ended in what was asked for. */
  readonly mayStillEnd: boolean
}

export async function eventsOfContract(
  { metering, clock }: Pick<BillingContext, 'metering' | 'clock'>,
  { manufacturerId }: Contract,
  parts: readonly UsagePart[],
  runs: readonly NotBillableRun[],
): Promise<ContractEvents> {
  const cutoffAt = clock.now()
  const queries = parts.flatMap(({ deviceId, events, from, to }) =>
    events.map((type) => ({ deviceId, type, from, to, cutoffAt })),
  )
  if (queries.length === 0) return { events: [], unreportedDevices: [], mayStillEnd: false }
  const results = await metering.readEvents(queries)
  const devices = await readDevices(metering, manufacturerId, [
    ...new Set(queries.map(({ deviceId }) => deviceId)),
  ])
  const isUnreported = ({ deviceId, to, openSessions }: EventsResult) =>
    openSessions > 0 || reportedUntil(devices, deviceId) < to
  const events = results.flatMap(({ deviceId, events: own }) =>
    own.map(({ id, type, from, end, quantity, labels }) => {
      return { deviceId, id, type, from, to: end.at, quantity, labels }
    }),
  )
  const isFree = ({ deviceId, from, to }: (typeof events)[number]) =>
    runs.some((run) => run.deviceId === deviceId && run.from <= from && to <= run.to)
  return {
    events: events.filter((event) => !isFree(event)),
    unreportedDevices: results.filter(isUnreported).map(({ deviceId }) => deviceId),
    mayStillEnd: results.some(({ openSessions }) => openSessions > 0),
  }
}

/** Device time of the last reading, which events come with. */
function reportedUntil(devices: ReadonlyMap<DeviceId, DeviceStatus>, deviceId: DeviceId): number {
  const device = devices.get(deviceId)
  const known = Object.values(device?.registers ?? {}).map(({ at }) => at)
  return Math.max(device?.lastReading?.at ?? -Infinity, ...known)
}
