/**
 * Sharing out an amount by largest remainder: each gets its whole part, and the units that are left go to the largest remainders, of equal ones
 * to the first. The shares add up to the amount.
 */
import { assertInvariant } from '../../core/index.ts'

/** Weights are not negative; if all are zero, everybody weighs the same. Works for negative amounts too. */
export function allocate(amountMinor: bigint, weights: readonly bigint[]): readonly bigint[] {
  assertInvariant(weights.length > 0, 'An amount is shared out among at least one.')
  const isNegative = amountMinor < 0n
  const magnitude = isNegative ? -amountMinor : amountMinor
  const sum = weights.reduce((total, weight) => total + weight, 0n)
  const own = sum === 0n ? weights.map(() => 1n) : weights
  const whole = sum === 0n ? BigInt(weights.length) : sum
  const shares = own.map((weight) => (magnitude * weight) / whole)
  const left = Number(magnitude - shares.reduce((total, share) => total + share, 0n))
  const byRemainder = own
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0n) + 1n
  return isNegative ? shares.map((share) => -share) : shares
}
