/**
 * What `rate` relies on, checked before the first line is made: the versions tile the period, all price in one
 * currency, and the usage records are cut at the versions' borders, do not overlap and are what their borders say.
 */
import { coreErrors, formatInstant, getCurrency } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import { isPeak } from './is-peak.ts'
import { cutsOfItem } from './item-cuts.ts'
import type {
  EventRecord,
  PeakRecord,
  RatingFacts,
  RatingInput,
  UsageRecord,
  VersionInForce,
} from './rating-types.ts'
import type { TariffItem } from './tariff-schema.ts'

/** @throws AppError `tariff_not_in_force`, `rating_input_invalid`, `currency_unsupported`, `currency_mismatch` */
export function assertRatingInput({ versions, usage, peaks, events, facts }: RatingInput): void {
  const { period, wholePeriod, cutoffAt } = facts
  if (period.from >= period.to || cutoffAt <= period.from || cutoffAt > period.to) {
    throw ratingErrors.rating_input_invalid(
      'Give a period that ends after it begins and a cutoff inside it, at its end at the latest.',
    )
  }
  if (wholePeriod.from > period.from || wholePeriod.to < period.to) {
    throw ratingErrors.rating_input_invalid('Let the whole billing period hold the period that is billed.')
  }
  assertPauses(facts)
  assertTiling(versions, period.from, period.to)
  assertOneCurrency(versions)
  for (const record of usage) {
    assertCut(record, versions, cutoffAt)
    assertRecord(record)
    assertItemCuts(record, versions, facts, () => true)
  }
  for (const peak of peaks) {
    assertCut(peak, versions, cutoffAt)
    assertItemCuts(peak, versions, facts, isPeak)
    if (peak.quantity < 0n) {
      throw ratingErrors.rating_input_invalid(`Give ${nameOf(peak)} a peak that is not negative.`)
    }
  }
  assertNoOverlap(usage)
  assertNoOverlap(peaks)
  assertEvents(events)
}

function assertPauses({ period, pauses }: RatingFacts): void {
  let endedAt = period.from
  for (const { from, to } of pauses) {
    if (from < endedAt || to <= from || to > period.to) {
      throw ratingErrors.rating_input_invalid(
        'Give pauses in order, without overlap and within the period that is billed.',
      )
    }
    endedAt = to
  }
}

function assertTiling(versions: readonly VersionInForce[], from: number, to: number): void {
  let coveredTo = from
  for (const version of versions) {
    if (version.from !== coveredTo || version.to <= version.from) break
    coveredTo = version.to
  }
  if (coveredTo !== to) {
    throw ratingErrors.tariff_not_in_force(
      `Publish a tariff version that is in force from ${formatInstant(coveredTo)}; the period to ${formatInstant(to)} has none there.`,
    )
  }
}

function assertOneCurrency(versions: readonly VersionInForce[]): void {
  const [first, ...others] = versions.map((version) => getCurrency(version.document.currency).code)
  const other = others.find((currency) => currency !== first)
  if (other !== undefined) {
    throw coreErrors.currency_mismatch(
      `Change the currency at the start of a period only: one bill cannot be in ${first} and in ${other}.`,
    )
  }
}

type Recorded = UsageRecord | PeakRecord

function nameOf({ register, deviceId, from }: Recorded): string {
  return `the usage of ${register} of ${deviceId} from ${formatInstant(from)}`
}

function assertCut(record: Recorded, versions: readonly VersionInForce[], cutoffAt: number): void {
  const version = versions.find(({ from, to }) => record.from >= from && record.to <= to)
  if (version === undefined || record.from >= record.to || record.to > cutoffAt) {
    throw ratingErrors.rating_input_invalid(
      `Cut ${nameOf(record)} to ${formatInstant(record.to)} at the cutoff and at the borders of period and tariff versions.`,
    )
  }
}

/** Bands and discounts that end cut usage too: a record lies on one side of each. */
function assertItemCuts(
  record: Recorded,
  versions: readonly VersionInForce[],
  facts: RatingFacts,
  isCutting: (item: TariffItem) => boolean,
): void {
  const version = versions.find(({ from, to }) => record.from >= from && record.to <= to)
  for (const item of version?.document.items ?? []) {
    if (!('register' in item) || item.register !== record.register || !isCutting(item)) continue
    const [cut] = cutsOfItem(item, version?.document ?? {}, record, facts)
    if (cut !== undefined) {
      throw ratingErrors.rating_input_invalid(
        `Cut ${nameOf(record)} at ${formatInstant(cut)}: another price begins there.`,
      )
    }
  }
}

function assertRecord(record: UsageRecord): void {
  if (record.start.at !== record.from || record.end.at !== record.to) {
    throw ratingErrors.rating_input_invalid(
      `Give ${nameOf(record)} with the register's values at its own two borders.`,
    )
  }
  if (record.quantity < 0n || record.quantity !== record.end.value - record.start.value) {
    throw ratingErrors.rating_input_invalid(
      `Give ${nameOf(record)} a quantity that is its end value minus its start value and not negative.`,
    )
  }
}

function assertNoOverlap(usage: readonly Recorded[]): void {
  const last = new Map<string, Recorded>()
  const units = new Map<string, string>()
  for (const record of [...usage].sort((left, right) => left.from - right.from)) {
    const key = `${record.register} of ${record.deviceId}`
    if ((last.get(key)?.to ?? record.from) > record.from) {
      throw ratingErrors.rating_input_invalid(
        `Give usage once: ${key} is there twice from ${formatInstant(record.from)}.`,
      )
    }
    last.set(key, record)
    const unit = units.get(record.register) ?? record.unit
    units.set(record.register, unit)
    if (unit !== record.unit) {
      throw ratingErrors.rating_input_invalid(
        `Give ${record.register} in one unit; it comes in ${unit} and in ${record.unit}.`,
      )
    }
  }
}

function assertEvents(events: readonly EventRecord[]): void {
  const known = new Set<string>()
  for (const { deviceId, id, from, to, quantity } of events) {
    const key = `event ${id} of ${deviceId}`
    if (known.has(key)) throw ratingErrors.rating_input_invalid(`Give usage once: ${key} is there twice.`)
    known.add(key)
    if (from > to || quantity < 0n) {
      throw ratingErrors.rating_input_invalid(
        `Give ${key} a beginning that is not after its end and a quantity that is not negative.`,
      )
    }
  }
}
