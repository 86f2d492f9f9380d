/**
 * R(t): the value of a register between two accepted readings (design §5.5).
 *
 * Usage of any `[a, b)` is `R(b) - R(a)`, so it adds up exactly at every cut: slot, midnight, price change, hand-over.
 * That only holds because R is one fixed function of the two points around an instant; it is never rounded twice.
 * Before the first point the register stands at its first value, after the last one at its last: what has not been
 * read has not been used yet.
 */
import { HOUR_MS } from '../../core/index.ts'
import type { RegisterDefinition, RegisterPoint } from '../metering-types.ts'

type Point = Pick<RegisterPoint, 'at' | 'value'>
export type SpreadRule = Pick<RegisterDefinition, 'gapRule' | 'maxGapMs' | 'maxPerHour'>

const hourMs = BigInt(HOUR_MS)

/** True when the step is longer than the register's `maxGapMs`, or the time of one of its ends was placed. */
export function isEstimatedStep(
  before: Pick<RegisterPoint, 'at' | 'isPlaced'>,
  after: Pick<RegisterPoint, 'at' | 'isPlaced'>,
  rule: Pick<SpreadRule, 'maxGapMs'>,
): boolean {
  return isGap(before, after, rule) || before.isPlaced === true || after.isPlaced === true
}

function isGap(
  before: Pick<Point, 'at'>,
  after: Pick<Point, 'at'>,
  rule: Pick<SpreadRule, 'maxGapMs'>,
): boolean {
  return after.at - before.at > rule.maxGapMs
}

/**
 * The register's value at `at`, in base units, where `before.at <= at` and `at < after.at`; either point may be absent,
 * not both. Never below `before.value`, never above `after.value`, and it never falls as `at` rises.
 */
export function registerValueAt(
  at: number,
  before: Point | undefined,
  after: Point | undefined,
  rule: SpreadRule,
): bigint | undefined {
  if (before === undefined) return after?.value
  if (after === undefined || at === before.at) return before.value
  const advance = after.value - before.value
  if (rule.gapRule === 'end' && isGap(before, after, rule)) {
    const stillToCome = ceilDivide(rule.maxPerHour * BigInt(after.at - at), hourMs)
    return stillToCome >= advance ? before.value : after.value - stillToCome
  }
  return before.value + (advance * BigInt(at - before.at)) / BigInt(after.at - before.at)
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}
