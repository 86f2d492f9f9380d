/**
 * Joins usage with who had the device when: for each assignment's part of the span and each tariff version in force, how
 * far every register with a price advanced, what its peak was, and the events that ended.
 *
 * All advances are asked from metering in one call; only when a step turns out to be unclear (`unclear-steps.ts`) the rest around
 * it is asked again. What is held is in no record; what nobody was assigned to is not asked for here at all
 * (`reconcile` names it unassigned). What was used while a device ran for service or tests (`not-billable-runs.ts`) is cut out and named.
 * Cuts are exact: a record ends where the next begins.
 */
import type { DeviceId, Period } from '../../core/index.ts'
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
import { apartFromRuns, readNotBillableRuns, type NotBillableRun } from './not-billable-runs.ts'
import { peaksOfContract } from './peaks-of-contract.ts'
import type { RatingBasis } from './rating-basis.ts'
import { findUnclearSteps, readHolders, type UnclearStep } from './unclear-steps.ts'
import { cutForRegister, usageParts, type UsagePart } from './usage-parts.ts'

/** What a register advanced in a run that is not billable. */
export type NotBillableRecord = UsageRecord & Pick<NotBillableRun, 'reason' | 'eventId'>

export type ContractUsage = Pick<RatingInput, 'usage' | 'peaks' | 'events'> & {
  readonly held: readonly HeldUsage[]
  readonly notBillable: readonly NotBillableRecord[]
  /** Devices of which something that has a price is not yet known up to the end of what was asked for. */
  readonly unreportedDevices: readonly string[]
  /** True if something that is open may turn out to have ended in what was asked for, by the rule of its type. */
  readonly mayStillEnd: boolean
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
  const ofRuns = await readNotBillableRuns(context, parts)
  const advances = await advancesOfParts(context, parts, facts, ofRuns.runs)
  const ofPeaks = await peaksOfContract(metering, parts, facts, ofRuns.runs)
  const ofEvents = await eventsOfContract(context, contract, parts, ofRuns.runs)
  const unreported = [ofRuns, advances, ofPeaks, ofEvents].flatMap(
    ({ unreportedDevices }) => unreportedDevices,
  )
  return {
    usage: advances.usage,
    peaks: ofPeaks.peaks,
    events: ofEvents.events,
    held: [...advances.held, ...ofPeaks.held],
    notBillable: advances.notBillable,
    unreportedDevices: [...new Set(unreported)].sort(),
    mayStillEnd: ofRuns.unreportedDevices.length > 0 || ofEvents.mayStillEnd,
  }
}

async function advancesOfParts(
  { ledger, metering }: Pick<BillingContext, 'ledger' | 'metering'>,
  parts: readonly UsagePart[],
  facts: Pick<RatingFacts, 'offsets'>,
  runs: readonly NotBillableRun[],
): Promise<Omit<ContractUsage, 'peaks' | 'events' | 'mayStillEnd'>> {
  const queries = parts.flatMap((part) =>
    part.registers.flatMap((register) =>
      cutForRegister(part, register, facts)
        .flatMap((span) => cutAtRuns(span, part.deviceId, runs))
        .map(({ from, to }) => ({ deviceId: part.deviceId, register, from, to })),
    ),
  )
  if (queries.length === 0) return { usage: [], held: [], notBillable: [], unreportedDevices: [] }
  const deviceIds = [...new Set(queries.map(({ deviceId }) => deviceId))]
  const [usages, holders] = await Promise.all([metering.readUsage(queries), readHolders(ledger, deviceIds)])
  const unreported = usages.filter((usage) => (usage.knownUntil ?? -Infinity) < usage.to)
  const steps = findUnclearSteps(usages, holders)
  const settled = steps.length === 0 ? usages : await readAround(metering, usages, steps)
  const records = settled.map((usage) => ({ record: toRecord(usage), run: runOf(usage, runs) }))
  return {
    usage: records.flatMap(({ record, run }) => (run === undefined ? [record] : [])),
    notBillable: records.flatMap(({ record, run }) =>
      run === undefined ? [] : [{ ...record, reason: run.reason, eventId: run.eventId }],
    ),
    held: usages.flatMap((usage) => heldParts(usage, steps)),
    unreportedDevices: unreported.map(({ deviceId }) => deviceId),
  }
}

/** All of the span, in parts that lie whole inside or outside of a run. */
function cutAtRuns(span: Period, deviceId: DeviceId, runs: readonly NotBillableRun[]): readonly Period[] {
  const { inside, outside } = apartFromRuns(span, deviceId, runs)
  return [...inside, ...outside].sort((left, right) => left.from - right.from)
}

function runOf(
  { deviceId, from, to }: UsageQuery,
  runs: readonly NotBillableRun[],
): NotBillableRun | undefined {
  return runs.find((run) => run.deviceId === deviceId && run.from <= from && to <= run.to)
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
