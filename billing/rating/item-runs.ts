/**
 * How the versions of a period become the segments of one item. Versions after one another that have the same item make one run:
 * its counters go on from segment to segment. Where the item changes, a new run begins, and its bounds, allowances, minimum
 * and maximum are the run's share of the whole billing period.
 */
import { canonicalJson, Rational, type Period } from '../../core/index.ts'
import { unpausedMs } from './pauses.ts'
import type { RatingFacts, VersionInForce } from './rating-types.ts'
import type { TariffDocument, TariffItem } from './tariff-schema.ts'

/** The part of a run in which one version is in force. */
export type Segment = {
  readonly version: VersionInForce
  readonly from: number
  readonly to: number
}

export type ItemRun = {
  readonly item: TariffItem
  readonly document: TariffDocument
  readonly segments: readonly Segment[]
  readonly shares: Shares
}

/** What part of the whole billing period a span is. What is owed or given for time is the unpaused share of what is written, what prices usage the other. */
export type Shares = {
  /** By its length in time, paused or not. */
  readonly length: Rational
  /** By its length in time that is not paused. */
  readonly unpaused: Rational
}

/** Every item's runs: by item in the order in which the documents first name it, then by time. */
export function itemRuns(versions: readonly VersionInForce[], facts: RatingFacts): readonly ItemRun[] {
  const ids = new Set(versions.flatMap(({ document }) => document.items.map(({ id }) => id)))
  return [...ids].flatMap((id) => runsOf(id, versions, facts))
}

/** By length in time, so that the shares of runs that follow each other add up. */
export function sharesOf(
  span: Period,
  { wholePeriod, pauses }: Pick<RatingFacts, 'wholePeriod' | 'pauses'>,
): Shares {
  const wholeMs = BigInt(wholePeriod.to - wholePeriod.from)
  return {
    length: Rational.of(BigInt(span.to - span.from), wholeMs),
    unpaused: Rational.of(BigInt(unpausedMs(span, pauses)), wholeMs),
  }
}

function runsOf(id: string, versions: readonly VersionInForce[], facts: RatingFacts): ItemRun[] {
  const runs: { item: TariffItem; document: TariffDocument; text: string; segments: Segment[] }[] = []
  for (const version of versions) {
    const item = version.document.items.find((candidate) => candidate.id === id)
    if (item === undefined) continue
    const segment = { version, from: version.from, to: version.to }
    const text = versions.length === 1 ? '' : textOf(item, version.document)
    const last = runs.at(-1)
    if (last?.text === text && last.segments.at(-1)?.to === version.from) last.segments.push(segment)
    else runs.push({ item, document: version.document, text, segments: [segment] })
  }
  return runs.map(({ item, document, segments }) => {
    const span = { from: segments[0]?.from ?? 0, to: segments.at(-1)?.to ?? 0 }
    return { item, document, segments, shares: sharesOf(span, facts) }
  })
}

/** Equal for items that rate alike: the currency, the rounding and the calendar belong to it. */
function textOf(item: TariffItem, { currency, rounding, calendars = {} }: TariffDocument): string {
  const calendar = item.type === 'time_of_use' ? calendars[item.calendar] : undefined
  return canonicalJson({ item, currency, rounding, calendar: calendar ?? null })
}
