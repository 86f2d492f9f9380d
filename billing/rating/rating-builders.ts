/** Builders for tests of rating: everything has a default, tests name what they are about. */
import {
  getCurrency,
  getDeviceId,
  getInstant,
  type DeviceId,
  type Period,
  type RoundingMode,
} from '../../core/index.ts'
import { rate } from './rate.ts'
import type {
  AssignedDevice,
  EventRecord,
  PeakRecord,
  RatedLine,
  RatingFacts,
  RatingInput,
  UsageRecord,
  VersionInForce,
} from './rating-types.ts'
import type { FlatItem, ItemOf, TariffDocument, TariffItem } from './tariff-schema.ts'

type PerUnitItem = Extract<ItemOf<'per_unit'>, { register: string }>

/** October 2026 in Berlin: 31 days and one hour, because the clocks go back on the 25th. */
export const october: Period = {
  from: getInstant('2026-10-01T00:00:00+02:00'),
  to: getInstant('2026-11-01T00:00:00+01:00'),
}

/** Berlin's clocks in October 2026. */
export const berlinOffsets: RatingFacts['offsets'] = [
  { from: getInstant('2026-03-29T01:00:00Z'), offsetMs: 7_200_000 },
  { from: getInstant('2026-10-25T01:00:00Z'), offsetMs: 3_600_000 },
]

export function aFlatItem(item: Partial<FlatItem> = {}): FlatItem {
  return { type: 'flat', id: 'base', description: 'Base fee', price: '4.90', ...item }
}

export function aPerUnitItem(item: Partial<PerUnitItem> = {}): PerUnitItem {
  const price = { price: '0.12', per: 60, unit: 'min' }
  return { type: 'per_unit', id: 'run', description: 'Run time', register: 'run_s', ...price, ...item }
}

export function aTariff({
  currency = 'EUR',
  rounding = 'half_even',
  items = [aFlatItem(), aPerUnitItem()],
}: {
  currency?: string
  rounding?: RoundingMode
  items?: TariffDocument['items']
} = {}): TariffDocument {
  return { currency: getCurrency(currency).code, rounding, items }
}

export function aVersion(version: Partial<VersionInForce> = {}): VersionInForce {
  return { id: 'version-1', ...october, document: aTariff(), ...version }
}

export function aUsage(
  quantity: bigint,
  usage: Partial<Omit<UsageRecord, 'start' | 'end' | 'quantity'>> & { startValue?: bigint } = {},
): UsageRecord {
  const { startValue = 1_000n, ...rest } = usage
  const record = { deviceId: getDeviceId('drill-1'), register: 'run_s', unit: 's', ...october, ...rest }
  return {
    ...record,
    quantity,
    start: borderAt(record.from, startValue),
    end: borderAt(record.to, startValue + quantity),
  }
}

export function anInput(
  input: Partial<Omit<RatingInput, 'facts'>> & { cutoffAt?: number; facts?: Partial<RatingFacts> } = {},
): RatingInput {
  const { cutoffAt = october.to, facts = {}, ...rest } = input
  return {
    versions: [aVersion()],
    usage: [],
    peaks: [],
    events: [],
    opening: {},
    ...rest,
    facts: {
      period: october,
      wholePeriod: facts.period ?? october,
      timeZone: 'Europe/Berlin',
      offsets: berlinOffsets,
      cutoffAt,
      charged: 'in_arrears',
      contract: { from: october.from, to: undefined },
      devices: [],
      pauses: [],
      ...facts,
    },
  }
}

export function anEvent(event: Partial<EventRecord> = {}): EventRecord {
  const to = event.to ?? october.from + 3_600_000
  const own = { id: 'wash-1', type: 'wash', quantity: 1n, labels: {} }
  return { deviceId: getDeviceId('drill-1'), ...own, from: to - 600_000, to, ...event }
}

export function aPeak(quantity: bigint, peak: Partial<Omit<PeakRecord, 'quantity'>> = {}): PeakRecord {
  const own = { deviceId: getDeviceId('drill-1'), register: 'energy_wh', unit: 'Wh', ...october }
  return { ...own, at: peak.from ?? october.from, quantity, ...peak }
}

export function aDevice(id: string, device: Partial<Omit<AssignedDevice, 'deviceId'>> = {}): AssignedDevice {
  return { deviceId: getDeviceId(id), ...october, site: undefined, tags: [], ...device }
}

/** One version of these items over October, or one for each span with its items. */
export function versionsOf(...parts: readonly (readonly [from: number, to: number, items: TariffItem[]])[]) {
  return parts.map(([from, to, items], index) =>
    aVersion({ id: `version-${index + 1}`, from, to, document: aTariff({ items }) }),
  )
}

/** The only line of an item over October. */
export function rateOne(
  item: TariffItem,
  input: Partial<Omit<RatingInput, 'facts'>> & { facts?: Partial<RatingFacts> } = {},
): RatedLine {
  const { lines } = rate(anInput({ versions: versionsOf([october.from, october.to, [item]]), ...input }))
  const [line, ...others] = lines
  if (line === undefined || others.length > 0) throw new Error(`There are ${lines.length} lines, not one.`)
  return line
}

export function aDeviceId(text: string): DeviceId {
  return getDeviceId(text)
}

function borderAt(at: number, value: bigint): UsageRecord['start'] {
  const reading = { at, value, epoch: 1, seq: Number(value % 1_000_000n) }
  return { at, value, before: reading, after: undefined, isEstimated: false }
}
