/**
 * From usage and tariff to lines: the one computation behind live bill, draft, invoice, command line and browser (I7).
 *
 * Pure: no clock, no randomness, no I/O, no time zone tables; the inputs are not changed, and the order of `usage` does
 * not matter. Lines come by item, then by version.
 *
 * - A flat item is charged once, by the version in force at the start of the period, without proration.
 * - A per-unit item is charged per version, on usage that the caller has cut exactly at the version's borders.
 * - Each line is rounded once, by its version's rule, and keeps the exact amount beside it (design §7).
 * - Usage of a register that the version in force has no item for is not billable by rule and makes no line.
 *
 * Whatever is missing throws; nothing missing reads as zero money (I8).
 */
import { Rational, roundToMoney, type CurrencyCode, type Period } from '../../core/index.ts'
import { assertRatingInput } from './assert-rating-input.ts'
import { sayFlatLine, sayPerUnitLine } from './line-sentence.ts'
import type {
  FlatItem,
  PerUnitItem,
  RatedLine,
  RatingInput,
  RatingResult,
  UsageRecord,
  VersionInForce,
} from './rating-types.ts'

/**
 * @throws AppError `tariff_not_in_force`, `rating_input_invalid`, `currency_unsupported`, `currency_mismatch`,
 * `decimal_invalid`
 */
export function rate(input: RatingInput): RatingResult {
  assertRatingInput(input)
  const { versions, usage, opening, facts } = input
  const itemIds = new Set(versions.flatMap((version) => version.document.items.map((item) => item.id)))
  const lines: RatedLine[] = []
  for (const itemId of itemIds) {
    for (const [index, version] of versions.entries()) {
      const item = version.document.items.find((candidate) => candidate.id === itemId)
      const span = { from: version.from, to: Math.min(version.to, facts.cutoffAt) }
      if (item === undefined || span.from >= span.to) continue
      if (item.type === 'per_unit') lines.push(ratePerUnit(item, version, span, usage))
      else if (index === 0) lines.push(rateFlat(item, version, facts.period))
    }
  }
  return { lines, closing: opening }
}

function rateFlat(item: FlatItem, version: VersionInForce, period: Period): RatedLine {
  const { currency, rounding } = version.document
  const unrounded = Rational.parseDecimal(item.price)
  const money = roundToMoney(unrounded, currency, rounding)
  return {
    ...priced(item, currency, unrounded, money.amountMinor),
    quantity: '1',
    unit: 'period',
    explanation: { tariffVersionId: version.id, period, rounding, usage: [] },
    sentence: sayFlatLine(item, period, { unrounded, money, rounding }),
  }
}

function ratePerUnit(
  item: PerUnitItem,
  version: VersionInForce,
  span: Period,
  usage: readonly UsageRecord[],
): RatedLine {
  const { currency, rounding } = version.document
  const records = usage
    .filter(({ register, from, to }) => register === item.register && from >= span.from && to <= span.to)
    .sort(byDeviceAndTime)
  const advanced = records.reduce((total, record) => total + record.quantity, 0n)
  const quantity = Rational.of(advanced, BigInt(item.per))
  const unrounded = quantity.times(Rational.parseDecimal(item.price))
  const money = roundToMoney(unrounded, currency, rounding)
  return {
    ...priced(item, currency, unrounded, money.amountMinor),
    quantity: quantity.toString(),
    unit: item.unit,
    explanation: { tariffVersionId: version.id, period: span, rounding, usage: records },
    sentence: sayPerUnitLine(item, span, records, quantity, { unrounded, money, rounding }),
  }
}

function priced(
  item: FlatItem | PerUnitItem,
  currency: CurrencyCode,
  unrounded: Rational,
  amountMinor: bigint,
): Pick<RatedLine, 'itemId' | 'description' | 'unitPrice' | 'currency' | 'unroundedAmount' | 'amountMinor'> {
  return {
    itemId: item.id,
    description: item.description,
    unitPrice: item.price,
    currency,
    unroundedAmount: unrounded.toString(),
    amountMinor,
  }
}

function byDeviceAndTime(left: UsageRecord, right: UsageRecord): number {
  if (left.deviceId !== right.deviceId) return left.deviceId < right.deviceId ? -1 : 1
  return left.from - right.from
}
