/**
 * The largest advance in a quarter of an hour, for every register that has a price for it.
 *
 * Metering never takes an estimated quarter for the largest. Where nothing but estimates are, no peak is known, and zero would be
 * a guess: the part is held until somebody decides (I8). Where some quarters were measured, the largest of them counts.
 */
import type { MetricResult } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { HeldUsage } from '../billing-types.ts'
import type { PeakRecord, RatingFacts } from '../rating/rating-types.ts'
import { isPeak } from '../rating/is-peak.ts'
import { apartFromRuns, type NotBillableRun } from './not-billable-runs.ts'
import { cutForRegister, type UsagePart } from './usage-parts.ts'

export type ContractPeaks = {
  readonly peaks: readonly PeakRecord[]
  readonly held: readonly HeldUsage[]
  readonly unreportedDevices: readonly string[]
}

export async function peaksOfContract(
  metering: BillingContext['metering'],
  parts: readonly UsagePart[],
  facts: Pick<RatingFacts, 'offsets' | 'cutoffAt'>,
  runs: readonly NotBillableRun[],
): Promise<ContractPeaks> {
  const queries = parts.flatMap((part) =>
    part.peaks.flatMap((register) =>
      cutForRegister(part, register, facts, isPeak)
        .flatMap((span) => apartFromRuns(span, part.deviceId, runs).outside)
        .map((span) => ({
          deviceId: part.deviceId,
          metric: { source: { register }, aggregation: 'max' as const },
          ...span,
          cutoffAt: facts.cutoffAt,
        })),
    ),
  )
  const results = queries.length === 0 ? [] : await metering.readMetrics(queries)
  const unreported = results.filter(({ knownUntil = -Infinity, to }) => knownUntil < to)
  return {
    peaks: results.map(toPeak),
    held: results.filter(isUnknown).map((result) => ({
      deviceId: result.deviceId,
      register: registerOf(result),
      from: result.from,
      to: result.to,
      code: 'peak_not_measured',
    })),
    unreportedDevices: unreported.map(({ deviceId }) => deviceId),
  }
}

function isUnknown({ slotAt, excludedQuantity }: MetricResult): boolean {
  return slotAt === undefined && excludedQuantity > 0n
}

function toPeak(result: MetricResult): PeakRecord {
  const { deviceId, unit = '', from, to, quantity = 0n, slotAt } = result
  return { deviceId, register: registerOf(result), unit, from, to, quantity, at: slotAt }
}

function registerOf({ metric: { source } }: MetricResult): string {
  return 'register' in source ? source.register : ''
}
