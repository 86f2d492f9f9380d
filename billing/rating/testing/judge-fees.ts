/**
 * Another implementation of fees, as judge of `rate`: flat fees, one-off fees and deposits of one member, written down from the rules in
 * the plainest way (docs/tariffs.md §3 and §7).
 *
 * Time is cut at everything that can matter (versions, assignments, pauses, midnights), so that in each slice the member is there or not, and
 * whoever asks what a fee is for goes through the slices in order.
 */
import type { AssignedDevice, RatingFacts } from '../rating-types.ts'
import type { FlatItem, OneOffItem } from '../tariff-schema.ts'
import { decimal, minus, one, plus, times, zero, type Fraction } from './fractions.ts'
import { judgeTerms, midnightOf, zone, type Parts } from './judge-terms.ts'

type Span = { readonly from: number; readonly to: number }
/** What a member pays in one of the versions of a run. */
export type JudgedFee = { readonly from: number; readonly quantity: Fraction; readonly amount: Fraction }

/** `run` are the versions that have this very item. `assignments` are the member's, or undefined for the contract. */
export function judgeFlat(
  item: FlatItem,
  run: readonly Span[],
  assignments: readonly AssignedDevice[] | undefined,
  facts: RatingFacts,
  runParts: Parts,
): readonly JudgedFee[] {
  const charged = run
    .map((version) => ({ from: version.from, quantity: quantityOf(item, version, assignments, facts) }))
    .filter(({ quantity: [count] }) => count > 0n)
  let gross = zero
  const stretches = charged.map(({ from, quantity }) => {
    gross = plus(gross, times(quantity, decimal(item.price)))
    return { from, gross }
  })
  // What is charged whole is reduced and bounded whole.
  const parts = (item.proration ?? 'none') === 'none' ? { long: one, unpaused: one } : runParts
  const totals = judgeTerms(item, stretches, parts)
  return charged.map((fee, index) => ({
    ...fee,
    amount: minus(totals[index] ?? zero, totals[index - 1] ?? zero),
  }))
}

function quantityOf(
  { proration = 'none' }: FlatItem,
  version: Span,
  assignments: readonly AssignedDevice[] | undefined,
  facts: RatingFacts,
): Fraction {
  const { wholePeriod } = facts
  const there = slicesOf(version, assignments, facts).filter(({ from }) => isThere(from, assignments, facts))
  const isIn = ({ from }: Span) => from >= version.from && from < version.to
  if (proration === 'none') return there[0] !== undefined && isIn(there[0]) ? one : zero
  if (proration === 'second') {
    const milliseconds = there.filter(isIn).reduce((total, { from, to }) => total + to - from, 0)
    return [BigInt(milliseconds), BigInt(wholePeriod.to - wholePeriod.from)]
  }
  const firstOfDays = new Map<string, Span>()
  for (const slice of there) {
    const day = dayOf(slice.from)
    if (!firstOfDays.has(day)) firstOfDays.set(day, slice)
  }
  const days = [...firstOfDays.values()].filter(isIn).length
  const allDays = new Set(midnightsIn(wholePeriod).map(dayOf)).size
  return [BigInt(days), BigInt(allDays)]
}

/** From the beginning of the period on, in order. */
function slicesOf(
  version: Span,
  assignments: readonly AssignedDevice[] | undefined,
  { period, pauses }: RatingFacts,
): readonly Span[] {
  const all = [
    period.from,
    period.to,
    version.from,
    version.to,
    ...midnightsIn(period),
    ...pauses.flatMap(({ from, to }) => [from, to]),
    ...(assignments ?? []).flatMap(({ from, to = Infinity }) => [from, to]),
  ].filter((at) => at >= period.from && at <= period.to)
  const borders = [...new Set(all)].sort((left, right) => left - right)
  return borders.slice(1).map((to, index) => ({ from: borders[index] ?? 0, to }))
}

/** Whether a fee is due for an instant: somebody of the member is there, and the contract is not paused. */
function isThere(
  at: number,
  assignments: readonly AssignedDevice[] | undefined,
  { pauses }: RatingFacts,
): boolean {
  return isAssigned(at, assignments) && !pauses.some(({ from, to }) => from <= at && at < to)
}

function isAssigned(at: number, assignments: readonly AssignedDevice[] | undefined): boolean {
  return assignments?.some(({ from, to = Infinity }) => from <= at && at < to) ?? true
}

/** The beginning of each civil day that has begun in the span. */
function midnightsIn({ from, to }: Span): readonly number[] {
  const midnights: number[] = []
  let day = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).startOfDay()
  while (day.epochMilliseconds < to) {
    midnights.push(day.epochMilliseconds)
    day = day.add({ days: 1 }).startOfDay()
  }
  return midnights
}

function dayOf(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()
}

/** An end is due in the version that it ends, a start or a date in the one that it begins in; nothing is taken off or added. */
export function judgeOnce(
  item: OneOffItem,
  run: readonly Span[],
  assignments: readonly AssignedDevice[] | undefined,
  { contract }: RatingFacts,
): readonly JudgedFee[] {
  const holders = assignments ?? [contract]
  const ends = holders.flatMap(({ to }) => to ?? [])
  const { charged, ended } =
    item.on === 'start'
      ? { charged: holders.map(({ from }) => from), ended: ends }
      : item.on === 'end'
        ? { charged: [], ended: ends }
        : datedFee(midnightOf(item.on), holders)
  return run.flatMap((version): readonly JudgedFee[] => {
    const begins = charged.filter((at) => version.from <= at && at < version.to).length
    const finishes = ended.filter((at) => version.from < at && at <= version.to).length
    const charges = item.on === 'end' ? finishes : begins
    const refunds = item.refundedOn === 'end' ? finishes : 0
    if (charges === 0 && refunds === 0) return []
    const quantity: Fraction = [BigInt(charges - refunds), 1n]
    return [{ from: version.from, quantity, amount: times(quantity, decimal(item.price)) }]
  })
}

/** Once for all who are there when the day begins, over when none of them is there any more. */
function datedFee(
  at: number,
  holders: readonly { readonly from: number; readonly to: number | undefined }[],
) {
  const there = holders.filter(({ from, to = Infinity }) => from <= at && at < to)
  const areGone = there.every(({ to }) => to !== undefined)
  const last = there.map(({ to }) => to ?? 0).sort((left, right) => right - left)[0]
  return { charged: there.length > 0 ? [at] : [], ended: areGone && last !== undefined ? [last] : [] }
}
