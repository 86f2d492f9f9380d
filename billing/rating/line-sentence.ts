/**
 * A line's explanation in one English sentence. Instants are written in UTC: time zone tables differ between machines,
 * and the sentence must be the same on all of them (I7).
 */
import {
  formatInstant,
  moneyToDecimal,
  Rational,
  type Money,
  type Period,
  type RoundingMode,
} from '../../core/index.ts'
import type { EvidenceBorder, FlatItem, PerUnitItem, UsageRecord } from './rating-types.ts'

const roundingWords: Record<RoundingMode, string> = {
  half_even: 'half to even',
  half_up: 'half up',
  up: 'up',
  down: 'down',
}

type Rounded = { readonly unrounded: Rational; readonly money: Money; readonly rounding: RoundingMode }

export function sayFlatLine(item: FlatItem, period: Period, rounded: Rounded): string {
  return `${item.description}: ${sayAmount(rounded)}, once for the period ${saySpan(period)}.`
}

export function sayPerUnitLine(
  item: PerUnitItem,
  span: Period,
  usage: readonly UsageRecord[],
  quantity: Rational,
  rounded: Rounded,
): string {
  const price = `${item.price} ${rounded.money.currency} per ${item.unit}`
  const advance = `${item.description}: ${sayAdvance(item, span, usage)}, which is ${quantity.toString()} ${item.unit}`
  return `${advance}; at ${price} that is ${sayAmount(rounded)}.${sayEstimates(usage)}`
}

function sayAdvance(item: PerUnitItem, span: Period, usage: readonly UsageRecord[]): string {
  const [first] = usage
  if (first === undefined) return `no device was assigned ${saySpan(span)}`
  const sum = usage.reduce((total, record) => total + record.quantity, 0n)
  const devices = new Set(usage.map((record) => record.deviceId)).size
  const who = devices === 1 ? `device ${first.deviceId}` : `${devices} devices`
  return `${item.register} of ${who} advanced by ${sum} ${first.unit} ${saySpan(span)}`
}

function sayAmount({ unrounded, money, rounding }: Rounded): string {
  const amount = `${moneyToDecimal(money)} ${money.currency}`
  const isExact = Rational.parseDecimal(moneyToDecimal(money)).compare(unrounded) === 0
  if (isExact) return amount
  return `${unrounded.toString()} ${money.currency}, rounded ${roundingWords[rounding]} to ${amount}`
}

function sayEstimates(usage: readonly UsageRecord[]): string {
  const count = usage.filter(({ start, end }) => isEstimate(start) || isEstimate(end)).length
  if (count === 0) return ''
  return ` ${count} of its ${usage.length} usage ${usage.length === 1 ? 'record rests' : 'records rest'} on an estimated register value.`
}

/** A value read at the border itself is exact, even where an estimated step begins. */
function isEstimate({ at, before, isEstimated }: EvidenceBorder): boolean {
  return isEstimated && before?.at !== at
}

function saySpan({ from, to }: Period): string {
  return `from ${sayInstant(from)} to ${sayInstant(to)}`
}

function sayInstant(at: number): string {
  return formatInstant(at).replace('.000Z', 'Z')
}
