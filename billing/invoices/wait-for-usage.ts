/**
 * What an invoice waits for. Always: that stored readings are judged, and that nothing of the period is held. Until the grace has passed also
 * that every device has reported past the end of the period without a hole in its sequence numbers, and that nobody has to decide about
 * one of its readings; where all of that is so, a period closes at once.
 */
import { formatInstant, type DeviceId, type Period } from '../../core/index.ts'
import { meteringErrors, type DeviceStatus, type HoleQuery } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import type { EvidencePoint, UsageRecord } from '../rating/rating-types.ts'
import { intersect } from '../spans.ts'
import { readDevices } from './assigned-devices.ts'
import { ratedUsage, type PeriodRating } from './rate-period.ts'
import type { RatingBasis } from './rating-basis.ts'

/** The devices that the contract has in the period. @throws AppError `usage_not_settled` */
export async function judgedDevices(
  { metering }: BillingContext,
  contract: Contract,
  period: Period,
  { assignments }: RatingBasis,
): Promise<readonly DeviceStatus[]> {
  const ids = assignments
    .filter(({ from, to }) => intersect({ from, to: to ?? Infinity }, period) !== undefined)
    .map(({ deviceId }) => deviceId)
  const devices = [...(await readDevices(metering, contract.manufacturerId, [...new Set(ids)])).values()]
  const judging = devices.find(({ isBeingJudged }) => isBeingJudged)
  if (judging === undefined) return devices
  throw meteringErrors.usage_not_settled(
    `Wait a moment: readings of device "${judging.id}" are stored and not judged yet.`,
  )
}

/** @throws AppError `usage_not_reported`, `usage_held`, each until the grace has passed */
export async function assertComplete(
  { clock, graceMs, reachableSince, metering }: BillingContext,
  rating: PeriodRating,
  devices: readonly DeviceStatus[],
): Promise<void> {
  const { period, unreportedDevices } = rating
  const graceEndsAt = Math.max(period.to, reachableSince) + graceMs
  if (clock.now() >= graceEndsAt) return
  const orThen = `or until ${formatInstant(graceEndsAt)}: then the invoice is issued with what is known.`
  const [first] = unreportedDevices
  if (first !== undefined) {
    const who =
      unreportedDevices.length === 1
        ? `device ${first}`
        : `${unreportedDevices.length} devices (${first} first)`
    throw billingErrors.usage_not_reported(
      `Wait for ${who} to report past the end of the period at ${formatInstant(period.to)}, ${orThen}`,
    )
  }
  const queries = holeQueries(ratedUsage(rating))
  const held = await findHeld(metering, devices, queries)
  if (held !== undefined) {
    throw billingErrors.usage_held(
      `Decide about what is held of device ${held} between its readings of the period, or wait until ${formatInstant(graceEndsAt)}: then the invoice is issued without it.`,
    )
  }
  const missing = queries.length === 0 ? [] : await metering.countMissingReadings(queries)
  const hole = missing.findIndex((count) => count > 0)
  if (hole === -1) return
  throw billingErrors.usage_not_reported(
    `Wait for the ${String(missing[hole])} readings of device ${queries[hole]?.deviceId ?? ''} that are missing in its sequence, ${orThen}`,
  )
}

/** A device with an open hold among the readings that its usage rests on: what came after the period changes nothing in it. */
async function findHeld(
  metering: BillingContext['metering'],
  devices: readonly DeviceStatus[],
  queries: readonly HoleQuery[],
): Promise<string | undefined> {
  for (const { id, manufacturerId, openHolds } of devices) {
    if (openHolds === 0) continue
    const query = queries.find(({ deviceId }) => deviceId === id)
    if (query === undefined) continue
    const holds = await metering.listHolds(manufacturerId, id)
    if (holds.some((hold) => compare(query.from, hold) <= 0 && compare(hold, query.to) <= 0)) return id
  }
  return undefined
}

function compare(left: HoleQuery['from'], right: HoleQuery['from']): number {
  return left.epoch - right.epoch || left.seq - right.seq
}

/** For each device from its first to its last reading that the usage rests on. */
function holeQueries(usage: readonly UsageRecord[]): readonly HoleQuery[] {
  const byDevice = Map.groupBy(usage, ({ deviceId }) => deviceId)
  return [...byDevice].flatMap(([deviceId, records]) => {
    const points = records.flatMap(({ start, end }) => [start.before, start.after, end.before, end.after])
    return toHoleQuery(deviceId, points.flatMap(identityOf))
  })
}

function identityOf(point: EvidencePoint | undefined): readonly HoleQuery['from'][] {
  if (point?.epoch === undefined || point.seq === undefined) return []
  return [{ epoch: point.epoch, seq: point.seq }]
}

function toHoleQuery(deviceId: DeviceId, identities: readonly HoleQuery['from'][]): readonly HoleQuery[] {
  const ordered = identities.toSorted(compare)
  const [from, to] = [ordered.at(0), ordered.at(-1)]
  return from === undefined || to === undefined ? [] : [{ deviceId, from, to }]
}

/** @throws AppError `hand_over_unclear`, `peak_not_measured` */
export function assertNothingHeld({ held }: PeriodRating): void {
  const [first] = held
  if (first === undefined) return
  const span = `from ${formatInstant(first.from)} to ${formatInstant(first.to)}`
  if (first.code === 'peak_not_measured') {
    throw billingErrors.peak_not_measured(
      `Let device ${first.deviceId} send its missing readings of ${first.register}, or price something else than its peak: ${span} only estimates are known.`,
    )
  }
  throw billingErrors.hand_over_unclear(
    `Add a hand-over reading of ${first.register} of device ${first.deviceId}: its usage ${span} is estimated across a change of customer.`,
  )
}
