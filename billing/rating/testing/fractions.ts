/** Exact fractions of the judge's own, never shortened: nothing of the arithmetic that it judges. */
export type Fraction = readonly [numerator: bigint, denominator: bigint]

export const zero: Fraction = [0n, 1n]
export const one: Fraction = [1n, 1n]

export function decimal(text = '0'): Fraction {
  const [whole = '', decimals = ''] = text.split('.')
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)]
}
export const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d]
export const minus = (left: Fraction, [c, d]: Fraction): Fraction => plus(left, [-c, d])
export const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d]
export const over = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d, b * c]
export const isAbove = ([a, b]: Fraction, [c, d]: Fraction) => a * d > c * b
export const lower = (left: Fraction, right: Fraction) => (isAbove(left, right) ? right : left)
export const higher = (left: Fraction, right: Fraction) => (isAbove(left, right) ? left : right)
/** As many whole ones as have begun. */
export const begun = ([a, b]: Fraction): Fraction => [a <= 0n ? 0n : (a + b - 1n) / b, 1n]
export const sum = (all: readonly Fraction[]) => all.reduce(plus, zero)
