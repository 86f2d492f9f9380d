/** Which of the usage counts for whom, and what a line shows of it. */
import { getCurrency, type CurrencyCode, type Period } from '../../core/index.ts'
import { allocate } from './allocate.ts'
import { ratingErrors } from './errors.ts'
import { isPeak } from './is-peak.ts'
import { eventsOf } from './pricing/count-units.ts'
import type { Counted } from './pricing/pricing-types.ts'
import type { Allocation, EventRecord, RatingFacts, RatingInput } from './rating-types.ts'
import type { Member } from './scope-members.ts'
import type { TariffItem } from './tariff-schema.ts'

/** What a member used in a span. A record lies in it whole, an event where its end is. */
export function countedOf({ owns }: Member, input: RatingInput, span: Period): Counted {
  const { usage, peaks, events } = countedWithin(input, span)
  return {
    usage: usage.filter(({ deviceId, from }) => owns(deviceId, from)),
    peaks: peaks.filter(({ deviceId, from }) => owns(deviceId, from)),
    events: events.filter(({ deviceId, to }) => owns(deviceId, to)),
  }
}

/**
 * What no member has would cost nothing (I8).
 * @throws AppError `rating_input_invalid`
 */
export function refuseUnassigned(item: TariffItem, input: RatingInput, { devices }: RatingFacts): void {
  if (item.scope === undefined || item.scope === 'contract') return
  const assigned = new Set(devices.map(({ deviceId }) => deviceId))
  const { usage, peaks, events } = evidenceOf(item, input)
  const stray = [...usage, ...peaks, ...events].find(({ deviceId }) => !assigned.has(deviceId))
  if (stray === undefined) return
  throw ratingErrors.rating_input_invalid(
    `Give the assignment of device ${stray.deviceId}: the item "${item.id}" has lines for devices or pools of them.`,
  )
}

export function countedWithin({ usage, peaks, events }: Counted, span: Period): Counted {
  const isWithin = ({ from, to }: Period) => from >= span.from && to <= span.to
  return {
    usage: usage.filter(isWithin),
    peaks: peaks.filter(isWithin),
    events: events.filter(({ to }) => to >= span.from && to < span.to),
  }
}

/** Only what the item prices, in a fixed order. */
export function evidenceOf(item: TariffItem, { usage, peaks, events }: Counted): Counted {
  const register = 'register' in item ? item.register : undefined
  const ofPeaks = isPeak(item)
  const ofRegister = (record: { readonly register: string }) => record.register === register
  return {
    usage: ofPeaks ? [] : usage.filter(ofRegister).sort(byDeviceAndTime),
    peaks: ofPeaks ? peaks.filter(ofRegister).sort(byDeviceAndTime) : [],
    events: 'event' in item ? eventsOf(item, events).toSorted(byDeviceAndTime) : [],
  }
}

/** The devices' parts of the amount of a pool, by what each used, in steps of the currency; alike where none used anything. */
export function allocationOf(
  item: TariffItem,
  { member, devices: pool = [] }: Member,
  amountMinor: bigint,
  currency: CurrencyCode,
  { usage, events }: Counted,
): readonly Allocation[] {
  if (member.kind !== 'site' && member.kind !== 'tag') return []
  const { settlementStep } = getCurrency(currency)
  const weights = new Map<string, bigint>(pool.map(({ deviceId }) => [deviceId, 0n]))
  const add = (deviceId: string, weight: bigint) =>
    weights.set(deviceId, (weights.get(deviceId) ?? 0n) + weight)
  for (const { deviceId, quantity } of usage) add(deviceId, quantity)
  for (const event of events) add(event.deviceId, weightOf(item, event))
  const devices = [...weights].sort(([left], [right]) => (left < right ? -1 : 1))
  const shares = allocate(
    amountMinor / settlementStep,
    devices.map(([, weight]) => weight),
  )
  return devices.map(([deviceId], index) => ({
    deviceId,
    amountMinor: (shares[index] ?? 0n) * settlementStep,
  }))
}

function weightOf(item: TariffItem, { from, to, quantity }: EventRecord): bigint {
  if (item.type === 'session') return BigInt(to - from)
  return 'aggregation' in item && item.aggregation === 'sum' ? quantity : 1n
}

type Placed = { readonly deviceId: string; readonly from: number; readonly to: number; readonly id?: string }

function byDeviceAndTime(left: Placed, right: Placed): number {
  if (left.deviceId !== right.deviceId) return left.deviceId < right.deviceId ? -1 : 1
  if (left.from !== right.from) return left.from - right.from
  if (left.to !== right.to) return left.to - right.to
  return (left.id ?? '') < (right.id ?? '') ? -1 : 1
}
