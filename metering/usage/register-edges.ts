/**
 * What a register can do between two elements of its history: advance, or roll over (docs/metering-rules.md §3).
 *
 * A fall is a rollover only if the register says where it rolls, was near it, and the wrapped advance is plausible; it is
 * never billed as negative or zero.
 */
import { HOUR_MS } from '../../core/index.ts'
import type { RegisterDefinition } from '../metering-types.ts'
import { CLOCK_SKEW_MS } from './reading-times.ts'

const hourMs = BigInt(HOUR_MS)

/** The end that an edge leaves from. */
export type EdgeStart = { readonly at: number; readonly leaves: bigint }

/** The end that an edge goes to; it brings the definition that the edge is judged by. */
export type EdgeEnd = {
  readonly at: number
  readonly enters: bigint
  readonly definition: RegisterDefinition
  /** A person decided that it counts: how fast it rose is not asked. */
  readonly isDecided: boolean
}

/** How far the register advanced, rollover included; undefined for a fall. Says nothing about plausibility. */
export function advanceBetween(
  start: Pick<EdgeStart, 'leaves'>,
  end: Pick<EdgeEnd, 'enters' | 'definition'>,
) {
  const advance = end.enters - start.leaves
  if (advance >= 0n) return advance
  const { modulus } = end.definition
  const canRoll =
    modulus !== undefined &&
    10n * start.leaves >= 9n * modulus &&
    start.leaves < modulus &&
    end.enters < modulus
  return canRoll ? advance + modulus : undefined
}

/** The advance if the register can have made it in the time; undefined if there is no edge. */
export function plausibleAdvance(start: EdgeStart, end: EdgeEnd): bigint | undefined {
  const advance = advanceBetween(start, end)
  if (advance === undefined || end.isDecided) return advance
  const spanMs = BigInt(end.at - start.at + 2 * CLOCK_SKEW_MS)
  return (advance - 1n) * hourMs <= end.definition.maxPerHour * spanMs ? advance : undefined
}

/** The most that the register can have advanced in the time, rounded down; for bounds. */
export function mostInTime({ maxPerHour }: RegisterDefinition, spanMs: number): bigint {
  return (maxPerHour * BigInt(spanMs)) / hourMs
}
