/** Which of the usage counts for whom, and what a line shows of it. */
import { getCurrency, type CurrencyCode, type Period } from '../../core/index.ts'
import { allocate } from './allocate.ts'
import type { Counted } from './pricing/pricing-types.ts'
import type { Allocation, RatingInput } from './rating-types.ts'
import type { Member } from './scope-members.ts'
import type { TariffItem } from './tariff-schema.ts'

/** What a member used in a span. A record lies in it whole, an event where its end is. */
export function countedOf({ deviceIds }: Member, input: RatingInput, span: Period): Counted {
  const { usage, peaks, events } = countedWithin(input, span)
  if (deviceIds === undefined) return { usage, peaks, events }
  return {
    usage: usage.filter(({ deviceId }) => deviceIds.has(deviceId)),
    peaks: peaks.filter(({ deviceId }) => deviceIds.has(deviceId)),
    events: events.filter(({ deviceId }) => deviceIds.has(deviceId)),
  }
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
  const isPeak = 'aggregation' in item && item.aggregation === 'peak'
  const type = 'event' in item ? item.event : undefined
  const ofRegister = (record: { readonly register: string }) => record.register === register
  return {
    usage: isPeak ? [] : usage.filter(ofRegister).sort(byDeviceAndTime),
    peaks: isPeak ? peaks.filter(ofRegister).sort(byDeviceAndTime) : [],
    events: events.filter((event) => event.type === type).sort(byDeviceAndTime),
  }
}

/** The devices' parts of the amount of a pool, by what each used, in steps of the currency. */
export function allocationOf(
  amountMinor: bigint,
  currency: CurrencyCode,
  { usage, events }: Counted,
): readonly Allocation[] {
  const { settlementStep } = getCurrency(currency)
  const weights = new Map<string, bigint>()
  for (const { deviceId, quantity } of [...usage, ...events]) {
    weights.set(deviceId, (weights.get(deviceId) ?? 0n) + quantity)
  }
  const devices = [...weights].sort(([left], [right]) => (left < right ? -1 : 1))
  if (devices.length === 0) return []
  const shares = allocate(
    amountMinor / settlementStep,
    devices.map(([, weight]) => weight),
  )
  return devices.map(([deviceId], index) => ({
    deviceId,
    amountMinor: (shares[index] ?? 0n) * settlementStep,
  }))
}

type Placed = { readonly deviceId: string; readonly from: number }

function byDeviceAndTime(left: Placed, right: Placed): number {
  if (left.deviceId !== right.deviceId) return left.deviceId < right.deviceId ? -1 : 1
  return left.from - right.from
}
