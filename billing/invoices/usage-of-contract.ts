/**
 * Joins usage with who had the device when: for each assignment's part of the span and each tariff version in force, how
 * far every register with a price advanced, what its peak was, and the events that ended.
 *
 * All advances are asked from metering in one call; only when a step turns out to be unclear (`unclear-steps.ts`) the rest around
 * it is asked again. What is held is in no record; what nobody was assigned to is not asked for here at all
 * (`reconcile` names it unassigned). Cuts are exact: a record ends where the next begins.
 */
import type { RegisterAt, RegisterPoint, RegisterUsage, UsageQuery } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import type {
  EvidenceBorder,
  EvidencePoint,
  RatingFacts,
  RatingInput,
  UsageRecord,
} from '../rating/rating-types.ts'
import { intersect, subtract } from '../spans.ts'
import { eventsOfContract } from './events-of-contract.ts'
import { peaksOfContract } from './peaks-of-contract.ts'
import type { RatingBasis } from './rating-basis.ts'
import { findUnclearSteps, type UnclearStep } from './unclear-steps.ts'
import { cutForRegister, usageParts, type UsagePart } from './usage-parts.ts'

export type ContractUsage = Pick<RatingInput, 'usage' | 'peaks' | 'events'> & {
  readonly held: readonly HeldUsage[]
  /** Devices of which something that has a price is not yet known up to the end of what was asked for. */
  readonly unreportedDevices: readonly string[]
}

/**
 * Of the facts' period up to their cutoff.
 * @throws AppError `device_not_found`, `tariff_register_unknown`, `tariff_event_unknown`, and what metering throws
 */
export async function usageOfContract(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
  basis: RatingBasis,
  facts: Pick<RatingFacts, 'period' | 'cutoffAt' | 'offsets'>,
): Promise<ContractUsage> {
  const { metering } = context
  const span = { from: facts.period.from, to: facts.cutoffAt }
  const parts = await usageParts(metering, contract, basis, span)
  const advances = await advancesOfParts(context, parts, facts)
  const ofPeaks = await peaksOfContract(metering, parts, facts)
  const ofEvents = await eventsOfContract(context, contract, parts)
  const unreported = [advances, ofPeaks, ofEvents].flatMap(({ unreportedDevices }) => unreportedDevices)
  return {
    usage: advances.usage,
    peaks: ofPeaks.peaks,
    events: ofEvents.events,
    held: [...advances.held, ...ofPeaks.held],
    unreportedDevices: [...new Set(unreported)].sort(),
  }
}

async function advancesOfParts(
  { ledger, metering }: Pick<BillingContext, 'ledger' | 'metering'>,
  parts: readonly UsagePart[],
  facts: Pick<RatingFacts, 'offsets'>,
): Promise<Pick<ContractUsage, 'usage' | 'held' | 'unreportedDevices'>> {
  const queries = parts.flatMap((part) =>
    part.registers.flatMap((register) =>
      cutForRegister(part, register, facts).map((span) => ({ deviceId: part.deviceId, register, ...span })),
    ),
  )
  if (queries.length === 0) return { usage: [], held: [], unreportedDevices: [] }
  const usages = await metering.readUsage(queries)
  const unreported = usages.filter((usage) => (usage.knownUntil ?? -Infinity) < usage.to)
  const steps = await findUnclearSteps(ledger, usages)
  const settled = steps.length === 0 ? usages : await readAround(metering, usages, steps)
  return {
    usage: settled.map(toRecord),
    held: usages.flatMap((usage) => heldParts(usage, steps)),
    unreportedDevices: unreported.map(({ deviceId }) => deviceId),
  }
}

async function readAround(
  metering: BillingContext['metering'],
  usages: readonly RegisterUsage[],
  steps: readonly UnclearStep[],
): Promise<readonly RegisterUsage[]> {
  const rest = usages.flatMap(({ deviceId, register, from, to }) =>
    subtract({ from, to }, stepsOf({ deviceId, register }, steps)).map((part) => ({
      deviceId,
      register,
      ...part,
    })),
  )
  return rest.length === 0 ? [] : await metering.readUsage(rest)
}

function heldParts(usage: RegisterUsage, steps: readonly UnclearStep[]): readonly HeldUsage[] {
  const { deviceId, register } = usage
  return stepsOf(usage, steps).flatMap((step) => {
    const part = intersect(usage, step)
    return part === undefined ? [] : [{ deviceId, register, ...part, code: 'hand_over_unclear' as const }]
  })
}

function stepsOf(
  { deviceId, register }: Pick<UsageQuery, 'deviceId' | 'register'>,
  steps: readonly UnclearStep[],
): readonly UnclearStep[] {
  return steps.filter((step) => step.deviceId === deviceId && step.register === register)
}

function toRecord({ deviceId, register, unit, from, to, quantity, start, end }: RegisterUsage): UsageRecord {
  return { deviceId, register, unit, from, to, quantity, start: toBorder(start), end: toBorder(end) }
}

function toBorder({ at, value, before, after, isEstimated }: RegisterAt): EvidenceBorder {
  return {
    at,
    value,
    before: before === undefined ? undefined : toPoint(before),
    after: after === undefined ? undefined : toPoint(after),
    isEstimated,
  }
}

function toPoint({ at, value, reading }: RegisterPoint): EvidencePoint {
  return { at, value, epoch: reading?.epoch, seq: reading?.seq }
}
